namespace OpsModule.Foundations.Bytes;

/// <summary>Compresses with zstd on all cores. The frame carries no checksum: the manifest has a SHA-256.</summary>
public sealed class ZstdCompressor : Stage
{
    private readonly Stage _next;
    private readonly byte[] _output = new byte[512 * 1024];
    private nint _context = Zstd.CreateCompressor();

    /// <summary>Compresses at level 1. <see cref="Zstd.IsAvailable"/> must be true; disposing it disposes the next stage.</summary>
    public ZstdCompressor(Stage next)
    {
        _next = next;
        // Level 1 with a larger table and longer matches: as fast, and smaller than gzip's default on rows of text (docs/performance.md).
        Set(Zstd.CompressionLevel, 1);
        Set(Zstd.Strategy, Zstd.StrategyFast);
        Set(Zstd.WindowLog, 21);
        Set(Zstd.HashLog, 16);
        Set(Zstd.MinMatch, 7);
        // A libzstd built without threads refuses workers; it then compresses on the calling thread.
        if (!Zstd.Failed(Zstd.SetParameter(_context, Zstd.Workers, Math.Clamp(Environment.ProcessorCount, 1, 8)))) Set(Zstd.JobSize, 2 * 1024 * 1024);
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (buffer.Length > 0)
        {
            (int taken, int made, _) = Step(buffer.Span, Zstd.Continue);
            buffer = buffer[taken..];
            if (made > 0) await _next.WriteAsync(_output.AsMemory(0, made), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public override async Task CompleteAsync(CancellationToken cancellationToken)
    {
        for (bool more = true; more;)
        {
            (_, int made, more) = Step(default, Zstd.End);
            if (made > 0) await _next.WriteAsync(_output.AsMemory(0, made), cancellationToken).ConfigureAwait(false);
        }
        await _next.CompleteAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        nint context = Interlocked.Exchange(ref _context, 0);
        if (context != 0) Zstd.FreeCompressor(context);
        await _next.DisposeAsync().ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }

    private void Set(int parameter, int value) => Zstd.Check(Zstd.SetParameter(_context, parameter, value));

    private unsafe (int Taken, int Made, bool More) Step(ReadOnlySpan<byte> input, int operation)
    {
        fixed (byte* source = input, target = _output)
        {
            var from = new Zstd.Buffer { Data = source, Size = (nuint)input.Length };
            var to = new Zstd.Buffer { Data = target, Size = (nuint)_output.Length };
            nuint left = Zstd.Check(Zstd.Compress(_context, ref to, ref from, operation));
            return ((int)from.Position, (int)to.Position, left != 0);
        }
    }
}
