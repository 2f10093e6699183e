using System.Globalization;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Docker.DotNet.Models;
using OpsModule.Connections.Platforms.Compose;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Platforms.Docker;

/// <summary>Reads the engine's events of one project. The engine remembers its last 256.</summary>
public static class DockerEvents
{
    // Health checks run programs all the time; that a program was run is no news.
    private static readonly string[] Kept = ["create", "start", "die", "oom", "destroy", "health_status", "pause", "unpause", "kill", "rename", "update"];

    /// <summary>The events of a project as they happen, those of one-off containers left out.</summary>
    /// <param name="engine">The engine that tells.</param>
    /// <param name="project">The project's name.</param>
    /// <param name="since">The time of the first event; what the engine has forgotten is not told.</param>
    /// <param name="until">The time at which it ends; null goes on until the reader stops.</param>
    /// <param name="ct">Ends the reading.</param>
    /// <exception cref="OpsException">What <see cref="DockerEngine.WatchAsync"/> throws, after the events before it.</exception>
    public static async IAsyncEnumerable<PlatformEvent> ReadAsync(DockerEngine engine, string project, DateTimeOffset since, DateTimeOffset? until,
        [EnumeratorCancellation] CancellationToken ct)
    {
        var which = new ContainerEventsParameters
        {
            Since = DockerQuery.Stamp(since),
            Until = until is { } last ? DockerQuery.Stamp(last) : null,
            Filters = DockerQuery.Filters(("type", ["container"]), ("event", Kept), ("label", [ComposeLabels.OfProject(project)])),
        };
        var happened = Channel.CreateUnbounded<PlatformEvent>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
        using var over = CancellationTokenSource.CreateLinkedTokenSource(ct);
        Task watching = WatchAsync(engine, which, happened.Writer, over.Token);
        try
        {
            await foreach (PlatformEvent one in happened.Reader.ReadAllAsync(ct).ConfigureAwait(false)) yield return one;
        }
        finally
        {
            // Who reads may have had enough.
            await over.CancelAsync().ConfigureAwait(false);
            await watching.ConfigureAwait(false);
        }
    }

    private static async Task WatchAsync(DockerEngine engine, ContainerEventsParameters which, ChannelWriter<PlatformEvent> told, CancellationToken ct)
    {
        try
        {
            await engine.WatchAsync(which, e => { if (Read(e) is { } one) told.TryWrite(one); }, ct).ConfigureAwait(false);
            told.Complete();
        }
        // The reader is told, in its turn.
        catch (Exception e) { told.Complete(e); }
    }

    /// <summary>One event; null for those of one-off containers.</summary>
    public static PlatformEvent? Read(Message told)
    {
        IReadOnlyDictionary<string, string> attributes = DockerQuery.Map(told.Actor?.Attributes);
        if (ComposeLabels.IsOneOff(attributes.GetValueOrDefault(ComposeLabels.OneOff))) return null;
        DateTimeOffset time = told.TimeNano is { } nanoseconds and > 0 ? DateTimeOffset.UnixEpoch.AddTicks(nanoseconds / 100) : DateTimeOffset.FromUnixTimeSeconds(told.Time ?? 0);
        int? exitCode = int.TryParse(attributes.GetValueOrDefault("exitCode"), CultureInfo.InvariantCulture, out int code) ? code : null;
        string action = told.Action ?? "";
        (PlatformEventKind kind, string message) = action switch
        {
            "create" => (PlatformEventKind.Created, $"made from {attributes.GetValueOrDefault("image")}"),
            "start" => (PlatformEventKind.Started, "started"),
            "die" => (PlatformEventKind.Died, exitCode is null ? "ended" : $"ended with exit code {exitCode}"),
            "oom" => (PlatformEventKind.OutOfMemory, "a process was ended for want of memory"),
            "destroy" => (PlatformEventKind.Removed, "removed"),
            "kill" => (PlatformEventKind.Other, $"was sent signal {attributes.GetValueOrDefault("signal")}"),
            _ when action.StartsWith("health_status", StringComparison.Ordinal) => (PlatformEventKind.HealthChanged, $"health: {action[(action.IndexOf(':') + 1)..].Trim()}"),
            _ => (PlatformEventKind.Other, action),
        };
        return new PlatformEvent(time, kind, attributes.GetValueOrDefault(ComposeLabels.Service) ?? "", DockerQuery.Text(attributes.GetValueOrDefault("name")) ?? told.Actor?.ID ?? "", message,
            kind == PlatformEventKind.Died ? exitCode : null);
    }
}
