namespace OpsModule.Engine.Attacks.Reading;

/// <summary>A stream: read in order, each chunk up to the end of its last line.</summary>
internal sealed class StreamChunks(Stream stream, long offset = 0) : ChunkReader
{
    private readonly byte[] _rest = new byte[1 + Chunk.Region + Chunk.Tail];
    private long _position = offset;
    private int _restLength;
    private bool _ended;

    public override bool Claim(Chunk chunk, CancellationToken cancellationToken)
    {
        if (_ended && _restLength == 0) return false;
        Span<byte> buffer = chunk.Buffer;
        _rest.AsSpan(0, _restLength).CopyTo(buffer);
        int length = _restLength;
        while (!_ended && length < buffer.Length)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int read = stream.Read(buffer[length..]);
            if (read == 0) _ended = true;
            length += read;
        }
        int end = _ended ? length : buffer.LastIndexOf((byte)'\n') + 1;
        int keep = end == 0 ? length - Chunk.Overlap : end; // a line longer than the buffer goes on in pieces
        buffer[keep..length].CopyTo(_rest);
        _restLength = length - keep;
        (chunk.Offset, chunk.RegionStart, chunk.RegionEnd, chunk.End) = (_position, 0, keep, end == 0 ? length : end);
        _position += keep;
        chunk.IsLast = _ended;
        return length > 0;
    }

    public override void Dispose() => stream.Dispose();
}
