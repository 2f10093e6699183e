using OpsModule.Engine.Areas.Logs.Formats;

namespace OpsModule.Engine.Areas.Logs;

/// <summary>
/// Recognises what kind of line it is and takes it apart. It keeps nothing of a line but the names of fields and columns; one parser is
/// used by
/// one thread at a time.
/// </summary>
public sealed class LogLineParser(LogClock clock)
{
    private readonly FieldNames _names = new();
    private readonly W3cLine _columns = new();

    /// <summary>Fills the draft, whatever the line is. Never throws.</summary>
    /// <param name="line">One line without its end.</param>
    /// <param name="draft">Cleared first.</param>
    public void Parse(ReadOnlySpan<byte> line, LogDraft draft)
    {
        draft.Clear();
        if (line.IsEmpty) return;
        // The first byte leaves few kinds; each kind refuses early what it is not.
        bool known = line[0] switch
        {
            (byte)'{' => JsonLine.TryParse(line, clock, _names, draft),
            (byte)'<' => SyslogLine.TryParse(line, clock, _names, draft),
            >= (byte)'0' and <= (byte)'9' => ParseDigits(line, draft),
            (byte)':' => AccessLine.TryParse(line, draft),
            >= (byte)'A' and <= (byte)'Z' or >= (byte)'a' and <= (byte)'z' or (byte)'@' or (byte)'_' => ParseLetters(line, draft),
            _ => false,
        };
        if (known) return;
        if (line[0] == '#') _columns.TakeDirective(line);
        PlainLine.Parse(line, clock, draft);
    }

    private bool ParseDigits(ReadOnlySpan<byte> line, LogDraft draft)
    {
        if (line.Length > 10 && line[4] == '-' && line[7] == '-') return _columns.TryParse(line, draft)
            || PostgresLine.TryParse(line, clock, draft) || SyslogLine.TryWhole(line, clock, _names, draft);
        if (line.Length > 10 && line[4] == '/' && line[7] == '/') return NginxErrorLine.TryParse(line, clock, draft);
        return RedisLine.TryParse(line, clock, draft) || AccessLine.TryParse(line, draft);
    }

    private bool ParseLetters(ReadOnlySpan<byte> line, LogDraft draft)
    {
        int end = line.IndexOfAny((byte)'=', (byte)' ');
        if (end <= 0) return false;
        if (line[end] == '=') return LogfmtLine.TryParse(line, clock, _names, draft);
        return (end == 3 && SyslogLine.TryParse(line, clock, _names, draft)) || (end is 5 or 7 or 9
            && KlogLine.TryParse(line, clock, draft)) || AccessLine.TryParse(line, draft);
    }
}
