using System.Runtime.CompilerServices;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Logs.Reading;
using OpsModule.Engine.Areas.Services;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Names;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Areas.Logs;

/// <summary>
/// Reads the logs of services or files as entries, or as lines, in the order of their times. What is read comes in batches as soon as it
/// is there; whoever stops taking them stops the reading.
/// </summary>
/// <param name="platform">Where the services run; null when only files are read.</param>
/// <param name="reporter">Where it says what it does.</param>
/// <param name="time">The clock.</param>
/// <param name="onFailed">Told of sources that cannot be read while others can.</param>
public sealed class LogReader(IServicePlatform? platform, IOpsReporter reporter, TimeProvider time, Action<OpsException> onFailed)
{
    private IReadOnlyList<string> _sources = [];

    /// <summary>What has been read: the instances or files, known after the first batch.</summary>
    public IReadOnlyList<string> Sources => _sources;

    /// <summary>Told of each service that is unknown, while others are read; without it the first one is thrown.</summary>
    public Action<OpsException>? Unknown { get; init; }

    /// <summary>While following: how long an entry waits for earlier ones of other instances.</summary>
    internal TimeSpan ReorderWindow { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Reads entries.</summary>
    /// <exception cref="OpsException"><c>PatternInvalid</c>, <c>ServiceNotFound</c> and what the platform reports.</exception>
    public IAsyncEnumerable<IReadOnlyList<LogEntry>> ReadAsync(LogQuery query, CancellationToken cancellationToken)
    {
        LogFilter filter = query.Filter();
        return ReadAsync(query, filter.IsOpen, stamped: true, (source, stamped) =>
            new EntryReader(source.Service, source.Instance, stamped, stamped ? LogClock.Utc(time) : ClockOf(source), filter),
                cancellationToken);
    }

    /// <summary>
    /// Reads lines as they are: neither parsed nor put together, but for a pattern not filtered. A line of more than 1 MiB comes in pieces.
    /// </summary>
    /// <exception cref="OpsException">As <see cref="ReadAsync(LogQuery, CancellationToken)"/>.</exception>
    public IAsyncEnumerable<IReadOnlyList<string>> ReadRawAsync(LogQuery query, CancellationToken cancellationToken)
    {
        LogFilter filter = query.Filter();
        return ReadAsync(query, filter.IsOpen, stamped: false, (_, stamped) => new RawReader(stamped, filter), cancellationToken);
    }

    /// <summary>Reads services with a reader of the caller's own, which may know some of what there is.</summary>
    internal IAsyncEnumerable<IReadOnlyList<T>> ReadWithAsync<T>(LogQuery query, Func<LogSource, InstanceReader<T>> make,
        CancellationToken cancellationToken) =>
        ReadAsync(query, open: true, stamped: true, (source, _) => make(source), cancellationToken);

    private async IAsyncEnumerable<IReadOnlyList<T>> ReadAsync<T>(LogQuery query, bool open, bool stamped,
        Func<LogSource, bool, InstanceReader<T>> make,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        (IReadOnlyList<LogSource> sources, query) = await SourcesAsync(query, cancellationToken).ConfigureAwait(false);
        _sources = [.. sources.Select(s => s.Instance)];
        // Lines of one instance need no time before them; those of several are ordered by it, and following goes on from it.
        stamped |= sources.Count > 1 || query.Follow;
        LogPump<T>[] pumps = [.. sources.Select(s => new LogPump<T>(s, make(s, stamped && s.HasStamps), sources.Count))];
        // The platform's times are finer than ours; an entry of exactly that time is wanted, too.
        var request = new LogRequest(query.Since, query.Until?.AddTicks(1), open ? query.Tail : null, Timestamps: stamped);
        DateTimeOffset begun = time.GetUtcNow();
        IAsyncEnumerable<IReadOnlyList<T>> all = FiniteAsync(pumps, request, cancellationToken);
        await foreach (IReadOnlyList<T> batch in (query.Tail is { } count ? Tail.LastAsync(all, count, cancellationToken)
            : all).ConfigureAwait(false)) yield return batch;
        if (query.Files is not null) SayUndated(pumps, query);
        if (!query.Follow) yield break;
        var follower = new LogFollower<T>(platform!, query, source => make(source, true), reporter, time, query.Tail == 0
            ? begun : null, ReorderWindow);
        await foreach (IReadOnlyList<T> batch in follower.RunAsync(pumps, cancellationToken).ConfigureAwait(false)) yield return batch;
    }

    private LogClock ClockOf(LogSource source) => source.Written is { } written ? LogClock.Local(time, written) : LogClock.Local(time);

    /// <summary>Says what a bound of time could not be asked of, and which files could not be put into the order of the others.</summary>
    private void SayUndated<T>(LogPump<T>[] pumps, LogQuery query)
    {
        LogPump<T>[] undated = [.. pumps.Where(p => p.Reader.Undated > 0)];
        long entries = undated.Sum(p => p.Reader.Undated);
        if (entries == 0) return;
        string where = $"{undated[0].Source.Instance}{(undated.Length == 1 ? "" : FormattableString.Invariant($" and {undated.Length - 1:N0} more"))}";
        string which = FormattableString.Invariant($"{entries:N0} {(entries == 1 ? "entry" : "entries")} of {where} {(entries == 1 ? "has" : "have")} no time that is understood, nor has one before");
        if (query.Since is not null) reporter.Warning($"{which}: -Since left {(entries == 1 ? "it" : "them")} out. Leave -Since out to see {(entries == 1 ? "it" : "them")}.");
        else if (query.Until is not null) reporter.Warning($"{which}: -Until could not be asked, and {(entries == 1 ? "it was" : "they were")} let through.");
        else if (pumps.Length > 1
            && undated.Any(p => p.Reader.Undated == p.Reader.Entries)) reporter.Warning($"{which}: {(entries == 1 ? "it stands" : "they stand")} before the entries of the other files.");
    }

    private async Task<(IReadOnlyList<LogSource> Sources, LogQuery Query)> SourcesAsync(LogQuery query, CancellationToken cancellationToken)
    {
        if (query.Files is { } files)
            return query.Follow
                ? throw new OpsException("ParametersConflict", OpsErrorCategory.InvalidArgument,
                    "Files are read to their end; only services are followed.", "Leave -Follow out, or follow the file with tail -F.")
                : ([.. files.Select(f => new FileLogSource(f, LogPump<LogEntry>.SliceOf(files.Count)))], query);
        IServicePlatform running = platform ?? throw new InvalidOperationException("Services need a platform.");
        var unknown = new List<OpsException>();
        IReadOnlyList<ServiceRecord> services = await new ServiceCatalog(running).ListAsync(query.Services, unknown.Add,
            cancellationToken).ConfigureAwait(false);
        foreach (OpsException e in Unknown is null ? [] : services.Count == 0 ? unknown.Skip(1) : unknown) Unknown!(e);
        if (unknown.Count > 0 && (Unknown is null || services.Count == 0)) throw unknown[0];
        // Who follows looks again for what fits a pattern, and never for a name that is unknown.
        string[]? left = query.Services?.Where(n => NamePattern.HasWildcard(n) || !unknown.Any(e => Equals(e.Target, n))).ToArray();
        return ([.. services.SelectMany(s => s.Instances).Where(i => i.HasOutput()).Select(i => new ServiceLogSource(running, i))],
            query with { Services = left });
    }

    private async IAsyncEnumerable<IReadOnlyList<T>> FiniteAsync<T>(LogPump<T>[] pumps, LogRequest request,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task[] running = [.. pumps.Select(p => Task.Run(() => p.RunAsync(p.Reader.Position.Lines > 0
            ? request with { Since = p.Reader.Position.Time } : request, onFailed, stop.Token), CancellationToken.None))];
        try
        {
            await foreach (IReadOnlyList<T> batch in LogMerger.MergeAsync([.. pumps.Select(p => p.Batches)],
                cancellationToken).ConfigureAwait(false)) yield return batch;
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(running).ConfigureAwait(false);
        }
    }
}
