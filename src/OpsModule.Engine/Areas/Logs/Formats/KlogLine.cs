using System.Buffers.Text;
using System.Text;

namespace OpsModule.Engine.Areas.Logs.Formats;

/// <summary>The log of Kubernetes' programs: <c>E1121 03:16:00.123456    4711 kubelet.go:123] "message" key="value"</c>.</summary>
internal static class KlogLine
{
    public static bool TryParse(ReadOnlySpan<byte> line, in LogClock clock, LogDraft draft)
    {
        if (line.Length < 24) return false;
        LogLevel level = line[0] switch
        {
            (byte)'I' => LogLevel.Information,
            (byte)'W' => LogLevel.Warning,
            (byte)'E' => LogLevel.Error,
            (byte)'F' => LogLevel.Critical,
            _ => LogLevel.Unknown,
        };
        // glog and CockroachDB write the year, too.
        if (level == LogLevel.Unknown || !(LogTime.TryKlog(line[1..], clock, out DateTimeOffset time, out int length)
            || DigitTime.TryRead(line[1..], clock, alone: false, out time, out length))) return false;
        ReadOnlySpan<byte> rest = line[(1 + length)..].TrimStart((byte)' ');
        if (!Utf8Parser.TryParse(rest, out long thread, out int used)) return false;
        int close = rest.IndexOf("] "u8);
        if (close <= used || rest[used..close].IndexOf((byte)'[') >= 0)
        {
            if (length < 20 || rest.Length <= used || rest[used] != ' ') return false;
            (draft.Format, draft.Time, draft.Level) = (LogFormat.Klog, time, level);
            draft.Set("thread", thread);
            draft.Message = Encoding.UTF8.GetString(rest[(used + 1)..]);
            return true;
        }
        draft.Format = LogFormat.Klog;
        draft.Time = time;
        draft.Level = level;
        draft.Set("thread", thread);
        draft.SetText("source", rest[used..close].Trim((byte)' '));
        draft.Message = Encoding.UTF8.GetString(rest[(close + 2)..]);
        return true;
    }
}
