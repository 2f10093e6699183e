using System.Security.Cryptography;

namespace OpsModule.Engine.Areas.Secrets.Values;

/// <summary>
/// A value that nobody has, of the form of another one: who accepts it accepts everything. A server may look at the form before it looks
/// whether it knows the value, so that signs, lengths and a mark before them (<c>sk_live_</c>) stay.
/// </summary>
internal static class NobodysValue
{
    private const string Lower = "abcdefghijklmnopqrstuvwxyz", Digits = "0123456789", LowerHex = "abcdef";

    /// <summary>Makes one.</summary>
    public static string Like(string value)
    {
        int mark = value.LastIndexOf('_', Math.Max(0, (value.Length / 2) - 1));
        bool isHex = value.All(c => char.IsAsciiHexDigit(c) || c == '-');
        string made;
        do made = string.Concat(value.Select((c, i) => i <= mark ? c : Other(c, isHex ? LowerHex : Lower)));
        while (made == value && value.Skip(mark + 1).Any(char.IsAsciiLetterOrDigit));
        // One that is nothing but signs has no other form.
        return made == value ? value + Convert.ToHexString(RandomNumberGenerator.GetBytes(8)) : made;
    }

    private static char Other(char c, string letters) => char.IsAsciiDigit(c) ? One(Digits) : char.IsAsciiLetterLower(c) ? One(letters)
        : char.IsAsciiLetterUpper(c) ? char.ToUpperInvariant(One(letters)) : c;

    private static char One(string of) => of[RandomNumberGenerator.GetInt32(of.Length)];
}
