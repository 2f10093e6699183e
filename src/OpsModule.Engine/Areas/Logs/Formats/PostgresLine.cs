using System.Buffers.Text;
using System.Text;

namespace OpsModule.Engine.Areas.Logs.Formats;

/// <summary>
/// PostgreSQL's server log with its own prefix (<c>%m [%p]</c>), with Debian's (<c>%m [%p] %q%u@%d</c>), or another that begins so.
/// </summary>
internal static class PostgresLine
{
    private const int LongestPrefix = 160;

    public static bool TryParse(ReadOnlySpan<byte> line, LogClock clock, LogDraft draft)
    {
        if (!LogTime.TryIso(line, clock.Offset, out DateTimeOffset time, out int length)) return false;
        int bracket = line[length..].IndexOf(" ["u8);
        // Between time and process stands at most the name of a time zone, which only the server could resolve.
        if (bracket is < 0 or > 6) return false;
        ReadOnlySpan<byte> rest = line[(length + bracket + 2)..];
        if (!Utf8Parser.TryParse(rest, out long pid, out int used)) return false;
        int close = rest.IndexOf((byte)']');
        if (close < used) return false;
        rest = rest[(close + 1)..];
        int colon = rest[..Math.Min(rest.Length, LongestPrefix)].IndexOf(":  "u8);
        if (colon < 0) return false;
        int word = rest[..colon].LastIndexOf((byte)' ') + 1;
        if (!TrySeverity(rest[word..colon], out LogLevel level, out bool continuation)) return false;
        draft.Format = LogFormat.Postgres;
        draft.Time = time;
        draft.Level = level;
        draft.IsContinuation = continuation;
        draft.Set("pid", pid);
        ReadOnlySpan<byte> who = rest[..word].Trim((byte)' ');
        int at = who.IndexOf((byte)'@');
        if (at > 0 && who.IndexOf((byte)' ') < 0)
        {
            draft.SetText("user", who[..at]);
            draft.SetText("database", who[(at + 1)..]);
        }
        draft.Set("severity", Encoding.UTF8.GetString(rest[word..colon]));
        draft.Message = Encoding.UTF8.GetString(continuation ? rest[word..] : rest[(colon + 3)..]);
        return true;
    }

    private static bool TrySeverity(ReadOnlySpan<byte> word, out LogLevel level, out bool continuation)
    {
        continuation = word.SequenceEqual("DETAIL"u8) || word.SequenceEqual("HINT"u8) || word.SequenceEqual("STATEMENT"u8) || word.SequenceEqual("CONTEXT"u8)
            || word.SequenceEqual("QUERY"u8) || word.SequenceEqual("LOCATION"u8);
        level = LogLevel.Unknown;
        if (continuation) return true;
        if (word.Length == 0 || word[0] is < (byte)'A' or > (byte)'Z') return false;
        // FATAL ends one session (a wrong password), PANIC the server.
        if (word.SequenceEqual("FATAL"u8)) level = LogLevel.Error;
        else if (word.StartsWith("DEBUG"u8)) level = LogLevel.Debug;
        else level = LogLevels.Parse(word);
        return level != LogLevel.Unknown;
    }
}
