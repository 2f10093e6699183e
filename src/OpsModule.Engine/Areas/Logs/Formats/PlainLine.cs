using System.Text;

namespace OpsModule.Engine.Areas.Logs.Formats;

/// <summary>Any other line: a time and a level are taken off its beginning where they are; the rest is what it says.</summary>
internal static class PlainLine
{
    public static void Parse(ReadOnlySpan<byte> line, LogClock clock, LogDraft draft)
    {
        ReadOnlySpan<byte> rest = line;
        int bracket = line.Length > 0 && line[0] == '[' ? 1 : 0;
        if (line.Length >= 19 + bracket && (uint)(line[bracket] - '0') < 10
            && (LogTime.TryIso(line[bracket..], clock.Offset, out DateTimeOffset time, out int length) || LogTime.TrySlashed(line[bracket..], clock.Offset, out time, out length))
            && EndsWell(line, bracket, length))
        {
            draft.Time = time;
            rest = line[(length + 2 * bracket)..].TrimStart(" \t"u8);
        }
        draft.Level = LogLevels.Find(rest, out int end);
        rest = rest[end..];
        if (rest.Length < line.Length && rest.Length > 0) draft.Message = Encoding.UTF8.GetString(rest);
    }

    private static bool EndsWell(ReadOnlySpan<byte> line, int bracket, int length)
    {
        int end = bracket + length;
        return bracket == 1 ? end < line.Length && line[end] == ']' : end == line.Length || line[end] is (byte)' ' or (byte)'\t' or (byte)':' or (byte)'|';
    }
}
