using System.Text;

namespace OpsModule.Foundations.Bytes;

/// <summary>Reads UTF-16 as UTF-8. What is no character is replaced, and the mark at the beginning is left out.</summary>
/// <param name="source">The text; disposing it disposes the source.</param>
/// <param name="bigEndian">Which byte of a character comes first.</param>
public sealed class Utf16Text(Stream source, bool bigEndian) : ReadStage
{
    private const int BlockSize = 32 * 1024;

    private readonly Decoder _decoder = (bigEndian ? Encoding.BigEndianUnicode : Encoding.Unicode).GetDecoder();
    private readonly byte[] _block = new byte[BlockSize];
    private readonly char[] _characters = new char[BlockSize / 2 + 2];
    private readonly byte[] _text = new byte[Encoding.UTF8.GetMaxByteCount(BlockSize / 2 + 2)];
    private readonly Encoder _encoder = Encoding.UTF8.GetEncoder();
    private int _start, _end;
    private bool _begun, _ended;

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_start == _end)
        {
            if (_ended) return 0;
            int read = await source.ReadAsync(_block, cancellationToken).ConfigureAwait(false);
            _ended = read == 0;
            int characters = _decoder.GetChars(_block.AsSpan(0, read), _characters, flush: _ended);
            int skip = !_begun && characters > 0 && _characters[0] == '\uFEFF' ? 1 : 0;
            _begun |= characters > 0;
            _start = 0;
            _end = _encoder.GetBytes(_characters.AsSpan(skip, characters - skip), _text, flush: _ended);
        }
        int length = Math.Min(buffer.Length, _end - _start);
        _text.AsMemory(_start, length).CopyTo(buffer);
        _start += length;
        return length;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) source.Dispose();
        base.Dispose(disposing);
    }
}
