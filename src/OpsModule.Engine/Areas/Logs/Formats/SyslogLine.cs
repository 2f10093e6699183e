using System.Buffers.Text;
using System.Text;

namespace OpsModule.Engine.Areas.Logs.Formats;

/// <summary>Syslog after RFC 5424, after RFC 3164 with its priority or, as files have it, without, and as rsyslog and journalctl write it
/// with a whole time.</summary>
internal static class SyslogLine
{
    private const int LargestPriority = 191, LongestTag = 48;

    public static bool TryParse(ReadOnlySpan<byte> line, in LogClock clock, FieldNames names, LogDraft draft)
    {
        int priority = -1;
        ReadOnlySpan<byte> rest = line;
        if (line.Length > 3 && line[0] == '<')
        {
            if (!Utf8Parser.TryParse(line[1..], out priority, out int used) || priority is < 0 or > LargestPriority || line.Length <= used + 1 || line[used + 1] != '>') return false;
            rest = line[(used + 2)..];
        }
        if (priority >= 0 && rest.StartsWith("1 "u8)) { if (!TryNew(ref rest, clock, draft)) return Refuse(draft); }
        else if (!TryOld(ref rest, clock, draft)) return TryDaemon(line, draft) || Refuse(draft);
        draft.Format = LogFormat.Syslog;
        if (priority >= 0)
        {
            draft.Level = LogLevels.Parse(priority & 7);
            draft.Set("facility", (long)(priority >> 3));
        }
        TakeMessage(rest, priority < 0, clock, names, draft);
        return true;
    }

    /// <summary>rsyslog's own format since Debian 12, <c>journalctl -o short-iso</c> and Heroku: a whole time with an offset, perhaps a
    /// host, a program.</summary>
    public static bool TryWhole(ReadOnlySpan<byte> line, in LogClock clock, FieldNames names, LogDraft draft)
    {
        // Those times have an offset; most others end with Z.
        if (line.Length < 32 || line[10] != 'T' || line[19] is (byte)',' or (byte)'Z' || EndsWithZ(line)
            || !LogTime.TryIso(line, clock, out DateTimeOffset time, out int length)
            || line[length - 1] == 'Z' || line.Length <= length || line[length] != ' ') return false;
        ReadOnlySpan<byte> rest = line[(length + 1)..];
        ReadOnlySpan<byte> first = Word(ref rest);
        if (IsTag(first, process: true)) rest = line[(length + 1)..];
        else
        {
            int space = rest.IndexOf((byte)' ');
            if (first.IndexOfAny(":[(<|"u8) >= 0 || first.IsEmpty || LogLevels.Parse(first) != LogLevel.Unknown || !IsTag(space < 0
                ? rest : rest[..space], process: false)) return false;
            draft.SetText("host", first);
        }
        draft.Time = time;
        draft.Format = LogFormat.Syslog;
        TakeTag(ref rest, draft);
        TakeMessage(rest, true, clock, names, draft);
        return true;
    }

    private static bool EndsWithZ(ReadOnlySpan<byte> line)
    {
        int end = line[..32].IndexOfAny((byte)'Z', (byte)' ');
        return end > 0 && line[end] == 'Z';
    }

    /// <summary><c>program[123]:</c>; without a process only behind a host.</summary>
    private static bool IsTag(ReadOnlySpan<byte> word, bool process)
    {
        if (word.Length is < 2 or > LongestTag || word[^1] != ':' || (uint)((word[0] | 0x20) - 'a') > 25) return false;
        ReadOnlySpan<byte> name = word[..^1];
        int bracket = name.IndexOf((byte)'[');
        if (bracket > 0) return name[^1] == ']' && name[..bracket].IndexOfAny(":(<"u8) < 0;
        return !process && name.IndexOfAny(":(<\"="u8) < 0 && LogLevels.Parse(name) == LogLevel.Unknown;
    }

    /// <summary>A service of systemd may write its level in front, and nothing else of syslog: <c>&lt;4&gt;it is late</c>.</summary>
    private static bool TryDaemon(ReadOnlySpan<byte> line, LogDraft draft)
    {
        if (line.Length < 4 || line[0] != '<' || line[1] is < (byte)'0' or > (byte)'7' || line[2] != '>') return false;
        draft.Clear();
        draft.Level = LogLevels.Parse(line[1] - '0');
        draft.Message = Encoding.UTF8.GetString(line[3..]);
        return true;
    }

