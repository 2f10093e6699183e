using System.Buffers.Text;
using System.Text;

namespace OpsModule.Engine.Areas.Logs.Formats;

/// <summary>nginx's error log: <c>2026/11/21 03:16:00 [error] 31#31: *7 message, client: 1.2.3.4, request: "GET / HTTP/1.1"</c>.</summary>
internal static class NginxErrorLine
{
    public static bool TryParse(ReadOnlySpan<byte> line, in LogClock clock, LogDraft draft)
    {
        if (!LogTime.TrySlashed(line, clock, out DateTimeOffset time, out int length)) return false;
        ReadOnlySpan<byte> rest = line[length..];
        if (!rest.StartsWith(" ["u8) || rest.IndexOf((byte)']') is not (> 2 and var close)) return false;
        LogLevel level = LogLevels.Parse(rest[2..close]);
        rest = rest[(close + 1)..].TrimStart((byte)' ');
        if (level == LogLevel.Unknown || !Utf8Parser.TryParse(rest, out long pid, out int used) || used == rest.Length || rest[used] != '#') return false;
        int colon = rest.IndexOf(": "u8);
        if (colon < 0) return false;
        draft.Format = LogFormat.NginxError;
        draft.Time = time;
        draft.Level = level;
        draft.Set("pid", pid);
        rest = rest[(colon + 2)..];
        if (rest.Length > 1 && rest[0] == '*' && Utf8Parser.TryParse(rest[1..], out long connection, out used))
        {
            draft.Set("connection", connection);
            rest = rest[(used + 1)..].TrimStart((byte)' ');
        }
        int client = rest.IndexOf(", client: "u8);
        draft.Message = Encoding.UTF8.GetString(client < 0 ? rest : rest[..client]);
        if (client >= 0) TakeFields(rest[(client + 2)..], draft);
        return true;
    }

    private static void TakeFields(ReadOnlySpan<byte> rest, LogDraft draft)
    {
        while (rest.IndexOf(": "u8) is > 0 and var colon)
        {
            string name = Encoding.UTF8.GetString(rest[..colon]);
            rest = rest[(colon + 2)..];
            bool quoted = rest.Length > 0 && rest[0] == '"';
            int end = quoted ? rest[1..].IndexOf("\", "u8) + 2 : rest.IndexOf(", "u8);
            if (end < (quoted ? 2 : 0)) end = rest.Length;
            draft.SetText(name, quoted ? rest[..end].Trim((byte)'"') : rest[..end]);
            rest = rest[end..].TrimStart(", "u8);
        }
    }
}
