using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace OpsModule.Engine.Platforms.Docker;

/// <summary>Reads the engine's events of one project. The engine remembers its last 256.</summary>
internal static class DockerEvents
{
    // Health checks run programs all the time; that a program was run is no news.
    private static readonly string[] Kept = ["create", "start", "die", "oom", "destroy", "health_status", "pause", "unpause", "kill", "rename", "update"];

    public static async IAsyncEnumerable<PlatformEvent> ReadAsync(DockerEngine engine, string project, DateTimeOffset since, DateTimeOffset? until,
        [EnumeratorCancellation] CancellationToken ct)
    {
        string filters = DockerJson.Filters(("type", ["container"]), ("event", Kept), ("label", [ComposeLabels.OfProject(project)]));
        string end = until is { } last ? "&until=" + DockerJson.Stamp(last) : "";
        using Stream stream = await engine.OpenAsync(HttpMethod.Get, $"/events?{filters}&since={DockerJson.Stamp(since)}{end}", null, ct).ConfigureAwait(false);
        using var reader = new StreamReader(stream);
        while (await NextAsync(reader, ct).ConfigureAwait(false) is { } line)
            if (line.Length > 0 && Read(Parse(line)) is { } happened) yield return happened;
    }

    /// <summary>One event; null for those of one-off containers.</summary>
    internal static PlatformEvent? Read(JsonElement told)
    {
        JsonElement attributes = told.At("Actor", "Attributes");
        if (ComposeLabels.IsOneOff(attributes.Text(ComposeLabels.OneOff))) return null;
        string action = told.Text("Action") ?? told.Text("status") ?? "";
        DateTimeOffset time = told.Number("timeNano") is { } nanoseconds
            ? DateTimeOffset.UnixEpoch.AddTicks(nanoseconds / 100)
            : DateTimeOffset.FromUnixTimeSeconds(told.Number("time") ?? 0);
        int? exitCode = int.TryParse(attributes.Text("exitCode"), CultureInfo.InvariantCulture, out int code) ? code : null;
        (PlatformEventKind kind, string message) = action switch
        {
            "create" => (PlatformEventKind.Created, $"made from {attributes.Text("image")}"),
            "start" => (PlatformEventKind.Started, "started"),
            "die" => (PlatformEventKind.Died, exitCode is null ? "ended" : $"ended with exit code {exitCode}"),
            "oom" => (PlatformEventKind.OutOfMemory, "a process was ended for want of memory"),
            "destroy" => (PlatformEventKind.Removed, "removed"),
            "kill" => (PlatformEventKind.Other, $"was sent signal {attributes.Text("signal")}"),
            _ when action.StartsWith("health_status", StringComparison.Ordinal) => (PlatformEventKind.HealthChanged, $"health: {action[(action.IndexOf(':') + 1)..].Trim()}"),
            _ => (PlatformEventKind.Other, action),
        };
        return new PlatformEvent(time, kind, attributes.Text(ComposeLabels.Service) ?? "", attributes.Text("name") ?? told.Text("Actor", "ID") ?? "", message,
            kind == PlatformEventKind.Died ? exitCode : null);
    }

    private static async Task<string?> NextAsync(StreamReader reader, CancellationToken ct)
    {
        try { return await reader.ReadLineAsync(ct).ConfigureAwait(false); }
        catch (IOException e) { throw DockerEngine.Broken(e); }
    }

    private static JsonElement Parse(string line)
    {
        try { return JsonSerializer.Deserialize<JsonElement>(line); }
        catch (JsonException e) { throw DockerEngine.Unreadable("an event", e); }
    }
}
