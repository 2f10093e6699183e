using System.Buffers.Text;
using System.Text;

namespace OpsModule.Engine.Areas.Logs.Formats;

/// <summary>Redis' server log: <c>1:M 21 Nov 2026 03:16:00.123 * Ready to accept connections</c>.</summary>
internal static class RedisLine
{
    public static bool TryParse(ReadOnlySpan<byte> line, in LogClock clock, LogDraft draft)
    {
        if (!Utf8Parser.TryParse(line, out long pid, out int used) || line.Length < used + 4 || line[used] != ':' || line[used + 2] != ' ') return false;
        byte role = line[used + 1];
        ReadOnlySpan<byte> rest = line[(used + 3)..];
        if (role is not ((byte)'M' or (byte)'S' or (byte)'C' or (byte)'X') || !LogTime.TryRedis(rest, clock, out DateTimeOffset time,
            out int length)) return false;
        rest = rest[length..];
        if (rest.Length < 3 || rest[0] != ' ' || rest[2] != ' ') return false;
        LogLevel level = rest[1] switch
        {
            (byte)'.' => LogLevel.Trace,
            (byte)'-' => LogLevel.Debug,
            (byte)'*' => LogLevel.Information,
            (byte)'#' => LogLevel.Warning,
            _ => LogLevel.Unknown,
        };
        if (level == LogLevel.Unknown) return false;
        draft.Format = LogFormat.Redis;
        draft.Time = time;
        draft.Level = level;
        draft.Message = Encoding.UTF8.GetString(rest[3..]);
        draft.Set("pid", pid);
        draft.Set("role", role switch { (byte)'M' => "master", (byte)'S' => "replica", (byte)'C' => "child", _ => "sentinel" });
        return true;
    }
}
