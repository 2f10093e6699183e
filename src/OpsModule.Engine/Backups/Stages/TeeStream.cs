namespace OpsModule.Engine.Backups.Stages;

/// <summary>Reads a source and writes what was read to a stage, so that parsing and compressing use the same bytes while they are in the cache.</summary>
internal sealed class TeeStream(Stream source, Stage copy, Action<long> onProgress) : ReadStage
{
    public long Bytes { get; private set; }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read = await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        if (read == 0) return 0;
        Bytes += read;
        onProgress(Bytes);
        await copy.WriteAsync(buffer[..read], cancellationToken).ConfigureAwait(false);
        return read;
    }
}
