using System.Globalization;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Docker.DotNet.Models;
using OpsModule.Connections.Platforms.Compose;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Connections.Platforms.Docker;

/// <summary>Reads the engine's events of one project. The engine remembers its last 256.</summary>
public static class DockerEvents
{
    /// <summary>So many are kept, of all containers, images, networks and programs that were run together.</summary>
    private const int Remembered = 256;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(3);

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

    /// <summary>
    /// The containers of a project of which the engine has told within a time what their listing does not show; null when it does not say.
    /// </summary>
    internal static async Task<IReadOnlySet<string>?> ChangedAsync(DockerEngine engine, string project, TimeSpan within, CancellationToken ct)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        var which = new ContainerEventsParameters
        {
            // Its clock may go before ours.
            Since = DockerQuery.Stamp(now - 2 * within),
            Until = DockerQuery.Stamp(now),
            Filters = DockerQuery.Filters(("type", ["container"]), ("event", ["oom", "update"]), ("label", [ComposeLabels.OfProject(project)])),
        };
        var changed = new HashSet<string>(StringComparer.Ordinal);
        return await ToldAsync(engine, which, e => changed.Add(e.Actor?.ID ?? ""), ct).ConfigureAwait(false) ? changed : null;
    }

    /// <summary>What has happened; false when the engine does not say, or its clock is so far behind ours that it would wait.</summary>
    private static async Task<bool> ToldAsync(DockerEngine engine, ContainerEventsParameters which, Action<Message> happened,
        CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Soon);
        try { await engine.WatchAsync(which, happened, limit.Token).ConfigureAwait(false); }
        catch (OpsException) { return false; }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested) { return false; }
        return true;
    }

    /// <summary>The same, and says from when on the engine remembers, where that is later than what was asked for.</summary>
    internal static async IAsyncEnumerable<PlatformEvent> TellAsync(DockerEngine engine, string project, IOpsReporter reporter,
        DateTimeOffset since, DateTimeOffset? until, [EnumeratorCancellation] CancellationToken ct)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        if (since < now && await OldestAsync(engine, now, ct).ConfigureAwait(false) is { } oldest && oldest > since)
            reporter.Warning($"The Docker engine remembers its last events alone, those since {oldest:yyyy-MM-dd HH:mm:ss}Z: "
                + "what happened before is not told.");
        await foreach (PlatformEvent one in ReadAsync(engine, project, since, until, ct).ConfigureAwait(false)) yield return one;
    }

    /// <summary>
    /// The time of the oldest event that the engine still has, of whatever; null where it has not forgotten any yet, or does not say.
    /// </summary>
    private static async Task<DateTimeOffset?> OldestAsync(DockerEngine engine, DateTimeOffset until, CancellationToken ct)
    {
        var which = new ContainerEventsParameters { Since = DockerQuery.Stamp(DateTimeOffset.UnixEpoch), Until = DockerQuery.Stamp(until) };
        var times = new List<DateTimeOffset>();
        bool told = await ToldAsync(engine, which, e => times.Add(TimeOf(e)), ct).ConfigureAwait(false);
        return !told || times.Count < Remembered ? null : times.Min();
    }

    private static DateTimeOffset TimeOf(Message told) => told.TimeNano is { } nanoseconds and > 0
        ? DateTimeOffset.UnixEpoch.AddTicks(nanoseconds / 100) : DateTimeOffset.FromUnixTimeSeconds(told.Time ?? 0);

    /// <summary>One event; null for those of one-off containers.</summary>
    public static PlatformEvent? Read(Message told)
    {
        IReadOnlyDictionary<string, string> attributes = DockerQuery.Map(told.Actor?.Attributes);
        if (ComposeLabels.IsOneOff(attributes.GetValueOrDefault(ComposeLabels.OneOff))) return null;
        DateTimeOffset time = TimeOf(told);
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
