using System.Globalization;

namespace OpsModule.Foundations.Text;

/// <summary>Characters that come in with a copied text and look like others, or like nothing.</summary>
public static class UnseenText
{
    private const string Opening = "\u201c\u201e\u2018\u201a\u00ab\u2039", Closing = "\u201d\u201c\u2019\u2018\u00bb\u203a";

    /// <summary>The first such character in words, or null.</summary>
    public static string? In(string text) => text.Where(IsUnseen).Select(c => c == '\u00a0' ? "a no-break space (U+00A0)" : $"a character (U+{(int)c:X4})").FirstOrDefault();

    /// <summary>The text without them; what is a kind of space becomes none at its ends.</summary>
    public static string Without(string text) => string.Concat(text.Where(c => !IsUnseen(c)));

    /// <summary>True when it begins and ends with the quotes that word processors make.</summary>
    public static bool IsInCurlyQuotes(string text) => text.Length > 2 && Opening.Contains(text[0]) && Closing.Contains(text[^1]);

    private static bool IsUnseen(char c) => (char.IsWhiteSpace(c) && c != ' ') || char.GetUnicodeCategory(c) is UnicodeCategory.Format;
}
