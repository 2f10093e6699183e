using System.Threading.Channels;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Logs.Reading;

/// <summary>Reads one source on its own and hands over what it reads in batches; it waits when nobody takes them.</summary>
/// <param name="source">The source.</param>
/// <param name="reader">What makes entries or lines of its bytes.</param>
internal sealed class LogPump<T>(LogSource source, InstanceReader<T> reader)
{
    private const int BatchSize = 512, BatchesAhead = 4;

    private readonly Channel<List<Ordered<T>>> _channel = Channel.CreateBounded<List<Ordered<T>>>(
        new BoundedChannelOptions(BatchesAhead) { SingleReader = true, SingleWriter = true });

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
            reader.Feed(error, bytes.Span);
            if (reader.Ready.Count >= BatchSize) await PassOnAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public static OpsException Broken(LogSource source, Exception e) => new("LogReadFailed", OpsErrorCategory.ReadError,
        $"Reading the log of {source.Instance} broke off: {e.Message.TrimEnd('.')}.", "What came before has been read; run the command again, with -Since for the rest.", source.Instance, e);

    private async ValueTask PassOnAsync(CancellationToken cancellationToken)
    {
        if (reader.Drain() is { Count: > 0 } ready) await _channel.Writer.WriteAsync(ready, cancellationToken).ConfigureAwait(false);
    }
}
