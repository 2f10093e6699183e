using System.Text.Json;
using OpsModule.Engine.Environments;

namespace OpsModule.Engine.Platforms.Docker;

/// <summary>
/// Tells a job that is done from a server that was stopped: both ended with exit code 0. What the environment file or the compose file says
/// of it counts first, then how it ended and how long it ran.
/// </summary>
internal sealed class ComposeJobs(OpsEnvironment environment, ComposeProject project, DockerEngine engine)
{
    /// <summary>What ran longer was there to stay, unless something says that it is a job.</summary>
    private static readonly TimeSpan Short = TimeSpan.FromMinutes(10);

    /// <summary>Signals that ask a program to end; others make it read its configuration again, for example.</summary>
    private static readonly string[] Ends = ["2", "3", "9", "15"];

    private readonly ILookup<string, DependencyCondition> _needed = project.Services.SelectMany(s => s.DependsOn).ToLookup(d => d.Service, d => d.Condition);

    /// <summary>True when an instance has done its work and is not wanted any more.</summary>
    public async Task<bool> IsDoneAsync(ServiceInstance instance, JsonElement container, CancellationToken ct)
    {
        if (instance is not { State: InstanceState.Exited, ExitCode: 0 }) return false;
        string? policy = container.Text("HostConfig", "RestartPolicy", "Name");
        if (policy is "always" or "unless-stopped" || environment.UseOf(instance.Service) is not null) return false;
        if (_needed[instance.Service].Contains(DependencyCondition.Completed)) return true;
        ComposeService? written = project.Find(instance.Service);
        if (written?.IsOptional is true) return true;
        if (written?.Serves is true || Serves(container) || _needed[instance.Service].Contains(DependencyCondition.Healthy)) return false;
        if (await WasStoppedAsync(instance, ct).ConfigureAwait(false)) return false;
        return policy == "on-failure" || (instance is { StartedAt: { } start, FinishedAt: { } end } && end - start < Short);
    }

    /// <summary>It publishes ports. What an image exposes or checks says little: a migration runs the image of the program it prepares.</summary>
    private static bool Serves(JsonElement container) => container.Members("HostConfig", "PortBindings").Any();

    /// <summary>Whether the engine, which remembers its last 256 events, knows that somebody stopped it.</summary>
    private async Task<bool> WasStoppedAsync(ServiceInstance instance, CancellationToken ct)
    {
        if (instance is not { StartedAt: { } start, FinishedAt: { } end }) return false;
        string filters = DockerJson.Filters(("type", ["container"]), ("container", [instance.Id]), ("event", ["kill", "stop"]));
        try
        {
            using Stream stream = await engine.OpenAsync(HttpMethod.Get, $"/events?{filters}&since={DockerJson.Stamp(start)}&until={DockerJson.Stamp(end.AddSeconds(1))}", null, ct).ConfigureAwait(false);
            using var reader = new StreamReader(stream);
            while (await reader.ReadLineAsync(ct).ConfigureAwait(false) is { } line)
                if (line.Length > 0 && IsEnd(JsonSerializer.Deserialize<JsonElement>(line))) return true;
        }
        catch (Exception e) when (e is OpsException or IOException or JsonException) { /* then its other signs must do */ }
        return false;
    }

    private static bool IsEnd(JsonElement told) => told.Text("Action") == "stop" || Ends.Contains(told.Text("Actor", "Attributes", "signal"));
}