    /// <summary>What the program said; a structured one is taken apart, but its time is not the log's.</summary>
    private static void TakeMessage(ReadOnlySpan<byte> rest, bool level, in LogClock clock, FieldNames names, LogDraft draft)
    {
        if (rest.Length > 1 && rest[0] == '{' && rest[^1] == '}')
        {
            var inner = new LogDraft();
            if (JsonLine.TryParse(rest, clock, names, inner))
            {
                foreach ((string name, object? value) in inner.Fields ?? []) draft.Set(name, value);
                if (inner.Level != LogLevel.Unknown) draft.Level = inner.Level;
                draft.Message = inner.Message ?? Encoding.UTF8.GetString(rest);
                return;
            }
        }
        draft.Message = Encoding.UTF8.GetString(rest);
        if (!level) return;
        draft.Level = LogLevels.Find(rest, out _);
        if (draft.Level != LogLevel.Unknown || rest.IsEmpty) return;
        if (rest[0] == '%') draft.Level = OfCisco(rest);
        else if ((AccessLine.FindStatus(rest, rest) is > 0 and var status) || (draft.Fields?.GetValueOrDefault("program") is "haproxy"
            && AccessLine.FindHaproxy(rest) is > 0 and var proxy && (status = proxy) > 0))
            draft.Level = LogLevels.OfStatus(status);
    }

    /// <summary>Cisco: <c>%LINK-3-UPDOWN: </c>.</summary>
    private static LogLevel OfCisco(ReadOnlySpan<byte> text)
    {
        int dash = text.IndexOf((byte)'-');
        return dash > 0 && dash + 2 < text.Length && text[dash + 1] is >= (byte)'0' and <= (byte)'7' && text[dash + 2] == '-'
            ? LogLevels.Parse(text[dash + 1] - '0') : LogLevel.Unknown;
    }

    private static bool TryOld(ref ReadOnlySpan<byte> rest, in LogClock clock, LogDraft draft)
    {
        if (!LogTime.TrySyslog(rest, clock, out DateTimeOffset time, out int length) || rest.Length < length + 3 || rest[length] != ' ') return false;
        draft.Time = time;
        rest = rest[(length + 1)..];
        int space = rest.IndexOf((byte)' ');
        if (space <= 0) return false;
        // dnsmasq's and Dovecot's own files have no host, Cisco's lines a number behind it.
        if (rest[space - 1] != ':')
        {
            draft.SetText("host", rest[..space]);
            rest = rest[(space + 1)..];
            int colon = rest.IndexOf(": %"u8);
            if (colon is > 0 and < 12 && rest[..colon].IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0) rest = rest[(colon + 2)..];
        }
        if (rest.IsEmpty || rest[0] != '%') TakeTag(ref rest, draft);
        return true;
    }

    /// <summary><c>program[123]: </c></summary>
    private static void TakeTag(ref ReadOnlySpan<byte> rest, LogDraft draft)
    {
        int colon = rest[..Math.Min(rest.Length, LongestTag)].IndexOf((byte)':');
        if (colon <= 0 || rest[..colon].IndexOf((byte)' ') >= 0) return;
        ReadOnlySpan<byte> tag = rest[..colon];
        int bracket = tag.IndexOf((byte)'[');
        draft.SetText("program", bracket > 0 ? tag[..bracket] : tag);
        if (bracket > 0 && Utf8Parser.TryParse(tag[(bracket + 1)..], out long pid, out _)) draft.Set("pid", pid);
        rest = rest[(colon + 1)..].TrimStart((byte)' ');
    }

    private static bool TryNew(ref ReadOnlySpan<byte> line, in LogClock clock, LogDraft draft)
    {
        ReadOnlySpan<byte> rest = line[2..];
        ReadOnlySpan<byte> time = Word(ref rest);
        if (LogTime.TryIso(time, clock, out DateTimeOffset moment, out _)) draft.Time = moment;
        else if (!time.SequenceEqual("-"u8)) return false;
        draft.SetText("host", Word(ref rest));
        draft.SetText("program", Word(ref rest));
        ReadOnlySpan<byte> process = Word(ref rest);
        if (Utf8Parser.TryParse(process, out long pid, out int used) && used == process.Length) draft.Set("pid", pid);
        else draft.SetText("pid", process);
        draft.SetText("messageId", Word(ref rest));
        if (rest.IsEmpty) return false;
        int end = rest[0] == '-' ? 1 : StructuredEnd(rest);
        if (end == 0) return false;
        draft.SetText("data", rest[..end]);
        rest = rest[end..].TrimStart((byte)' ');
        line = rest.StartsWith("\uFEFF"u8) ? rest[3..] : rest;
        return true;
    }

    /// <summary>Where <c>[id name="value"][...]</c> ends; 0 when it does not.</summary>
    private static int StructuredEnd(ReadOnlySpan<byte> text)
    {
        bool quoted = false;
        if (text[0] != '[') return 0;
        for (int i = 1; i < text.Length; i++)
        {
            if (quoted && text[i] == '\\') i++;
            else if (text[i] == '"') quoted = !quoted;
            else if (!quoted && text[i] == ']' && (i + 1 == text.Length || text[i + 1] != '[')) return i + 1;
        }
        return 0;
    }

    private static ReadOnlySpan<byte> Word(ref ReadOnlySpan<byte> rest)
    {
        int space = rest.IndexOf((byte)' ');
        ReadOnlySpan<byte> word = space < 0 ? rest : rest[..space];
        rest = space < 0 ? default : rest[(space + 1)..];
        return word;
    }

    private static bool Refuse(LogDraft draft)
    {
        draft.Clear();
        return false;
    }
}
