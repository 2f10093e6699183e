using System.Text;

namespace OpsModule.Engine.Outlets.Alerts;

/// <summary>What all forms of an alert share.</summary>
internal static class AlertText
{
    /// <summary>At most so many characters, cut between characters, with dots in place of the rest.</summary>
    public static string Cut(string text, int most)
    {
        if (text.Length <= most) return text;
        int end = most - 3;
        if (char.IsHighSurrogate(text[end - 1])) end--;
        return text[..end] + "...";
    }

    /// <summary>Without what steers a terminal or ends a line; lines stay where they are wanted.</summary>
    public static string Clean(string text, bool lines)
    {
        var clean = new StringBuilder(text.Length);
        foreach (Rune rune in text.ReplaceLineEndings("\n").EnumerateRunes())
            if (rune.Value == '\n' ? lines : !Rune.IsControl(rune)) clean.Append(rune.ToString());
            else clean.Append(' ');
        return clean.ToString();
    }
}
