using System.Buffers.Text;

namespace OpsModule.Engine.Areas.Logs.Formats;

/// <summary>
/// A line of an access log (nginx or Apache; common, combined, or with the virtual host in front), as parts of the line itself: nothing is
/// copied. What is escaped (<c>\x22</c>) stays so.
/// </summary>
public readonly ref struct AccessLine
{
    /// <summary>The address or name of who asked.</summary>
    public ReadOnlySpan<byte> Client { get; private init; }

    /// <summary>The user that signed in, or a dash.</summary>
    public ReadOnlySpan<byte> User { get; private init; }

    /// <summary>When, UTC.</summary>
    public DateTimeOffset Time { get; private init; }

    /// <summary>The whole request line, whatever it is.</summary>
    public ReadOnlySpan<byte> Request { get; private init; }

    /// <summary>The method; empty when the request is no HTTP.</summary>
    public ReadOnlySpan<byte> Method { get; private init; }

    /// <summary>What was asked for, with the query; empty when the request is no HTTP.</summary>
    public ReadOnlySpan<byte> Target { get; private init; }

    /// <summary>The protocol; empty when the request is no HTTP.</summary>
    public ReadOnlySpan<byte> Protocol { get; private init; }

    /// <summary>The answer's status.</summary>
    public int Status { get; private init; }

    /// <summary>The answer's length in bytes, or -1 when it is not said.</summary>
    public long Bytes { get; private init; }

    /// <summary>The page that led there; empty in the common format.</summary>
    public ReadOnlySpan<byte> Referrer { get; private init; }

    /// <summary>The program that asked; empty in the common format.</summary>
    public ReadOnlySpan<byte> Agent { get; private init; }

    /// <summary>What stands in quotation marks behind the program that asked: for whom proxies say that they ask, in the format main of nginx; empty where there is nothing.</summary>
    public ReadOnlySpan<byte> Forwarded { get; private init; }

    /// <summary>The level that the status stands for.</summary>
    public LogLevel Level => Status < 100 ? LogLevel.Information : LogLevels.OfStatus(Status);

    /// <summary>Takes a line apart; false when it is none of an access log.</summary>
    public static bool TryParse(ReadOnlySpan<byte> line, out AccessLine result)
    {
        result = default;
        int bracket = line.IndexOf(" ["u8);
        if (bracket is < 5 or > 512 || bracket + 29 > line.Length || line[bracket + 28] != ']' || !LogTime.TryAccess(line.Slice(bracket + 2, 26), out DateTimeOffset time)) return false;
        // Client, identity and user; the user may hold spaces, a virtual host may stand in front.
        ReadOnlySpan<byte> head = line[..bracket];
        int identity = head.IndexOf(" - "u8);
        ReadOnlySpan<byte> client = identity > 0 ? head[..identity] : head[..Math.Max(0, head.IndexOf((byte)' '))];
        ReadOnlySpan<byte> user = identity > 0 ? head[(identity + 3)..] : head[(head.LastIndexOf((byte)' ') + 1)..];
        if (client.LastIndexOf((byte)' ') is >= 0 and var host) client = client[(host + 1)..];
        if (client.IsEmpty) return false;
        ReadOnlySpan<byte> rest = line[(bracket + 29)..];
        if (!TryQuoted(ref rest, out ReadOnlySpan<byte> request) || !TryWord(ref rest, out ReadOnlySpan<byte> statusText)
            || !Utf8Parser.TryParse(statusText, out int status, out int used) || used != statusText.Length || status is < 0 or > 999) return false;
        if (!TryWord(ref rest, out ReadOnlySpan<byte> bytesText)) return false;
        long bytes = Utf8Parser.TryParse(bytesText, out long count, out used) && used == bytesText.Length ? count : -1;
        ReadOnlySpan<byte> referrer = default, agent = default, forwarded = default;
        if (TryQuoted(ref rest, out referrer) && TryQuoted(ref rest, out agent)) TryQuoted(ref rest, out forwarded);
        SplitRequest(request, out ReadOnlySpan<byte> method, out ReadOnlySpan<byte> target, out ReadOnlySpan<byte> protocol);
        result = new AccessLine
        {
            Client = client, User = user, Time = time, Request = request, Method = method, Target = target, Protocol = protocol, Status = status,
            Bytes = bytes, Referrer = referrer, Agent = agent, Forwarded = forwarded,
        };
        return true;
    }

    /// <summary>
    /// The HTTP status of a line that is none of the common formats but says one: behind a quoted request, behind HAProxy's timers, in an
    /// AWS load balancer's ninth
    /// column, in squid's result, between gin's bars. 0 when there is none.
    /// </summary>
    /// <param name="line">The line.</param>
    /// <param name="rest">The line behind its time.</param>
    internal static int FindStatus(ReadOnlySpan<byte> line, ReadOnlySpan<byte> rest)
    {
        if (rest.IndexOf(" HTTP/"u8) is >= 0 and var http)
        {
            ReadOnlySpan<byte> text = rest[(http + 6)..];
            int close = text.IndexOf("\" "u8);
            if (close is > 0 and < 6 && StatusAt(text[(close + 2)..]) is > 0 and var behind) return behind;
            if (line.StartsWith("http"u8) || line.StartsWith("h2 "u8) || line.StartsWith("ws"u8)
                || line.StartsWith("grpc"u8)) return StatusAt(WordAt(rest, 6));
            return FindHaproxy(rest);
        }
        if (line.StartsWith("[GIN] "u8)) return StatusAt(rest.TrimStart("| "u8));
        if (rest.IndexOf(" TCP_"u8) is >= 0 and var squid
            && rest[squid..].IndexOf((byte)'/') is > 0 and var slash) return StatusAt(rest[(squid + slash + 1)..]);
        return 0;
    }

    /// <summary>HAProxy: <c>10/0/30/69/109 200 2750</c>.</summary>
    internal static int FindHaproxy(ReadOnlySpan<byte> text)
    {
        for (int word = 0; word < 12; word++)
        {
            ReadOnlySpan<byte> timers = WordAt(text, word);
            int end = timers.IndexOf((byte)' ');
            if (end < 0) return 0;
            if (end >= 9 && timers[..end].Count((byte)'/') is 4 or 5
                && timers[..end].IndexOfAnyExcept("0123456789/-+"u8) < 0) return StatusAt(timers[(end + 1)..]);
        }
        return 0;
    }

    /// <summary>Morgan's and others' short lines: <c>GET /orders 200 12.345 ms - 512</c>; 0 when it is none.</summary>
    internal static int FindMorgan(ReadOnlySpan<byte> line)
    {
        int space = line.IndexOf((byte)' ');
        if (space is < 3 or > 7 || line.Length < space + 6 || line[space + 1] != '/' || line[..space].IndexOfAnyExceptInRange((byte)'A',
            (byte)'Z') >= 0) return 0;
        return line.EndsWith(" ms"u8) || line.IndexOf(" ms "u8) > 0 ? StatusAt(WordAt(line, 2)) : 0;
    }

    /// <summary>The text from a word on, counted from 0.</summary>
    private static ReadOnlySpan<byte> WordAt(ReadOnlySpan<byte> text, int word)
    {
        for (; word > 0; word--)
        {
            int space = text.IndexOf((byte)' ');
            if (space < 0) return default;
            text = text[space..].TrimStart((byte)' ');
        }
        return text;
    }

    internal static int StatusAt(ReadOnlySpan<byte> text) =>
        text.Length >= 3 && LogTime.TryNumber(text[..3], out int status) && status is >= 100 and <= 599 && (text.Length == 3
            || text[3] is (byte)' ' or (byte)'\t' or (byte)'|' or (byte)',') ? status : 0;

    internal static bool TryParse(ReadOnlySpan<byte> line, LogDraft draft)
    {
        if (!TryParse(line, out AccessLine access)) return false;
        draft.Format = LogFormat.Access;
        draft.Time = access.Time;
        draft.Level = access.Level;
        draft.Message = $"{System.Text.Encoding.UTF8.GetString(access.Request)} {access.Status}";
        draft.SetText("client", access.Client);
        draft.SetText("user", access.User);
        draft.SetText("method", access.Method);
        draft.SetText("target", access.Target);
        draft.SetText("protocol", access.Protocol);
        draft.Set("status", (long)access.Status);
        if (access.Bytes >= 0) draft.Set("bytes", access.Bytes);
        draft.SetText("referrer", access.Referrer);
        draft.SetText("agent", access.Agent);
        return true;
    }

    private static void SplitRequest(ReadOnlySpan<byte> request, out ReadOnlySpan<byte> method, out ReadOnlySpan<byte> target, out ReadOnlySpan<byte> protocol)
    {
        method = target = protocol = default;
        int first = request.IndexOf((byte)' '), last = request.LastIndexOf((byte)' ');
        if (first <= 0 || last <= first || !request[(last + 1)..].StartsWith("HTTP/"u8)) return;
        method = request[..first];
        target = request[(first + 1)..last];
        protocol = request[(last + 1)..];
    }

    private static bool TryWord(scoped ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> word)
    {
        rest = rest.TrimStart((byte)' ');
        int end = rest.IndexOf((byte)' ');
        word = end < 0 ? rest : rest[..end];
        rest = rest[word.Length..];
        return word.Length > 0;
    }

    private static bool TryQuoted(scoped ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> text)
    {
        text = default;
        rest = rest.TrimStart((byte)' ');
        if (rest.IsEmpty || rest[0] != '"') return false;
        for (int i = 1; i < rest.Length; i++)
        {
            if (rest[i] == '\\') { i++; continue; }
            if (rest[i] != '"') continue;
            text = rest[1..i];
            rest = rest[(i + 1)..];
            return true;
        }
        return false;
    }
}
