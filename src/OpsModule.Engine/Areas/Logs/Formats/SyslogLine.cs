using System.Buffers.Text;
using System.Text;

namespace OpsModule.Engine.Areas.Logs.Formats;

/// <summary>Syslog after RFC 5424, and after RFC 3164 with its priority or, as files have it, without.</summary>
internal static class SyslogLine
{
    private const int LargestPriority = 191, LongestTag = 48;

    public static bool TryParse(ReadOnlySpan<byte> line, LogClock clock, LogDraft draft)
    {
        int priority = -1;
        ReadOnlySpan<byte> rest = line;
        if (line.Length > 3 && line[0] == '<')
        {
            if (!Utf8Parser.TryParse(line[1..], out priority, out int used) || priority is < 0 or > LargestPriority || line.Length <= used + 1 || line[used + 1] != '>') return false;
            rest = line[(used + 2)..];
        }
        if (priority >= 0 && rest.StartsWith("1 "u8)) { if (!TryNew(rest[2..], clock, draft)) return Refuse(draft); }
        else if (!TryOld(rest, clock, draft)) return Refuse(draft);
        draft.Format = LogFormat.Syslog;
        if (priority >= 0)
        {
            draft.Level = LogLevels.Parse(priority & 7);
            draft.Set("facility", (long)(priority >> 3));
        }
        return true;
    }

    private static bool TryOld(ReadOnlySpan<byte> rest, LogClock clock, LogDraft draft)
    {
        if (!LogTime.TrySyslog(rest, clock, out DateTimeOffset time, out int length) || rest.Length < length + 3 || rest[length] != ' ') return false;
        draft.Time = time;
        rest = rest[(length + 1)..];
        int space = rest.IndexOf((byte)' ');
        if (space <= 0) return false;
        draft.SetText("host", rest[..space]);
        rest = rest[(space + 1)..];
        TakeTag(ref rest, draft);
        draft.Level = LogLevels.Find(rest, out _);
        draft.Message = Encoding.UTF8.GetString(rest);
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

    private static bool TryNew(ReadOnlySpan<byte> rest, LogClock clock, LogDraft draft)
    {
        ReadOnlySpan<byte> time = Word(ref rest);
        if (LogTime.TryIso(time, clock.Offset, out DateTimeOffset moment, out _)) draft.Time = moment;
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
        draft.Message = Encoding.UTF8.GetString(rest.StartsWith("\uFEFF"u8) ? rest[3..] : rest);
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
