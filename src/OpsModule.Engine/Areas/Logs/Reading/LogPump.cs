using System.Threading.Channels;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Logs.Reading;

/// <summary>
/// Reads one source on its own and hands over what it reads in batches; it waits when nobody takes them. How far it is ahead is measured in
/// bytes of text, and
/// all sources of a merge share what there may be: their number does not make the memory grow.
/// </summary>
/// <param name="source">The source.</param>
/// <param name="reader">What makes entries or lines of its bytes.</param>
/// <param name="sources">How many are merged.</param>
internal sealed class LogPump<T>(LogSource source, InstanceReader<T> reader, int sources)
{
    private const int BatchSize = 512, MostAhead = 4, FewSources = 4;

    /// <summary>So many bytes of text are held by all sources together; as entries they take about twenty times that.</summary>
    private const int MostBytes = 8 * 1024 * 1024;

    /// <summary>A batch is held by the source, one waits, and one is being merged.</summary>
    private const int BatchesHeld = 3;

    private readonly int _slice = SliceOf(sources);
    private readonly Channel<List<Ordered<T>>> _channel = Channel.CreateBounded<List<Ordered<T>>>(
        new BoundedChannelOptions(sources <= FewSources ? MostAhead : 1) { SingleReader = true, SingleWriter = true });
    private int _fed;

    /// <summary>How many bytes of a source become a batch, by how many sources there are.</summary>
    public static int SliceOf(int sources) => Math.Clamp(MostBytes / BatchesHeld / Math.Max(1, sources), 2 * 1024, 128 * 1024);

    public LogSource Source => source;

    public InstanceReader<T> Reader => reader;

    public ChannelReader<List<Ordered<T>>> Batches => _channel.Reader;

    /// <summary>Reads to the end. A source that fails is reported, and the others go on.</summary>
    public async Task RunAsync(LogRequest request, Action<OpsException> onFailed, CancellationToken cancellationToken)
    {
        try
        {
            try { await source.ReadAsync(request, TakeAsync, cancellationToken).ConfigureAwait(false); }
            catch (OpsException e) { onFailed(e); }
            catch (Exception e) when (e is IOException or HttpRequestException && !cancellationToken.IsCancellationRequested) { onFailed(Broken(source, e)); }
            reader.End();
            await PassOnAsync(cancellationToken).ConfigureAwait(false);
            _channel.Writer.TryComplete();
        }
        catch (Exception e) { _channel.Writer.TryComplete(e); }

        async ValueTask TakeAsync(bool error, ReadOnlyMemory<byte> bytes)
        {
            for (; bytes.Length > 0; bytes = bytes[Math.Min(bytes.Length, _slice)..])
            {
                ReadOnlyMemory<byte> slice = bytes[..Math.Min(bytes.Length, _slice)];
                reader.Feed(error, slice.Span);
                _fed += slice.Length;
                if (reader.Ready.Count < BatchSize && _fed < _slice) continue;
                _fed = 0;
                await PassOnAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    public static OpsException Broken(LogSource source, Exception e) => new("LogReadFailed", OpsErrorCategory.ReadError,
        $"Reading the log of {source.Instance} broke off: {e.Message.TrimEnd('.')}.", "What came before has been read; run the command again, with -Since for the rest.", source.Instance, e);

    private async ValueTask PassOnAsync(CancellationToken cancellationToken)
    {
        if (reader.Drain() is { Count: > 0 } ready) await _channel.Writer.WriteAsync(ready, cancellationToken).ConfigureAwait(false);
    }
}
