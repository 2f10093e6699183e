using OpsModule.Foundations.Errors;

namespace OpsModule.Foundations.Bytes;

/// <summary>Reads a zstd stream of one or more frames.</summary>
public sealed class ZstdDecompressor : ReadStage
{
    private readonly Stream _source;
    private readonly byte[] _input = new byte[256 * 1024];
    private nint _context = Zstd.CreateDecompressor();
    private int _start;
    private int _end;
    private bool _inFrame;

    /// <summary>Reads from a source. <see cref="Zstd.IsAvailable"/> must be true; disposing it disposes the source.</summary>
    public ZstdDecompressor(Stream source)
    {
        _source = source;
        Zstd.Check(Zstd.SetDecompressorParameter(_context, 100, Zstd.MaxWindowLog)); // ZSTD_d_windowLogMax
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.Length == 0) return 0;
        while (true)
        {
            bool atEnd = false;
            if (_start == _end)
            {
                _start = 0;
                _end = await _source.ReadAsync(_input, cancellationToken).ConfigureAwait(false);
                atEnd = _end == 0;
            }
            if (atEnd && !_inFrame) return 0;
            int made = Step(buffer.Span);
            if (made > 0) return made;
            if (atEnd) throw new OpsException("BackupTruncated", OpsErrorCategory.InvalidData, "The compressed data ends in the middle.",
                "The stored object is damaged; use another backup.");
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        nint context = Interlocked.Exchange(ref _context, 0);
        if (context != 0) Zstd.FreeDecompressor(context);
        if (disposing) _source.Dispose();
        base.Dispose(disposing);
    }

    private unsafe int Step(Span<byte> output)
    {
        fixed (byte* source = _input, target = output)
        {
            var from = new Zstd.Buffer { Data = source, Size = (nuint)_end, Position = (nuint)_start };
            var to = new Zstd.Buffer { Data = target, Size = (nuint)output.Length };
            _inFrame = Zstd.Check(Zstd.Decompress(_context, ref to, ref from)) != 0;
            _start = (int)from.Position;
            return (int)to.Position;
        }
    }
}
