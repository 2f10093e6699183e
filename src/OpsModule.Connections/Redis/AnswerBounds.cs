using System.Globalization;
using System.Text;

namespace OpsModule.Connections.Redis;

/// <summary>Follows what a server sends, before the library reads it: answers in RESP2, each of which takes so much memory and is so deep and no more.</summary>
/// <remarks>The library knows no such bounds, and reads a list in a list by calling itself: some ten thousand of them would end the whole process.</remarks>
public sealed class AnswerBounds
{
    private const int MaxLine = 64 * 1024;
    private const int MaxAnswer = 64 * 1024 * 1024;

    /// <summary>What an item costs beside its text; an answer of a million empty ones is not free either.</summary>
    private const int ItemCost = 64;

    private const int MaxItems = 1024 * 1024;
    private const int MaxDepth = 16;

    /// <summary>A record of TLS that says what is wrong. Who sends it hangs up.</summary>
    private const byte TlsAlert = 0x15;

    private readonly StringBuilder _line = new();

    /// <summary>How many items of each list that has begun are still to come.</summary>
    private readonly Stack<long> _lists = new();

    private long _left = MaxAnswer, _text;

    /// <summary>The error that the server answered, to the letter; null when the answer is none.</summary>
    public string? Error { get; private set; }

    /// <summary>True when all of the answer has come.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>What comes now answers the next command.</summary>
    public void BeginAnswer() => (_left, Error, IsWhole) = (MaxAnswer, null, false);

    /// <summary>Looks at the next bytes, however they are cut.</summary>
    /// <exception cref="RespException">They are no answer, or make it too large.</exception>
    /// <exception cref="EndOfStreamException">The other side speaks TLS, and ends.</exception>
    public void Follow(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            int end = _text > 0 ? -1 : bytes.IndexOf((byte)'\n');
            ReadOnlySpan<byte> part = _text > 0 ? bytes[..(int)Math.Min(_text, bytes.Length)] : bytes[..(end < 0 ? bytes.Length : end + 1)];
            bytes = bytes[part.Length..];
            if (_text > 0)
            {
                if ((_text -= part.Length) == 0) EndItem();
                continue;
            }
            if (_line.Length == 0 && part[0] == TlsAlert) throw new EndOfStreamException();
            if (_line.Length + part.Length > MaxLine) throw new RespException("a line without an end");
            _line.Append(Encoding.Latin1.GetString(part));
            if (end >= 0) EndLine();
        }
    }

    private void EndLine()
    {
        string line = _line.ToString();
        _line.Clear();
        if (line.Length < 3 || line[^2] != '\r') throw new RespException("no answer of a Redis server");
        string rest = line[1..^2];
        Take(ItemCost + 2 * rest.Length);
        switch (line[0])
        {
            case '$' when Number(rest, -1, MaxAnswer) is >= 0 and var length:
                Take(length);
                _text = length + 2;
                return;
            case '*' when Number(rest, -1, MaxItems) is > 0 and var count:
                if (_lists.Count >= MaxDepth) throw new RespException("an answer nested too deep");
                _lists.Push(count);
                return;
            case ':':
                Number(rest, long.MinValue, long.MaxValue);
                break;
            case '-' when _lists.Count == 0:
                Error = rest;
                break;
            case '+' or '-' or '$' or '*': break;
            default: throw new RespException("no answer of a Redis server");
        }
        EndItem();
    }

    private void EndItem()
    {
        while (_lists.TryPop(out long left))
            if (left > 1)
            {
                _lists.Push(left - 1);
                return;
            }
        IsWhole = true;
    }

    private void Take(long bytes)
    {
        if ((_left -= bytes) < 0) throw new RespException($"an answer of more than {MaxAnswer / 1024 / 1024} MiB");
    }

    private static long Number(string text, long least, long most) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) && number >= least && number <= most ? number : throw new RespException("a number that cannot be");
}

/// <summary>The other side does not speak RESP. The message says what it sent, without quoting it.</summary>
public sealed class RespException(string message) : Exception(message);
