using OpsModule.Foundations.Bytes;

namespace OpsModule.Engine.Areas.Caches.Backing;

/// <summary>A source that writes to a stage whatever is read of it, before the reader has it.</summary>
/// <param name="source">The source.</param>
/// <param name="target">The stage.</param>
/// <param name="onRead">Told how many bytes have come.</param>
/// <param name="cancellationToken">Ends the writing.</param>
internal sealed class CopiedSource(Stream source, Stage target, Action<long> onRead, CancellationToken cancellationToken) : ReadStage
{
    /// <summary>How many bytes have come.</summary>
    public long Bytes { get; private set; }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellation = default)
    {
        int read = await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        if (read == 0) return 0;
        await target.WriteAsync(buffer[..read], cancellationToken).ConfigureAwait(false);
        onRead(Bytes += read);
        return read;
    }
}
