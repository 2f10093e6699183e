using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using OpsModule.Engine.Areas.Attacks.Matching;
using OpsModule.Engine.Areas.Logs;
using OpsModule.Engine.Areas.Logs.Reading;

namespace OpsModule.Engine.Areas.Attacks.Reading;

/// <summary>The matches of one line of an instance, and how far the instance has been read with it.</summary>
internal sealed record InstanceMatches(IReadOnlyList<AttackMatch> Matches, string Instance, LogPosition Position);

/// <summary>Scans what one instance writes, line by line; the platform's time is taken off before.</summary>
internal sealed class InstanceMatcher(ServiceLogSource source, ChunkScanner scanner) : InstanceReader<InstanceMatches>(stamped: true, LongestPiece, pieces: true)
{
    /// <summary>A longer line is scanned in pieces of this size.</summary>
    private const int LongestPiece = 1024 * 1024;

    protected override void TakeLine(bool error, DateTimeOffset? stamp, ReadOnlySpan<byte> line, long missing)
    {
        if (scanner.ScanLine(line, stamp, source.Instance) is { } matches) MakeReady(stamp, new InstanceMatches(matches, source.Id, Position));
    }
}

/// <summary>Scans the instances of services beside each other, as logs are read.</summary>
internal sealed class ServiceHunt(AttackScanner scanner, AttackQuery query, AttackSources sources, Baseline? baseline, LogReader reader)
{
    private readonly ConcurrentDictionary<string, InstanceMatcher> _matchers = [];

    public async IAsyncEnumerable<IReadOnlyList<AttackMatch>> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var logs = new LogQuery { Services = sources.Services, Since = query.Since, Until = query.Until, Follow = sources.Follow };
        await foreach (IReadOnlyList<InstanceMatches> batch in reader.ReadWithAsync(logs, Matcher, cancellationToken).ConfigureAwait(false))
        {
            yield return [.. batch.SelectMany(b => b.Matches)];
            if (baseline is null) continue;
            foreach (InstanceMatches taken in batch) baseline.Set(taken.Instance, taken.Position);
        }
        // Everything has been taken: what comes after the last match is known, too.
        foreach ((string id, InstanceMatcher matcher) in _matchers)
            if (matcher.Position.Lines > 0) baseline?.Set(id, matcher.Position);
    }

    private InstanceReader<InstanceMatches> Matcher(LogSource source)
    {
        var service = (ServiceLogSource)source;
        var matcher = new InstanceMatcher(service, scanner.NewLineScanner());
        if (baseline?.Instance(service.Id) is { } position) matcher.Resume(position);
        return _matchers[service.Id] = matcher;
    }
}
