using System.Buffers;
using OpsModule.Engine.Areas.Logs;

namespace OpsModule.Engine.Areas.Attacks.Formats;

/// <summary>
/// A line of an access log in the common or combined format, or one of its kin: with text before it, one digit for the day, a host of its
/// own, quotation marks
/// that the server did not escape. Everything that cannot be told from what a client has written is left out.
/// </summary>
internal ref struct AccessText
{
    private const int LongestTime = 40;

    private static readonly SearchValues<byte> NoHead = SearchValues.Create("\"?=%<>'&{}"u8);

    private static readonly SearchValues<byte> NoClient = SearchValues.Create("\"?=%<>'&{}/|()"u8);

    /// <summary>A list of addresses; a cookie or another header may stand in its place.</summary>
    private static readonly SearchValues<byte> OfForwarded = SearchValues.Create("0123456789abcdefABCDEF:., []unkow-"u8);

    /// <summary>What stands before the time: addresses, hosts, the user.</summary>
    public Range Head { get; private set; }

    /// <summary>The address or name of who asked; none where that cannot be told.</summary>
    public Range Client { get; private set; }

    /// <summary>The user.</summary>
    public Range User { get; private set; }

    /// <summary>When; null where it cannot be told.</summary>
    public DateTimeOffset? Time { get; private set; }

    /// <summary>The request, whatever it is.</summary>
    public Range Request { get; private set; }

    /// <summary>The status; 0 where it cannot be told.</summary>
    public int Status { get; private set; }

    /// <summary>The length of the answer; -1 where it cannot be told.</summary>
    public long Bytes { get; private set; }

    /// <summary>The page that led there.</summary>
    public Range Referrer { get; private set; }

    /// <summary>The program that asked.</summary>
    public Range Agent { get; private set; }

    /// <summary>What stands in quotation marks behind the program.</summary>
    public Range Forwarded { get; private set; }

    /// <summary>Where begins what is of no format.</summary>
    public int Tail { get; private set; }

    /// <summary>Takes a line apart; false when it is none of an access log.</summary>
    /// <param name="line">The line.</param>
    /// <param name="from">Where it begins behind the head of syslog.</param>
    /// <param name="clock">For times without a zone.</param>
    /// <param name="access">Its parts.</param>
    public static bool TryParse(ReadOnlySpan<byte> line, int from, LogClock clock, out AccessText access)
    {
        access = default;
        if (!TryTime(line, from, clock, out int open, out int close, out DateTimeOffset time)) return false;
        access.Time = time;
        if (!access.TakeHead(line, from, open - 1)) return false;
        int end = access.TakeRequest(line, close + 3, out bool doubtful);
        if (end < 0) return false;
        access.TakeRest(line, end, doubtful);
        if (doubtful) access.Time = null;
        return true;
    }

    /// <summary>The first time in brackets before a quotation mark.</summary>
    private static bool TryTime(ReadOnlySpan<byte> line, int from, LogClock clock, out int open, out int close, out DateTimeOffset time)
    {
        (open, close, time) = (0, from, default);
        while (line[close..].IndexOf("] \""u8) is >= 0 and var next)
        {
            close += next;
            open = from + line[from..close].LastIndexOf((byte)'[');
            if (open > from && close - open <= LongestTime && line[open - 1] == ' ' && LineTime.TryParse(line[(open + 1)..close], clock,
                out time)) return true;
            close += 3;
        }
        return false;
    }

    /// <summary>Client, identity or host, and user; before them a host of one's own, a time, the words of syslog.</summary>
    private bool TakeHead(ReadOnlySpan<byte> line, int from, int to)
    {
        ReadOnlySpan<byte> head = line[from..to];
        Head = from..to;
        int first = head.IndexOf((byte)' ');
        if (first < 0)
        {
            Client = from..to;
            return head.Length > 0;
        }
        ReadOnlySpan<byte> rest = head[(first + 1)..].TrimStart((byte)' ');
        int identity = head.IndexOf(" - "u8), second = rest.IndexOf((byte)' ');
        bool isAddress = !AddressText.Whole(head[..first], 0).Equals(default(Range));
        // lighttpd: client, host, user. A host may be called like an address.
        if (isAddress && second > 0 && rest[..second] is not [(byte)'-'] && rest[(second + 1)..].IndexOf((byte)' ') < 0) Client =
            from..(from + first);
        else
        {
            int end = identity > 0 ? identity : first;
            int begin = head[..end].LastIndexOf((byte)' ') + 1;
            // What a client asked for may hold all of an access line: before one stands only what a server writes.
            if (head[..begin].IndexOfAny(NoHead) >= 0 || head[..begin].IndexOf(" /"u8) >= 0 || head is [(byte)'/', ..]) return false;
            // One word is a host of one's own; more are a server's only when all of it is a head: messages hold names of users.
            ReadOnlySpan<byte> before = head[..begin].TrimEnd((byte)' ');
            if (before.IndexOf((byte)' ') >= 0 && !MessageHead.IsBeforeLine(head[..begin])) return false;
            if (head[begin..end].Trim((byte)'"').IndexOfAny(NoClient) >= 0) return false;
            Client = (from + begin)..(from + end);
        }
        int user = identity > 0 ? identity + 3 : head.LastIndexOf((byte)' ') + 1;
        ReadOnlySpan<byte> name = head[Math.Min(user, head.Length)..];
        if (name.IndexOfAny((byte)'"', (byte)'?') >= 0 || name.IndexOf(" /"u8) >= 0 || name.IndexOf("//"u8) >= 0) return false;
        User = (from + Math.Min(user, head.Length))..to;
        return true;
    }

    /// <summary>
    /// Takes the request: it ends with the first quotation mark that a status follows. Where one follows a protocol a second time, a
    /// client may have written
    /// either. Gives the place behind it, or -1.
    /// </summary>
    private int TakeRequest(ReadOnlySpan<byte> line, int begin, out bool doubtful)
    {
        int first = -1, whole = -1;
        doubtful = false;
        for (int at = begin; at < line.Length; at++)
        {
            if (line[at] == '\\') { at++; continue; }
            if (line[at] != '"' || !IsStatus(line[(at + 1)..])) continue;
            if (first < 0) first = at;
            bool protocol = RequestText.HasProtocol(line[begin..at]);
            if (protocol && whole >= 0) doubtful = true;
            if (protocol && whole < 0) whole = at;
        }
        int end = whole >= 0 ? whole : first;
        if (end < 0) return -1;
        if (first < end) doubtful |= line[first..end].IndexOf("HTTP/"u8) >= 0 && RequestText.HasProtocol(line[begin..first]);
        Request = begin..end;
        return end + 1;
    }

    private static bool IsStatus(ReadOnlySpan<byte> text)
    {
        if (text is not [(byte)' ', ..]) return false;
        text = text.TrimStart((byte)' ');
        return (text.Length >= 3 && text[..3].IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0 && (text.Length == 3 || text[3] == ' '))
            || text is [(byte)'-'] or [(byte)'-', (byte)' ', ..];
    }

    private void TakeRest(ReadOnlySpan<byte> line, int at, bool doubtful)
    {
        (Status, Bytes, Tail) = (0, -1, at);
        if (doubtful) return;
        at = Skip(line, at);
        Status = char.IsAsciiDigit((char)line[at]) ? (line[at] - '0') * 100 + (line[at + 1] - '0') * 10 + (line[at + 2] - '0') : 0;
        at = Word(line, at);
        int word = Skip(line, at), end = Word(line, word);
        if (word < line.Length && line[word] != '"')
        {
            if (System.Buffers.Text.Utf8Parser.TryParse(line[word..end], out long count, out int used) && used == end - word
                && count >= 0) Bytes = count;
            at = end;
        }
        if (Quoted(line, ref at) is { } referrer) Referrer = referrer;
        if (!Referrer.Equals(default(Range)) && Quoted(line, ref at) is { } agent) Agent = agent;
        Tail = at;
        if (!Agent.Equals(default(Range)) && Quoted(line, ref at) is { } forwarded
            && line[forwarded].IndexOfAnyExcept(OfForwarded) < 0) Forwarded = forwarded;
    }

    private static int Skip(ReadOnlySpan<byte> line, int at)
    {
        while (at < line.Length && line[at] is (byte)' ' or (byte)'\t') at++;
        return at;
    }

    private static int Word(ReadOnlySpan<byte> line, int at) => line[at..].IndexOf((byte)' ') is >= 0 and var blank ? at + blank
        : line.Length;

    private static Range? Quoted(ReadOnlySpan<byte> line, ref int at)
    {
        int begin = Skip(line, at);
        if (begin >= line.Length || line[begin] != '"') return null;
        for (int i = begin + 1; i < line.Length; i++)
        {
            if (line[i] == '\\') { i++; continue; }
            if (line[i] != '"') continue;
            at = i + 1;
            return (begin + 1)..i;
        }
        return null;
    }
}
