using OpsModule.Engine.Areas.Attacks.Rules;

namespace OpsModule.Engine.Areas.Attacks.Matching;

/// <summary>
/// Lines that are an element of XML, as Windows writes its events and some mail servers their connections: what stands between the
/// elements and in attributes is
/// looked at; the elements themselves are the program's. Markup that a client sent is escaped in it.
/// </summary>
internal static class XmlTexts
{
    private static readonly byte[][] Roots =
    [
        .. "Event Events co log4j:event record entry HttpError httpError LogEntry logentry auditevent AuditRecord AUDIT_RECORD".Split(' ').Select(System.Text.Encoding.ASCII.GetBytes),
    ];

    private static readonly byte[][] Markup =
    [
        .. "script svg img iframe object embed body input style video audio math details a base form meta link html".Split(' ').Select(System.Text.Encoding.ASCII.GetBytes),
    ];

    /// <summary>Takes a line apart; false when it is none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> line, int from, LineParts parts)
    {
        if (from + 4 > line.Length || line[from] != '<' || !HasRoot(line[(from + 1)..]) || line.TrimEnd(" \r"u8) is not [..,
            (byte)'>']) return false;
        int depth = 0, end = from;
        // It must be whole: a client's markup would be left over, or not be closed.
        for (int at = from; at < line.Length;)
        {
            int open = line[at..].IndexOf((byte)'<');
            if (open < 0) break;
            open += at;
            int close = Close(line, open);
            if (close < 0 || (depth == 0 && open > from) || line[open + 1] == '!'
                || IsMarkup(line[(open + 1)..])) return false;
            if (line[open + 1] == '/') depth--;
            else if (line[close - 1] != '/' && line[open + 1] != '?') depth++;
            if (depth < 0) return false;
            at = end = close + 1;
        }
        if (depth != 0) return false;
        for (int at = from; at < end;)
        {
            int close = Close(line, at);
            AddAttributes(line, at, close, parts);
            int next = line[close..end].IndexOf((byte)'<');
            if (next < 0) break;
            Add(line, close + 1, close + next, parts);
            at = close + next;
        }
        parts.AddRest(line, end, line.Length);
        return true;
    }

    private static void AddAttributes(ReadOnlySpan<byte> line, int from, int to, LineParts parts)
    {
        for (int at = from; at < to;)
        {
            int open = line[at..to].IndexOfAny((byte)'"', (byte)'\'');
            if (open < 0) return;
            open += at;
            int length = line[(open + 1)..to].IndexOf(line[open]);
            if (length < 0) return;
            Add(line, open + 1, open + 1 + length, parts);
            at = open + length + 2;
        }
    }

    private static void Add(ReadOnlySpan<byte> line, int from, int to, LineParts parts)
    {
        if (to > from && line[from..to].IndexOfAnyExcept(" \t"u8) >= 0) parts.Add(new LineField(RuleTarget.Field, from, to - from));
    }

    /// <summary>Where an element's tag ends; -1 when it does not.</summary>
    private static int Close(ReadOnlySpan<byte> line, int open)
    {
        byte quote = 0;
        for (int at = open + 1; at < line.Length; at++)
        {
            byte b = line[at];
            if (quote != 0) { if (b == quote) quote = 0; }
            else if (b is (byte)'"' or (byte)'\'') quote = b;
            else if (b == '>') return at;
            else if (b == '<') return -1;
        }
        return -1;
    }

    /// <summary>True for an element of a page, which no program's own record has.</summary>
    private static bool IsMarkup(ReadOnlySpan<byte> text)
    {
        foreach (byte[] name in Markup)
            if (text.Length > name.Length && System.Text.Ascii.EqualsIgnoreCase(text[..name.Length], name)
                && !char.IsAsciiLetter((char)text[name.Length])) return true;
        return false;
    }

    private static bool HasRoot(ReadOnlySpan<byte> text)
    {
        foreach (byte[] root in Roots)
            if (text.StartsWith(root) && text.Length > root.Length && text[root.Length] is (byte)' ' or (byte)'>') return true;
        return false;
    }
}
