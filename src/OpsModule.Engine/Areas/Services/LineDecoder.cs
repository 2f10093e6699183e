using System.Text;

namespace OpsModule.Engine.Areas.Services;

/// <summary>Makes lines of bytes as they come. What is no UTF-8 becomes a replacement character; a line without an end is broken up.</summary>
internal sealed class LineDecoder(Action<string> emit)
{
    /// <summary>A longer line is given in pieces, so that memory stays flat.</summary>
    internal const int Longest = 1024 * 1024;

    private const int Block = 8 * 1024;

    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private readonly StringBuilder _line = new();
    private readonly char[] _chars = new char[Encoding.UTF8.GetMaxCharCount(Block)];

    public void Take(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            ReadOnlySpan<byte> some = bytes[..Math.Min(Block, bytes.Length)];
            Split(_chars.AsSpan(0, _decoder.GetChars(some, _chars, flush: false)));
            bytes = bytes[some.Length..];
        }
    }

    /// <summary>Gives what came after the last end of a line.</summary>
    public void Finish()
    {
        Split(_chars.AsSpan(0, _decoder.GetChars([], _chars, flush: true)));
        if (_line.Length > 0) Give();
    }

    private void Split(ReadOnlySpan<char> chars)
    {
        while (chars.IndexOf('\n') is >= 0 and var end)
        {
            _line.Append(chars[..end]);
            Give();
            chars = chars[(end + 1)..];
        }
        _line.Append(chars);
        if (_line.Length >= Longest) Give();
    }

    private void Give()
    {
        if (_line.Length > 0 && _line[^1] == '\r') _line.Length--;
        string line = _line.ToString();
        _line.Clear();
        emit(line);
    }
}
