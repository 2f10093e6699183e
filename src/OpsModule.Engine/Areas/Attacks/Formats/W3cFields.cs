using System.Text;

namespace OpsModule.Engine.Areas.Attacks.Formats;

/// <summary>What <c>#Fields:</c> says of the lines behind it.</summary>
/// <param name="Kinds">What each word of a line is; null for a word that is of no use by itself.</param>
/// <param name="Day">Which word is the day, from 0; -1 when there is none.</param>
/// <param name="Hour">Which word is the time of the day; -1 when there is none.</param>
internal sealed record W3cFields(IReadOnlyList<FormatField?> Kinds, int Day, int Hour)
{
    private static readonly Dictionary<string, FormatField> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        ["c-ip"] = FormatField.Client, ["x-forwarded-for"] = FormatField.Forwarded, ["cs(x-forwarded-for)"] = FormatField.Forwarded,
        ["cs-method"] = FormatField.Method, ["cs-uri"] = FormatField.Path, ["cs-uri-stem"] = FormatField.Path, ["cs-uri-query"] =
            FormatField.Query,
        ["sc-status"] = FormatField.Status, ["sc-bytes"] = FormatField.Bytes, ["cs(user-agent)"] = FormatField.Agent, ["cs(referer)"] =
            FormatField.Referrer,
        ["cs-username"] = FormatField.User, ["cs-host"] = FormatField.Host, ["cs(host)"] = FormatField.Host, ["x-host-header"] =
            FormatField.Host,
        ["cs(cookie)"] = FormatField.Any, ["cs-cookie"] = FormatField.Any,
    };

    private static ReadOnlySpan<byte> Mark => "#Fields:"u8;

    /// <summary>How many fields a line has.</summary>
    public int Count => Kinds.Count;

    /// <summary>Which word is something; -1 when none is.</summary>
    public int Of(FormatField field)
    {
        for (int i = 0; i < Kinds.Count; i++)
            if (Kinds[i] == field) return i;
        return -1;
    }

    public static bool IsHeader(ReadOnlySpan<byte> line) =>
        line.StartsWith(Mark) || (line.StartsWith("\uFEFF"u8) && line[3..].StartsWith(Mark));

    /// <summary>The last one before a place of a text; null when there is none.</summary>
    public static W3cFields? Before(ReadOnlySpan<byte> text, int place)
    {
        int at = text[..place].LastIndexOf("\n#Fields:"u8);
        return at >= 0 ? Parse(text[(at + 1)..]) : null;
    }

    /// <summary>The first one of a beginning; null when there is none.</summary>
    public static W3cFields? Parse(ReadOnlyMemory<byte> head)
    {
        int at = head.Span.IndexOf(Mark);
        return at < 0 || (at > 0 && head.Span[at - 1] is not ((byte)'\n' or (byte)'\r') && at != 3) ? null : Parse(head.Span[at..]);
    }

    /// <summary>Reads one line.</summary>
    public static W3cFields? Parse(ReadOnlySpan<byte> line)
    {
        int mark = line.IndexOf(Mark), end = line.IndexOfAny((byte)'\n', (byte)'\r');
        if (mark < 0) return null;
        string[] names = Encoding.Latin1.GetString(line[(mark + Mark.Length)..(end < mark ? line.Length : end)]).Split([' ', '\t'],
            StringSplitOptions.RemoveEmptyEntries);
        return new W3cFields([.. names.Select(n => Known.TryGetValue(n, out FormatField field) ? field : (FormatField?)null)], Find(names,
            "date"), Find(names, "time"));
    }

    private static int Find(string[] names, string name) => Array.FindIndex(names, n => n.Equals(name, StringComparison.OrdinalIgnoreCase));
}
