using OpsModule.Foundations.Bytes;

namespace OpsModule.Engine.Areas.Imports.Files;

/// <summary>A stream whose beginning has been looked at, from that beginning on.</summary>
internal sealed class PrefixedStream(Stream source, ReadOnlyMemory<byte> prefix) : ReadStage
{
    private ReadOnlyMemory<byte> _left = prefix;

    /// <summary>Looks at the beginning of a stream.</summary>
    public static async Task<(PrefixedStream Stream, byte[] Beginning)> PeekAsync(Stream source, int count, CancellationToken ct)
    {
        byte[] beginning = new byte[count];
        int filled = await source.ReadAtLeastAsync(beginning, count, throwOnEndOfStream: false, ct).ConfigureAwait(false);
        return (new PrefixedStream(source, beginning.AsMemory(0, filled)), beginning[..filled]);
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_left.IsEmpty) return source.ReadAsync(buffer, cancellationToken);
        int take = Math.Min(buffer.Length, _left.Length);
        _left[..take].CopyTo(buffer);
        _left = _left[take..];
        return ValueTask.FromResult(take);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) source.Dispose();
        base.Dispose(disposing);
    }
}
