using System.Text;

namespace OpsModule.Engine.Areas.Attacks.Matching;

/// <summary>What <c>#Fields:</c> says of the lines behind it: where the client's address stands, and where the server's.</summary>
/// <param name="Count">How many fields a line has.</param>
/// <param name="Client">Which one is the client's address, from 0; -1 when there is none.</param>
/// <param name="Forwarded">Which one is the list that proxies write; -1 when there is none.</param>
internal sealed record W3cFields(int Count, int Client, int Forwarded)
{
    private static ReadOnlySpan<byte> Mark => "#Fields:"u8;

    public static bool IsHeader(ReadOnlySpan<byte> line) => line.StartsWith(Mark) || (line.StartsWith("\uFEFF"u8) && line[3..].StartsWith(Mark));

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
        return at < 0 || (at > 0 && head.Span[at - 1] != '\n' && at != 3) ? null : Parse(head.Span[at..]);
    }

    /// <summary>Reads one line.</summary>
    public static W3cFields? Parse(ReadOnlySpan<byte> line)
    {
        int mark = line.IndexOf(Mark), end = line.IndexOf((byte)'\n');
        if (mark < 0) return null;
        string[] names = Encoding.Latin1.GetString(line[(mark + Mark.Length)..(end < 0 ? line.Length : end)]).Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
        return new W3cFields(names.Length, Array.FindIndex(names, n => Is(n, "c-ip")), Array.FindIndex(names, n => Is(n, "x-forwarded-for") || Is(n, "cs(x-forwarded-for)")));
    }

    private static bool Is(string name, string expected) => name.Equals(expected, StringComparison.OrdinalIgnoreCase);
}
