using System.Text.RegularExpressions;

namespace OpsModule.Engine.Areas.Configuration.Redacting;

/// <summary>Tells by looks which names and values are of secrets. In doubt a value is one.</summary>
internal static partial class SecretLooks
{
    /// <summary>A shorter one is guessed from its fingerprint by whoever has the key.</summary>
    private const int LeastRandom = 16;

    /// <summary>Bits for each character, of how often each occurs: words have fewer, random letters and digits have more.</summary>
    private const double LeastBits = 3.0;

    [GeneratedRegex(@"pass(word|wd|phrase|code)?s?($|[^a-z])|passw|pwd|secret|token|credential|api_?-?key|access_?-?key|private_?-?key"
        + @"|sign(ing)?_?-?key|encrypt(ion)?_?-?key|master_?-?key|salt$|pepper|dsn$|authorization|webhook|requirepass|masterauth|^auth$"
        + @"|identitytoken|cookie_?-?key|hmac", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex StrongNames();

    [GeneratedRegex(@"key|auth|cert|identity|cookie|session|hash|seed|nonce|pin$", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex WeakNames();

    [GeneratedRegex(@"(file|path|dir|folder|url_?template|name|header|prefix|field|column|table|kind|type)$|^secrets$|^tokens$",
        RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex NamesOfOthers();

    [GeneratedRegex(@"\A(\$\{[A-Za-z_][A-Za-z0-9_]*(:?[?][^}]*)?\}|\$[A-Za-z_][A-Za-z0-9_]*"
        + @"|(env|file|vault):\S+|true|false|yes|no|on|off|null|none|~)\z",
        RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex References();

    [GeneratedRegex(@"\A[0-9.,]+\s*(ms|s|m|h|d|w|mo|y|b|k|kb|mb|gb|kib|mib|gib|%)?\z",
        RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex Figures();

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z_.\-]*\z", RegexOptions.NonBacktracking)]
    private static partial Regex Words();

    [GeneratedRegex(@"\A(~|\.{1,2})?/[A-Za-z0-9_.\-/]*\z", RegexOptions.NonBacktracking)]
    private static partial Regex Paths();

    /// <summary>True for a value that is a secret because of its name.</summary>
    public static bool IsNamed(string name, string value)
    {
        if (value.Length == 0 || References().IsMatch(value)) return false;
        if (StrongNames().IsMatch(name)) return !IsOfOthers(name, value);
        // A name such as key may mean anything: a word, a path or a figure behind it is none.
        return WeakNames().IsMatch(name) && !Words().IsMatch(value) && !Figures().IsMatch(value) && !Paths().IsMatch(value)
            && value.Length >= 8 && !value.Contains(' ') && value.Any(char.IsAsciiDigit) && value.Any(char.IsAsciiLetter);
    }

    /// <summary>True for names that only speak of a secret: where it lies, how long it is valid.</summary>
    private static bool IsOfOthers(string name, string value) => NamesOfOthers().IsMatch(name)
        ? Paths().IsMatch(value) || Words().IsMatch(value)
        : Figures().IsMatch(value) && value.Length <= 5 && !EndsInSecret().IsMatch(name);

    [GeneratedRegex(@"(pass(word|wd|phrase|code)?|pwd|secret|token|key|salt|pin|auth)$",
        RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex EndsInSecret();

    /// <summary>
    /// True for what looks made by chance: letters and digits that change often, each about as frequent as the others. Only such values
    /// have a fingerprint.
    /// </summary>
    public static bool IsRandom(ReadOnlySpan<char> value)
    {
        if (value.Length < LeastRandom) return false;
        int changes = 0, digits = 0, letters = 0, others = 0;
        Span<int> counts = stackalloc int[128];
        for (int i = 0; i < value.Length; i++)
        {
            char c = value[i];
            if (c >= 128) return false;
            counts[c]++;
            if (char.IsAsciiDigit(c)) digits++;
            else if (char.IsAsciiLetter(c)) letters++;
            else others++;
            if (i > 0 && ClassOf(c) != ClassOf(value[i - 1])) changes++;
        }
        if (digits < 2 || letters < 2 || others * 3 > value.Length) return false;
        double bits = 0;
        foreach (int count in counts)
            if (count > 0) bits -= (double)count / value.Length * Math.Log2((double)count / value.Length);
        return bits >= LeastBits && changes * 5 >= value.Length;
    }

    private static int ClassOf(char c) => char.IsAsciiDigit(c) ? 0 : char.IsAsciiLetterUpper(c) ? 1 : char.IsAsciiLetterLower(c) ? 2 : 3;
}
