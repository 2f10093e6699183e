namespace OpsModule.Engine.Areas.Attacks.Formats;

/// <summary>The head of syslog after RFC 5424 before an access line: its dashes and numbers look like those of the access line itself.</summary>
internal static class AccessHead
{
    /// <summary>How long it is; 0 where there is none.</summary>
    public static int Length(ReadOnlySpan<byte> line)
    {
        int at = 0;
        if (line.Length > 4 && line[0] == '<')
        {
            int close = line[..Math.Min(6, line.Length)].IndexOf((byte)'>');
            if (close < 2 || !line[(close + 1)..].StartsWith("1 "u8)) return 0;
            at = close + 3;
        }
        if (at + 20 > line.Length || line[at + 4] != '-' || line[at + 10] != 'T' || !char.IsAsciiDigit((char)line[at])) return 0;
        for (int word = 0; word < 5; word++) // time, host, program, process, kind of message
        {
            int blank = line[at..].IndexOf((byte)' ');
            if (blank <= 0 || line[at] is (byte)'[' or (byte)'"' || (word == 3
                && line[at..(at + blank)].IndexOfAnyExceptInRange((byte)'0', (byte)'9') >= 0 && line[at] != '-')) return 0;
            at += blank + 1;
        }
        if (at >= line.Length) return 0;
        if (line[at] == '-') return at + 2 <= line.Length ? at + 2 : 0;
        int end = line[at] == '[' ? line[at..].IndexOf("] "u8) : -1;
        return end < 0 ? 0 : at + end + 2;
    }
}
