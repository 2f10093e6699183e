using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using OpsModule.Engine.Attacks.Matching;
using OpsModule.Engine.Attacks.Reading;
using OpsModule.Engine.Attacks.Rules;

namespace OpsModule.Engine.Attacks;

/// <summary>
/// Looks for attacks in logs: chunks of bytes, beside each other on all cores, each searched for anything that may be of an attack; only the
/// lines where there is such a thing are taken apart, decoded and held against the rules. Matches come in the order of the source.
/// </summary>
public sealed class AttackScanner
{
    private readonly AttackQuery _query;
    private readonly TimeProvider _time;
    private readonly RuleSet _rules;
    private readonly ConcurrentBag<Chunk> _chunks = [];
    private readonly ConcurrentBag<ChunkScanner> _scanners = [];

    /// <summary>Prepares a scan.</summary>
    public AttackScanner(AttackQuery query, TimeProvider time)
    {
        _query = query;
        _time = time;
        _rules = RuleSet.Of(query);
    }

    /// <summary>Scans a plain file.</summary>
    public IAsyncEnumerable<IReadOnlyList<AttackMatch>> ScanFileAsync(string path, CancellationToken cancellationToken) =>
        ScanAsync(new FileChunks(path), path, cancellationToken);

    /// <summary>Scans a stream, which it closes.</summary>
    public IAsyncEnumerable<IReadOnlyList<AttackMatch>> ScanStreamAsync(Stream stream, string source, CancellationToken cancellationToken) =>
        ScanAsync(new StreamChunks(stream), source, cancellationToken);

    internal async IAsyncEnumerable<IReadOnlyList<AttackMatch>> ScanAsync(ChunkReader reader, string source, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var results = Channel.CreateBounded<Task<ChunkResult>>(new BoundedChannelOptions(Environment.ProcessorCount * 2) { SingleReader = true, SingleWriter = true });
        Task reading = Task.Run(() => DispatchAsync(reader, source, results.Writer, stop.Token), CancellationToken.None);
        try
        {
            long lines = 0;
            await foreach (Task<ChunkResult> scanned in results.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                ChunkResult result = await scanned.ConfigureAwait(false);
                foreach (AttackMatch match in result.Matches) match.Line += lines;
                lines += result.Newlines;
                if (result.Matches.Count > 0) yield return result.Matches;
            }
            await reading.ConfigureAwait(false);
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            while (results.Reader.TryRead(out Task<ChunkResult>? left)) await ((Task)left).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            reader.Dispose();
        }
    }

    /// <summary>Claims chunk after chunk and has each scanned; the channel holds the results in order, and bounds how many there are.</summary>
    private async Task DispatchAsync(ChunkReader reader, string source, ChannelWriter<Task<ChunkResult>> results, CancellationToken cancellationToken)
    {
        Exception? error = null;
        try
        {
            while (true)
            {
                Chunk chunk = _chunks.TryTake(out Chunk? used) ? used : new Chunk();
                if (!reader.Claim(chunk, cancellationToken)) break;
                await results.WriteAsync(Task.Run(() => Scan(reader, chunk, source), CancellationToken.None), cancellationToken).ConfigureAwait(false);
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
        ChunkScanner scanner = _scanners.TryTake(out ChunkScanner? used) ? used : new ChunkScanner(_rules, _query, _time);
        reader.Fill(chunk);
        ChunkResult result = scanner.Scan(chunk, source);
        _scanners.Add(scanner);
        _chunks.Add(chunk);
        return result;
    }
}
