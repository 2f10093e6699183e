using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace OpsModule.Engine.Areas.Logs.Formats;

/// <summary>Lines of <c>key=value key="quoted value"</c>. At least two pairs, one of which is a time, a level or a message.</summary>
internal static class LogfmtLine
{
    private static readonly SearchValues<byte> KeyBytes = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-@/"u8);

    public static bool TryParse(ReadOnlySpan<byte> line, in LogClock clock, FieldNames names, LogDraft draft)
    {
        int pairs = 0;
        bool known = false;
        draft.Format = LogFormat.Logfmt;
        for (ReadOnlySpan<byte> rest = line.TrimStart((byte)' '); rest.Length > 0; rest = rest.TrimStart((byte)' '))
        {
            int end = rest.IndexOfAnyExcept(KeyBytes);
            if (end <= 0 || rest[end] != '=') return Refuse(draft);
            FieldNames.Name name = names[rest[..end]];
            rest = rest[(end + 1)..];
            if (!TryValue(ref rest, out ReadOnlySpan<byte> value, out bool quoted, out bool escaped)) return Refuse(draft);
            known |= Take(name, value, quoted, escaped, clock, draft);
            pairs++;
        }
        return (pairs >= 2 && known) || Refuse(draft);
    }

    private static bool Take(FieldNames.Name name, ReadOnlySpan<byte> value, bool quoted, bool escaped, in LogClock clock, LogDraft draft)
    {
        switch (name.Role)
        {
            case FieldRole.Time or FieldRole.At when draft.Time is null
                && TryTime(value, clock, draft, out DateTimeOffset time): draft.Time = time; return true;
            case FieldRole.Level or FieldRole.Syslog or FieldRole.At when draft.Level == LogLevel.Unknown
                && Level(value) is var level and not LogLevel.Unknown: draft.Level = level; return true;
            case FieldRole.Message when draft.Message is null: 
                draft.Message = Text(value, escaped);
                // The audit daemon: msg=audit(1795168800.123:4711):
                if (draft.Time is null && value.StartsWith("audit("u8) && TimeFinder.TryRead(value[6..], clock, alone: true,
                    out DateTimeOffset audited, out _)) draft.Time = audited;
                return true;
            default:
                draft.Set(name.Text, !quoted && IsWhole(value) && Utf8Parser.TryParse(value, out long number, out int used) && used == value.Length ? (object)number : Text(value, escaped));
                return false;
        }
    }

    private static bool TryTime(ReadOnlySpan<byte> value, in LogClock clock, LogDraft draft, out DateTimeOffset time) =>
        value.Length >= 8 && value[2] == ':' && value[5] == ':' ? TimeFinder.TryJoined(draft, value, clock, out time)
        : TimeFinder.TryValue(value, clock, out time)
        || (Utf8Parser.TryParse(value, out double number, out int used) && used == value.Length && LogTime.TryUnix(number, out time));

    private static LogLevel Level(ReadOnlySpan<byte> value) =>
        Utf8Parser.TryParse(value, out long number, out int used) && used == value.Length && number >= 3 ? LogLevels.Parse(number)
            : LogLevels.ParseValue(value);

    /// <summary>A number as a program counts; 007 and +49 are text.</summary>
    private static bool IsWhole(ReadOnlySpan<byte> value) =>
        value.Length is > 0 and < 19 && (value[0] is >= (byte)'1' and <= (byte)'9' || (value[0] == '0' && value.Length == 1)) && value.IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0;

    private static bool TryValue(scoped ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> value, out bool quoted, out bool escaped)
    {
        escaped = false;
        quoted = rest.Length > 0 && rest[0] == '"';
        if (!quoted)
        {
            int space = rest.IndexOf((byte)' ');
            value = space < 0 ? rest : rest[..space];
            rest = space < 0 ? default : rest[space..];
            return true;
        }
        for (int i = 1; i < rest.Length; i++)
        {
            if (rest[i] == '\\') { escaped = true; i++; continue; }
            if (rest[i] != '"') continue;
            value = rest[1..i];
            rest = rest[(i + 1)..];
            return rest.Length == 0 || rest[0] == ' ';
        }
        value = default;
        return false;
    }

    private static string Text(ReadOnlySpan<byte> value, bool escaped)
    {
        string text = Encoding.UTF8.GetString(value);
        return escaped ? Unescape(text) : text;
    }

    private static string Unescape(string text)
    {
        var plain = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\' || i + 1 == text.Length) { plain.Append(text[i]); continue; }
            plain.Append(text[++i] switch { 'n' => '\n', 't' => '\t', 'r' => '\r', var other => other });
        }
        return plain.ToString();
    }

    private static bool Refuse(LogDraft draft)
    {
        draft.Clear();
        return false;
    }
}
