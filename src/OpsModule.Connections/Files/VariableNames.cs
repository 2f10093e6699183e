namespace OpsModule.Connections.Files;

/// <summary>
/// Finds the names of variables that a text takes in: <c>$NAME</c>, <c>${NAME}</c> and its forms, those in defaults, too.
/// </summary>
public static class VariableNames
{
    /// <summary>The names, as often as they stand there. <c>$$</c> is a dollar.</summary>
    public static IEnumerable<string> In(string text)
    {
        for (int i = text.IndexOf('$'); i >= 0 && i + 1 < text.Length; i = text.IndexOf('$', i))
        {
            int start = i + (text[i + 1] == '{' ? 2 : 1), end = start;
            if (text[i + 1] == '$')
            {
                i += 2;
                if (i >= text.Length) yield break;
                continue;
            }
            while (end < text.Length && (char.IsAsciiLetter(text[end]) || text[end] == '_'
                || (end > start && char.IsAsciiDigit(text[end])))) end++;
            if (end > start) yield return text[start..end];
            i = Math.Max(end, i + 1);
            if (i >= text.Length) yield break;
        }
    }
}
