using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using OpsModule.Engine.Areas.Attacks.Counting;
using OpsModule.Engine.Areas.Attacks.Matching;
using OpsModule.Engine.Areas.Attacks.Reading;

namespace OpsModule.Engine.Areas.Attacks;

/// <summary>
/// Looks for attacks in logs: chunks of bytes, beside each other on all cores, each searched for anything that may be of an attack; only the
/// lines where there is such a thing are taken apart, decoded and held against the rules. Matches come in the order of the source.
/// </summary>
public sealed class AttackScanner
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly AttackQuery _query;
    private readonly TimeProvider _time;
    private readonly RuleSet _rules;
    private readonly ConcurrentBag<Chunk> _chunks = [];
    private readonly ConcurrentBag<ChunkScanner> _scanners = [];
    private readonly ConcurrentDictionary<string, LoginAttempts> _attempts = [];
    private int _told;

    /// <summary>Prepares a scan.</summary>
    public AttackScanner(AttackQuery query, TimeProvider time)
    {
        _query = query;
        _time = time;
        _rules = RuleSet.Of(query);
    }

    /// <summary>Hears, once, of a source with requests in a form that is not known, and of one such line.</summary>
    internal Action<string, string>? OnUnknown { get; set; }

    /// <summary>In what pieces sources are read.</summary>
    internal ChunkSizes Sizes { get; init; } = ChunkSizes.Usual;

    /// <summary>Scans a plain file.</summary>
    public IAsyncEnumerable<IReadOnlyList<AttackMatch>> ScanFileAsync(string path, CancellationToken cancellationToken) =>
        MatchesAsync(new FileChunks(path), path, cancellationToken);

    /// <summary>Scans a stream, which it closes.</summary>
    public IAsyncEnumerable<IReadOnlyList<AttackMatch>> ScanStreamAsync(Stream stream, string source, CancellationToken cancellationToken) =>
        MatchesAsync(new StreamChunks(stream), source, cancellationToken);

    /// <summary>A scanner of lines, for one thread.</summary>
    internal ChunkScanner NewLineScanner() => new(_rules, _query, _time);

    /// <summary>Scans a source that it closes, chunk by chunk; what kept it from being read to the end is thrown after all that could be read was scanned.</summary>
    /// <param name="reader">The source.</param>
    /// <param name="source">Its name.</param>
    /// <param name="lines">How many lines there are before what is read.</param>
    /// <param name="cancellationToken">Ends it.</param>
    internal async IAsyncEnumerable<ScanStep> ScanAsync(ChunkReader reader, string source, long lines, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var results = Channel.CreateBounded<Task<ChunkResult>>(new BoundedChannelOptions(Environment.ProcessorCount * 2) { SingleReader = true, SingleWriter = true });
        Task reading = Task.Run(() => DispatchAsync(reader, source, results.Writer, stop.Token), CancellationToken.None);
        try
        {
            var once = new OncePerLine(_query.Everything);
            LoginAttempts attempts = _attempts.GetOrAdd(source, _ => new LoginAttempts());
            await foreach (Task<ChunkResult> scanned in results.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                ChunkResult result = await scanned.ConfigureAwait(false);
                foreach (AttackMatch match in result.Matches) match.Line += lines;
                once.Filter(result.Matches);
                attempts.Join(result.Matches);
                yield return new ScanStep(result.Matches, result.Resume, lines + result.ResumeLines, lines += result.Newlines);
            }
            await reading.ConfigureAwait(false);
            if (reader.Trouble is { } trouble) throw LogFile.Damaged(source, trouble, reader.Position);
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            Task ending = EndAsync(reading, results.Reader, reader);
            // A read that is stuck, of a disk behind a network that is gone, keeps nobody who has asked for the end.
            if (cancellationToken.IsCancellationRequested) await Task.WhenAny(ending, Task.Delay(Patience, CancellationToken.None)).ConfigureAwait(false);
            else await ending.ConfigureAwait(false);
        }
    }

    private static async Task EndAsync(Task reading, ChannelReader<Task<ChunkResult>> results, ChunkReader reader)
    {
        await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        while (results.TryRead(out Task<ChunkResult>? left)) await ((Task)left).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        reader.Dispose();
    }

    private async IAsyncEnumerable<IReadOnlyList<AttackMatch>> MatchesAsync(ChunkReader reader, string source, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (ScanStep step in ScanAsync(reader, source, 0, cancellationToken).ConfigureAwait(false))
            if (step.Matches.Count > 0) yield return step.Matches;
    }

    /// <summary>Claims chunk after chunk and has each scanned; the channel holds the results in order, and bounds how many there are.</summary>
    private async Task DispatchAsync(ChunkReader reader, string source, ChannelWriter<Task<ChunkResult>> results, CancellationToken cancellationToken)
    {
        Exception? error = null;
        try
        {
            while (true)
            {
                Chunk chunk = _chunks.TryTake(out Chunk? used) ? used : new Chunk(Sizes);
                if (!reader.Claim(chunk, cancellationToken))
                {
                    _chunks.Add(chunk);
                    break;
                }
                Task<ChunkResult> scan = Task.Run(() => Scan(reader, chunk, source), CancellationToken.None);
                try { await results.WriteAsync(scan, cancellationToken).ConfigureAwait(false); }
                catch { await ((Task)scan).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); throw; } // the file is not closed under it
            }
        }
        catch (Exception e)
        {
            error = e;
        }
        results.Complete(error);
    }

    private ChunkResult Scan(ChunkReader reader, Chunk chunk, string source)
    {
        ChunkScanner scanner = _scanners.TryTake(out ChunkScanner? used) ? used : NewLineScanner();
        reader.Fill(chunk);
        ChunkResult result = scanner.Scan(chunk, source);
        if (result.Unknown is { } line && Interlocked.Exchange(ref _told, 1) == 0) OnUnknown?.Invoke(source, line);
        _scanners.Add(scanner);
        _chunks.Add(chunk);
        return result;
    }
}

/// <summary>What came of a piece of a source.</summary>
/// <param name="Matches">Matches.</param>
/// <param name="Resume">The byte from which a later scan may go on; -1 when it cannot be told.</param>
/// <param name="ResumeLines">How many lines end before that.</param>
/// <param name="Lines">How many lines end in what has been read.</param>
internal readonly record struct ScanStep(IReadOnlyList<AttackMatch> Matches, long Resume, long ResumeLines, long Lines);
