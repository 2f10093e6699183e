using System.IO.Compression;

namespace OpsModule.Foundations.Bytes;

/// <summary>
/// The text of a gzip file of one or more members. .NET takes a file that ends in the middle for one that is complete; here the end of the
/// file is followed by a member with a mark in it, and when the mark does not come out again, the file is truncated.
/// </summary>
public sealed class GzipText : Stream
{
    /// <summary>What is damaged in a piece is lost with the piece, so they are small.</summary>
    private const int Piece = 4096;

    private static readonly byte[] Mark = "\0whole to here\0"u8.ToArray();
    private static readonly byte[] MarkMember = Compressed(Mark);

    private readonly MarkedSource _source;
    private readonly GZipStream _text;
    private readonly byte[] _last = new byte[512];
    private int _lastLength;
    private bool _ended;

    /// <summary>Reads from a source; disposing it disposes the source.</summary>
    public GzipText(Stream source)
    {
        _source = new MarkedSource(source, MarkMember);
        _text = new GZipStream(_source, CompressionMode.Decompress);
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        if (_ended || buffer.IsEmpty) return 0;
        try
        {
            // .NET gives away what it has before it asks for more, so nothing of the file comes after the mark was asked for.
            int read = _source.InMark ? 0 : _text.Read(buffer[..Math.Min(buffer.Length, Piece)]);
            if (!_source.InMark)
            {
                _ended = read == 0;
                // .NET asks for more when a member has ended, unless what follows is none.
                return read > 0 || _source.IsPadded()
                    ? read : throw new InvalidDataException(
                        FormattableString.Invariant($"what stands before byte {_source.Count:N0} is no gzip data any more"));
            }
            Keep(buffer[..read]);
            while (_lastLength <= Mark.Length && (read = _text.Read(_last.AsSpan(_lastLength))) > 0) _lastLength += read;
        }
        catch (InvalidDataException e) when (!_source.InMark)
        {
            throw new InvalidDataException(FormattableString.Invariant($"the compressed data is damaged before byte {_source.Count:N0}"),
                e);
        }
        catch (InvalidDataException) { _lastLength = 0; }
        _ended = true;
        return _last.AsSpan(0, _lastLength).SequenceEqual(Mark)
            ? 0 : throw new EndOfStreamException(
                FormattableString.Invariant($"the compressed data ends in the middle, at byte {_source.Count:N0}"));
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        // More than the mark is already too much.
        ReadOnlySpan<byte> kept = bytes[..Math.Min(bytes.Length, _last.Length / 2)];
        kept.CopyTo(_last);
        _lastLength = kept.Length;
    }

    /// <inheritdoc/>
    public override bool CanRead => true;
    /// <inheritdoc/>
    public override bool CanWrite => false;
    /// <inheritdoc/>
    public override bool CanSeek => false;
    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();
    /// <inheritdoc/>
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
    /// <inheritdoc/>
    public override void Flush() { }
    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();
    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _text.Dispose();
        base.Dispose(disposing);
    }

    private static byte[] Compressed(byte[] text)
    {
        var target = new MemoryStream();
        using (var gzip = new GZipStream(target, CompressionLevel.Fastest)) gzip.Write(text);
        return target.ToArray();
    }

    /// <summary>The file, and behind its end the mark.</summary>
    private sealed class MarkedSource(Stream source, byte[] mark) : Stream
    {
        private int _given;
        private byte _last;

        /// <summary>Bytes of the file that were read.</summary>
        public long Count { get; private set; }

        public bool InMark { get; private set; }

        /// <summary>True when zeros, which tapes add, fill the rest.</summary>
        public bool IsPadded()
        {
            byte[] rest = new byte[4096];
            for (int read = 1; _last == 0 && read > 0;)
            {
                read = source.Read(rest);
                if (read > 0) _last = rest.AsSpan(0, read).ContainsAnyExcept((byte)0) ? (byte)1 : (byte)0;
            }
            return _last == 0;
        }

        public override int Read(Span<byte> buffer)
        {
            if (!InMark)
            {
                int read = source.Read(buffer);
                Count += read;
                if (read > 0)
                {
                    _last = buffer[read - 1];
                    return read;
                }
                InMark = true;
            }
            int length = Math.Min(buffer.Length, mark.Length - _given);
            mark.AsSpan(_given, length).CopyTo(buffer);
            _given += length;
            return length;
        }

        public override bool CanRead => true;
        public override bool CanWrite => false;
        public override bool CanSeek => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
        public override void Flush() { }
        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing) source.Dispose();
            base.Dispose(disposing);
        }
    }
}
