namespace OpsModule.Foundations.Text;

/// <summary>
/// Values of secrets that this process has read or made, which nothing shows: other programs may quote them in what they say of a fault. No
/// file names them as the references of an environment are named, so that who reads one adds it here.
/// </summary>
public static class HiddenWords
{
    /// <summary>
    /// Shorter ones stand everywhere by chance, and a password that is a word (<c>postgres</c>) is the name of something else, too: to hide
    /// them would make other texts unreadable.
    /// </summary>
    private const int Least = 8, LongestName = 15;

    private static readonly object Gate = new();
    private static volatile string[] _words = [];

    /// <summary>Hides a value from now on: as it is, percent-encoded, in Base64, and each line of one that has several.</summary>
    public static void Add(string value)
    {
        string[] forms = [.. value.Split('\n').Select(l => l.Trim('\r')).Append(value)
            .Where(f => f.Length >= Least && !(f.Length <= LongestName && f.All(c => char.IsAsciiLetterLower(c) || c is '-' or '_' or '.')))
            .SelectMany(f => new[] { f, Uri.EscapeDataString(f), Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(f)) })];
        if (forms.All(f => Array.IndexOf(_words, f) >= 0)) return;
        // The longest first: one may be a part of another.
        lock (Gate) _words = [.. _words.Union(forms, StringComparer.Ordinal).OrderByDescending(w => w.Length)];
    }

    /// <summary>A text without them.</summary>
    /// <param name="text">The text.</param>
    /// <param name="sign">What comes in their place.</param>
    public static string Hide(string text, string sign)
    {
        foreach (string word in _words) text = text.Replace(word, sign, StringComparison.Ordinal);
        return text;
    }
}
