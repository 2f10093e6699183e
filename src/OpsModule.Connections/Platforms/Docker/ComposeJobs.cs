using Docker.DotNet.Models;
using OpsModule.Connections.Platforms.Compose;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Docker.Listing;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Platforms.Docker;

/// <summary>
/// Tells a job that is done from a server that was stopped: both ended with exit code 0. What the environment file or the compose file says
/// of it counts first, then how it ended and how long it ran.
/// </summary>
public sealed class ComposeJobs(Func<string, bool> isNeeded, ComposeProject project, DockerEngine engine, KnownContainers known)
{
    /// <summary>What ran longer was there to stay, unless something says that it is a job.</summary>
    private static readonly TimeSpan Short = TimeSpan.FromMinutes(10);

    /// <summary>Signals that ask a program to end; others make it read its configuration again, for example.</summary>
    private static readonly string[] Ends = ["2", "3", "9", "15"];

    private readonly ILookup<string, DependencyCondition> _needed = project.Services.SelectMany(s => s.DependsOn).ToLookup(d => d.Service, d => d.Condition);

    /// <summary>True when an instance has done its work and is not wanted any more.</summary>
    public async Task<bool> IsDoneAsync(ServiceInstance instance, ContainerInspectResponse container, CancellationToken ct)
    {
        if (instance is not { State: InstanceState.Exited, ExitCode: 0 }) return false;
        RestartPolicyKind policy = container.HostConfig?.RestartPolicy?.Name ?? RestartPolicyKind.Undefined;
        if (policy is RestartPolicyKind.Always or RestartPolicyKind.UnlessStopped || isNeeded(instance.Service)) return false;
        if (_needed[instance.Service].Contains(DependencyCondition.Completed)) return true;
        ComposeService? written = project.Find(instance.Service);
        if (written?.IsOptional is true) return true;
        if (written?.Serves is true || Serves(container) || _needed[instance.Service].Contains(DependencyCondition.Healthy)) return false;
        if (await WasStoppedAsync(instance, ct).ConfigureAwait(false)) return false;
        return policy == RestartPolicyKind.OnFailure || (instance is { StartedAt: { } start, FinishedAt: { } end } && end - start < Short);
    }

    /// <summary>It publishes ports. What an image exposes or checks says little: a migration runs the image of the program it prepares.</summary>
    private static bool Serves(ContainerInspectResponse container) => container.HostConfig?.PortBindings is { Count: > 0 };

    private async Task<bool> WasStoppedAsync(ServiceInstance instance, CancellationToken ct) =>
        instance is { StartedAt: { } start, FinishedAt: { } end }
        && await known.WasStoppedAsync(instance.Id, end, () => LookAtEventsAsync(instance.Id, start, end, ct)).ConfigureAwait(false);

    /// <summary>
    /// Whether the engine, which remembers its last 256 events, knows that somebody stopped it; null when it does not say.
    /// </summary>
    private async Task<bool?> LookAtEventsAsync(string id, DateTimeOffset start, DateTimeOffset end, CancellationToken ct)
    {
        var which = new ContainerEventsParameters
        {
            Since = DockerQuery.Stamp(start),
            Until = DockerQuery.Stamp(end.AddSeconds(1)),
            Filters = DockerQuery.Filters(("type", ["container"]), ("container", [id]), ("event", ["kill", "stop"])),
        };
        bool stopped = false;
        var told = new AtOnce<Message>(e => stopped |= IsEnd(e));
        try { await engine.CallAsync("an event", (client, token) => client.System.MonitorEventsAsync(which, told, token), ct).ConfigureAwait(false); }
        catch (OpsException) { return null; /* then its other signs must do */ }
        return stopped;
    }

    private static bool IsEnd(Message told) => told.Action == "stop" || Ends.Contains(DockerQuery.Map(told.Actor?.Attributes).GetValueOrDefault("signal"));
}
