namespace OpsModule.Engine.Areas.Logs.Reading;

/// <summary>Takes a line.</summary>
/// <param name="line">The line without its end; valid until the handler returns.</param>
/// <param name="missing">How many bytes of it were cut off.</param>
internal delegate void LineHandler(ReadOnlySpan<byte> line, long missing);

/// <summary>
/// Cuts bytes into lines. Memory is bounded by the longest line that is kept: what is longer is cut off and counted, or, when nothing may
/// be lost, handed on in pieces.
/// </summary>
internal sealed class LineSplitter(int longest, bool pieces, LineHandler handler)
{
    private byte[] _rest = [];
    private int _length;
    private long _missing;
    private bool _handedPiece;

    /// <summary>True when the last line has no end yet.</summary>
    public bool IsInLine => _length > 0 || _missing > 0;

    public void Feed(ReadOnlySpan<byte> bytes)
    {
        for (int end; (end = bytes.IndexOf((byte)'\n')) >= 0; bytes = bytes[(end + 1)..])
        {
            if (!IsInLine && !_handedPiece && end <= longest)
            {
                handler(bytes[..end], 0); // the common line: whole in these bytes, and not copied
                continue;
            }
            Keep(bytes[..end]);
            EndLine();
        }
        Keep(bytes);
    }

    /// <summary>No more bytes come; what is left is the last line.</summary>
    public void End()
    {
        if (IsInLine) EndLine();
    }

    private void EndLine()
    {
        // A line that went out in pieces to its last byte needs no empty one after them.
        if (IsInLine || !_handedPiece) handler(_rest.AsSpan(0, _length), _missing);
        _length = 0;
        _missing = 0;
        _handedPiece = false;
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            if (_length == longest)
            {
                if (!pieces) { _missing += bytes.Length; return; }
                HandPiece();
            }
            int take = Math.Min(bytes.Length, longest - _length);
            if (_rest.Length < _length + take) Array.Resize(ref _rest, Math.Min(longest, Math.Max(_length + take, Math.Max(1024, _rest.Length * 2))));
            bytes[..take].CopyTo(_rest.AsSpan(_length));
            _length += take;
            bytes = bytes[take..];
        }
    }

    /// <summary>Hands on what is kept but for a character that has only begun.</summary>
    private void HandPiece()
    {
        int whole = _length;
        for (int back = 1; back <= Math.Min(3, _length - 1); back++)
        {
            if ((_rest[_length - back] & 0xC0) == 0x80) continue; // in the middle of a character
            if ((_rest[_length - back] & 0xC0) == 0xC0) whole = _length - back;
            break;
        }
        handler(_rest.AsSpan(0, whole), 0);
        _rest.AsSpan(whole, _length - whole).CopyTo(_rest);
        _length -= whole;
        _handedPiece = true;
    }
}
