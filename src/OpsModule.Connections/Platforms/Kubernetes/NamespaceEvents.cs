using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Kubernetes.Asking;
using OpsModule.Connections.Platforms.Kubernetes.Reading;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Connections.Platforms.Kubernetes;

/// <summary>
/// What happened in a namespace: the cluster's events, which it keeps for an hour, and the ends of containers, which it tells of in the pods
/// alone.
/// </summary>
public sealed class NamespaceEvents(Kubectl kubectl, Func<CancellationToken, Task<NamespaceContents>> look, TimeProvider time,
    IOpsReporter reporter)
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    private int _away;
    private bool _follows;

    private readonly HashSet<string> _told = new(StringComparer.Ordinal);
    private NamespaceContents? _contents;

    /// <summary>From a moment on; goes on when there is no end.</summary>
    public async IAsyncEnumerable<PlatformEvent> ReadAsync(DateTimeOffset since, DateTimeOffset? until, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        _contents = await look(cancellationToken).ConfigureAwait(false);
        JsonElement events = await kubectl.GetAsync(["get", "events"], cancellationToken).ConfigureAwait(false);
        var found = new List<PlatformEvent>();
        foreach (JsonElement thing in events.Items("items").Concat(_contents.Pods.Select(p => p.Pod))) found.AddRange(await NewAsync(thing, cancellationToken).ConfigureAwait(false));
        foreach (PlatformEvent happened in found.Where(e => e.Time >= since && (until is null || e.Time <= until)).OrderBy(e => e.Time)) yield return happened;
        if (until is not null) yield break;
        _follows = true;
        Channel<JsonElement> arrivals = Channel.CreateBounded<JsonElement>(256);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task watching = Task.WhenAll(WatchAsync("events", arrivals.Writer, stop.Token), WatchAsync("pods", arrivals.Writer, stop.Token));
        try
        {
            await foreach (JsonElement thing in arrivals.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
                foreach (PlatformEvent happened in await NewAsync(thing, cancellationToken).ConfigureAwait(false))
                    if (happened.Time >= since) yield return happened;
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Watches for as long as it is wanted; an API server ends every watch after a while, and may be away for a while.</summary>
    private async Task WatchAsync(string kind, ChannelWriter<JsonElement> arrivals, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await PatientlyAsync(() => WatchOnceAsync(kind, arrivals, cancellationToken), cancellationToken).ConfigureAwait(false);
                await Task.Delay(Again, time, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) { arrivals.TryComplete(e); }
    }

    private async Task<bool> WatchOnceAsync(string kind, ChannelWriter<JsonElement> arrivals, CancellationToken cancellationToken)
    {
        await using RunningProgram program = kubectl.Start(["get", kind, "--watch", "-o", "json"]);
        program.Input.Close();
        using var reader = new StreamReader(program.Output);
        var document = new StringBuilder();
        while (await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line)
        {
            document.Append(line).Append('\n');
            // kubectl writes one document after another, indented: only its last line begins with its bracket.
            if (line != "}") continue;
            await arrivals.WriteAsync(Kubectl.Parse(document.ToString()), cancellationToken).ConfigureAwait(false);
            document.Clear();
            Volatile.Write(ref _away, 0);
        }
        return await program.EndAsync(cancellationToken).ConfigureAwait(false) == 0 ? true
            : throw await kubectl.ErrorAsync(program.ErrorTail, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Asks again while the cluster is away: whoever follows has said that he waits.</summary>
    private async Task<T> PatientlyAsync<T>(Func<Task<T>> ask, CancellationToken cancellationToken)
    {
        while (true)
        {
            try { return await ask().ConfigureAwait(false); }
            catch (OpsException e) when (KubectlErrors.IsPassing(e) || (Volatile.Read(ref _away) != 0 && KubectlErrors.IsUnsettled(e)))
            {
                if (Interlocked.Exchange(ref _away, 1) == 0) reporter.Warning($"{e.Message} It is asked again until it answers.");
                await Task.Delay(Again, time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>What an event or a pod tells that has not been told.</summary>
    private async Task<IReadOnlyList<PlatformEvent>> NewAsync(JsonElement thing, CancellationToken cancellationToken)
    {
        (string key, PlatformEvent happened, string kind, string name)[] news = [.. (thing.Text("kind") == "Pod" ? EventReader.Ends(thing) : [EventReader.Read(thing)]).Where(e => _told.Add(e.Key))];
        var placed = new List<PlatformEvent>();
        foreach ((_, PlatformEvent happened, string kind, string name) in news)
        {
            string? service = _contents!.ServiceOf(kind, name);
            // What is new is not known yet; of kinds that are no part of a service (claims, ingresses) nobody asks twice.
            if (service is null && kind is "Pod" or "ReplicaSet" or "Job" or "Deployment" or "StatefulSet" or "DaemonSet" or "CronJob")
                service = (_contents = _follows
                    ? await PatientlyAsync(() => look(cancellationToken), cancellationToken).ConfigureAwait(false)
                    : await look(cancellationToken).ConfigureAwait(false)).ServiceOf(kind, name);
            placed.Add(happened with { Service = service ?? "" });
        }
        return placed;
    }
}
