using System.Buffers;

namespace OpsModule.Engine.Areas.Attacks.Formats;

/// <summary>Request lines of HTTP: <c>GET /path?query HTTP/1.1</c>, with or without the protocol.</summary>
internal static class RequestText
{
    private static readonly byte[][] Methods =
    [
        "GET "u8.ToArray(), "POST "u8.ToArray(), "PUT "u8.ToArray(), "HEAD "u8.ToArray(), "DELETE "u8.ToArray(), "PATCH "u8.ToArray(),
            "OPTIONS "u8.ToArray(), "PROPFIND "u8.ToArray(),
        "CONNECT "u8.ToArray(), "TRACE "u8.ToArray(),
    ];

    private static readonly SearchValues<byte> Begin = SearchValues.Create("GPHDOCT"u8);

    /// <summary>True for a request, and for what stands where there was none that could be read.</summary>
    public static bool IsOne(ReadOnlySpan<byte> text) => text is [] or [(byte)'-'] || text.IndexOf((byte)' ') < 0 || HasProtocol(text)
        || Method(text) > 0;

    /// <summary>True when it ends with a protocol.</summary>
    public static bool HasProtocol(ReadOnlySpan<byte> text) => text.LastIndexOf(" HTTP/"u8) is > 0 and var at && text.Length - at is 7 or 9
        or > 6 and < 10;

    /// <summary>Takes a request apart; false when it is no HTTP.</summary>
    /// <param name="text">The request.</param>
    /// <param name="method">How long its method is.</param>
    /// <param name="target">Where what was asked for stands in it.</param>
    public static bool TrySplit(ReadOnlySpan<byte> text, out int method, out Range target)
    {
        method = text.IndexOf((byte)' ');
        target = default;
        if (method <= 0 || method > 20) return false;
        int start = method + 1, end = text.LastIndexOf((byte)' ');
        bool protocol = end > method && text[(end + 1)..].StartsWith("HTTP/"u8);
        if (!protocol && Method(text) == 0) return false;
        target = start..(protocol ? end : text.Length);
        return true;
    }

    /// <summary>How long the method is that a text begins with, with the blank behind it; 0 when it is none of the usual ones.</summary>
    public static int Method(ReadOnlySpan<byte> text)
    {
        foreach (byte[] method in Methods)
            if (text.StartsWith(method)) return method.Length;
        return 0;
    }

    /// <summary>
    /// Where a request stands in a line of an unknown format: a method, and behind it a path or an address. -1 when there is none.
    /// </summary>
    /// <param name="line">The line.</param>
    /// <param name="method">How long the method is, with the blank.</param>
    /// <param name="target">Where what was asked for stands.</param>
    public static int Find(ReadOnlySpan<byte> line, out int method, out Range target)
    {
        (method, target) = (0, default);
        for (int from = 0; from < line.Length;)
        {
            int at = line[from..].IndexOfAny(Begin);
            if (at < 0) return -1;
            at += from;
            from = at + 1;
            if (at > 0 && (Decoding.Characters.IsWord(line[at - 1]) || line[at - 1] is (byte)'-' or (byte)'.' or (byte)'/')) continue;
            method = Method(line[at..]);
            if (method == 0) continue;
            int start = at + method;
            while (start < line.Length && line[start] == ' ') start++;
            bool quoted = start < line.Length && line[start] is (byte)'"' or (byte)'\'';
            byte quote = quoted ? line[start++] : at > 0 && line[at - 1] is (byte)'"' or (byte)'\'' ? line[at - 1] : (byte)0;
            ReadOnlySpan<byte> rest = line[start..];
            if (!(rest is [(byte)'/', ..] || rest.StartsWith("http://"u8) || rest.StartsWith("https://"u8))) continue;
            target = start..(start + End(rest, quote));
            return at;
        }
        return -1;
    }

    /// <summary>Where the target ends: before the protocol, at the quotation mark that closes it, or at a blank.</summary>
    private static int End(ReadOnlySpan<byte> rest, byte quote)
    {
        int protocol = rest.IndexOf(" HTTP/"u8);
        if (quote == 0) return protocol > 0 && rest[..protocol].IndexOf((byte)' ') is < 0 ? protocol : rest.IndexOf((byte)' ') is >= 0
            and var blank ? blank : rest.Length;
        if (protocol > 0) return protocol;
        return rest.IndexOf(quote) is >= 0 and var end ? end : rest.Length;
    }
}
