using System.Text;

namespace OpsModule.Connections.Postgres.Passwords;

/// <summary>
/// SASLprep (RFC 4013): what becomes of a password before it is hashed, so that two ways of typing it come to the same. For text that is
/// stored: code points that Unicode 3.2 does not assign are refused.
/// </summary>
public static class SaslPrep
{
    /// <summary>Prepares a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="prepared">What becomes of it; empty when it is refused.</param>
    /// <returns>Why it is refused, in words that do not show it; null when it is not.</returns>
    public static string? Prepare(string text, out string prepared)
    {
        prepared = "";
        if (text.All(char.IsAscii)) return OfAscii(text, out prepared);
        if (Runes(text) is not { } runes) return "it is no valid Unicode";
        var mapped = new StringBuilder();
        foreach (int code in runes)
            if (SaslPrepTables.Has(SaslPrepTables.Spaces, code)) mapped.Append(' ');
            else if (!SaslPrepTables.Has(SaslPrepTables.MappedToNothing, code)) mapped.Append(new Rune(code));
        if (!Normalizes) return "this machine has no Unicode data (libicu), and so cannot normalize what is not ASCII";
        string normal = mapped.ToString().Normalize(NormalizationForm.FormKC);
        if (WhyRefused([.. normal.EnumerateRunes().Select(r => r.Value)]) is { } why) return why;
        prepared = normal;
        return null;
    }

    /// <summary>False where .NET runs without Unicode data, and returns every text as it is.</summary>
    private static bool Normalizes { get; } = "\u2168".Normalize(NormalizationForm.FormKC) == "IX";

    private static string? OfAscii(string text, out string prepared)
    {
        prepared = text.Any(char.IsControl) ? "" : text;
        return text.Length == 0 ? "it is empty" : prepared.Length == 0 ? "it has a control character" : null;
    }

    private static string? WhyRefused(int[] codes)
    {
        if (codes.Length == 0) return "nothing is left of it when what is not seen is taken away";
        foreach (int code in codes)
        {
            if (SaslPrepTables.Has(SaslPrepTables.Prohibited, code)) return $"it has {Name(code)}, which SASLprep prohibits";
            if (SaslPrepTables.Has(SaslPrepTables.Unassigned,
                code)) return $"it has {Name(code)}, which SASLprep (Unicode 3.2) does not know";
        }
        if (!codes.Any(c => SaslPrepTables.Has(SaslPrepTables.RightToLeft, c))) return null;
        if (codes.Any(c => SaslPrepTables.Has(SaslPrepTables.LeftToRight,
            c))) return "it mixes letters that run from right to left with others";
        return SaslPrepTables.Has(SaslPrepTables.RightToLeft, codes[0]) && SaslPrepTables.Has(SaslPrepTables.RightToLeft, codes[^1])
            ? null : "it runs from right to left and does not begin and end with such a letter";
    }

    /// <summary>One character of a secret says little; the kind of it says what to look for.</summary>
    private static string Name(int code) => code switch
    {
        < 0x20 or (>= 0x7F and <= 0x9F) => "a control character",
        >= 0xE000 and <= 0xF8FF or >= 0xF0000 => "a character of private use",
        _ => "a character",
    };

    private static List<int>? Runes(string text)
    {
        var codes = new List<int>();
        for (int at = 0; at < text.Length;)
        {
            if (Rune.DecodeFromUtf16(text.AsSpan(at), out Rune rune, out int used) != System.Buffers.OperationStatus.Done) return null;
            codes.Add(rune.Value);
            at += used;
        }
        return codes;
    }
}
