using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Attacks.Reading;

/// <summary>A stream: read in order, each chunk up to the end of its last line.</summary>
/// <param name="stream">The stream, which it closes.</param>
/// <param name="live">True when somebody is writing to it: what has come is scanned at once, and waiting for more can be cancelled.</param>
/// <param name="offset">Which byte of the source the stream begins with.</param>
internal sealed class StreamChunks(Stream stream, bool live = false, long offset = 0) : ChunkReader
{
    private byte[] _rest = [];
    private byte[]? _head;
    private long _position = offset;
    private int _restLength;
    private bool _ended, _left;

    public override long Position => _position;

    public override bool Claim(Chunk chunk, CancellationToken cancellationToken)
    {
        if (_ended && _restLength == 0) return false;
        if (_rest.Length == 0) _rest = new byte[chunk.Buffer.Length];
        byte[] buffer = chunk.Buffer;
        _rest.AsSpan(0, _restLength).CopyTo(buffer);
        int length = _restLength;
        bool enough = false;
        while (!_ended && !enough && length < buffer.Length)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int read = Read(buffer, length, cancellationToken);
            if (read == 0) _ended = true;
            enough = live && buffer.AsSpan(length, read).Contains((byte)'\n');
            length += read;
        }
        Span<byte> bytes = buffer.AsSpan(0, length);
        if (length > 0) _head ??= bytes[..Math.Min(length, LongestHead)].ToArray();
        if (_head is not null && HasReturnsOnly(_head)) bytes.Replace((byte)'\r', (byte)'\n');
        int end = _ended ? length : bytes.LastIndexOf((byte)'\n') + 1;
        int keep = end == 0 && length > 0 ? length - chunk.Sizes.Overlap : end; // a line longer than the buffer goes on in pieces
        bytes[keep..].CopyTo(_rest);
        _restLength = length - keep;
        (chunk.Offset, chunk.RegionStart, chunk.RegionEnd, chunk.End) = (_position, 0, keep, end == 0 ? length : end);
        _position += keep;
        chunk.Head = _head;
        return length > 0;
    }

    private int Read(byte[] buffer, int from, CancellationToken cancellationToken)
    {
        try
        {
            if (!live) return stream.Read(buffer, from, buffer.Length - from);
            // A terminal or a pipe may keep a read waiting for ever; it is left behind then.
            Task<int> read = Task.Run(() => stream.Read(buffer, from, buffer.Length - from), CancellationToken.None);
            _left = true;
            int length = read.WaitAsync(cancellationToken).GetAwaiter().GetResult();
            _left = false;
            return length;
        }
        catch (Exception e) when (e is IOException or InvalidDataException or OpsException or UnauthorizedAccessException)
        {
            Trouble = e; // what has been read is scanned nevertheless
            return 0;
        }
    }

    public override void Dispose()
    {
        // Closing waits for a read that was left behind.
        if (_left) _ = Task.Run(stream.Dispose);
        else stream.Dispose();
    }
}
