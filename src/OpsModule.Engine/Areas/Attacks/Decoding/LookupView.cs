namespace OpsModule.Engine.Areas.Attacks.Decoding;

/// <summary>
/// Log4j's lookups resolved from the inside out as far as their text alone tells: ${lower:j} and ${upper:j} are j, ${env:NONE:-j} and
/// ${::-j} are j, any other is its name. What remains is <c>${jndi:</c> where there is one.
/// </summary>
internal static class LookupView
{
    private const int MostLookups = 256;

    public static void Make(ReadOnlySpan<byte> text, TextBuffer result, ref DecodeTrail trail)
    {
        result.Clear();
        foreach (byte b in text)
            if (b != ' ') result.Append(b);
        for (int i = 0; i < MostLookups; i++)
        {
            Span<byte> all = result.Span;
            int close = Innermost(all, out int open);
            if (close < 0) return;
            ReadOnlySpan<byte> inner = all[(open + 2)..close];
            if (inner.StartsWith("jndi:"u8)) return;
            ReadOnlySpan<byte> value = Resolve(inner);
            value.CopyTo(all[open..]);
            all[(close + 1)..].CopyTo(all[(open + value.Length)..]);
            result.Length -= close + 1 - open - value.Length;
            trail |= DecodeTrail.Lookup;
        }
    }

    /// <summary>The end of the first lookup that holds no other.</summary>
    private static int Innermost(ReadOnlySpan<byte> text, out int open)
    {
        open = -1;
        for (int close = 0; (close = Next(text, close)) >= 0; close++)
        {
            open = text[..close].LastIndexOf("${"u8);
            if (open >= 0) return close;
        }
        return -1;
    }

    private static int Next(ReadOnlySpan<byte> text, int from)
    {
        int at = text[from..].IndexOf((byte)'}');
        return at < 0 ? -1 : from + at;
    }

    private static ReadOnlySpan<byte> Resolve(ReadOnlySpan<byte> inner)
    {
        if (inner.IndexOf(":-"u8) is >= 0 and var otherwise) return inner[(otherwise + 2)..];
        if (inner.StartsWith("lower:"u8) || inner.StartsWith("upper:"u8)) return inner[6..];
        if (inner.StartsWith("date:"u8)) return inner[5..].Trim("'"u8);
        return inner;
    }
}
