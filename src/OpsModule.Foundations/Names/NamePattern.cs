using OpsModule.Foundations.Errors;

namespace OpsModule.Foundations.Names;

/// <summary>
/// Names as people write them, with the wildcards of PowerShell: <c>*</c> for any characters, <c>?</c> for one, <c>[a-c]</c> for one of
/// these; a backtick takes the meaning of the next character away. Wildcards never tell capitals from small letters.
/// </summary>
public static class NamePattern
{
    private const char Escape = '`';

    /// <summary>True for a name that may stand for several, or for none.</summary>
    public static bool HasWildcard(string written)
    {
        for (int at = 0; at < written.Length; at++)
        {
            if (written[at] is '*' or '?' || SetEnd(written, at) > 0) return true;
            if (written[at] == Escape) at++;
        }
        return false;
    }

    /// <summary>Whether a name fits what was written, whatever the case.</summary>
    public static bool IsMatch(string written, ReadOnlySpan<char> name)
    {
        int at = 0, of = 0, star = -1, mark = 0;
        while (of < name.Length)
        {
            if (at < written.Length && written[at] == '*') (star, mark) = (++at, of);
            else if (at < written.Length && FitsOne(written, at, name[of], out int next)) (at, of) = (next, of + 1);
            else if (star >= 0) (at, of) = (star, ++mark);
            else return false;
        }
        while (at < written.Length && written[at] == '*') at++;
        return at == written.Length;
    }

    /// <summary>
    /// Those of the known names that are meant: the one that is exactly so, whatever characters it has; else the only one that is so in another
    /// case; else those that fit the wildcards. <c>*</c> alone is always all of them.
    /// </summary>
    /// <param name="written">What was written.</param>
    /// <param name="known">The names there are.</param>
    /// <param name="what">What they name, in the singular.</param>
    /// <exception cref="OpsException"><c>NameAmbiguous</c> when several differ from it only in their case.</exception>
    public static IReadOnlyList<string> Choose(string written, IEnumerable<string> known, string what)
    {
        string[] all = [.. known];
        if (written == "*") return all;
        if (all.Contains(written, StringComparer.Ordinal)) return [written];
        bool isPattern = HasWildcard(written);
        string literal = isPattern ? written : Unescaped(written);
        if (all.Contains(literal, StringComparer.Ordinal)) return [literal];
        string[] others = [.. all.Where(n => n.Equals(literal, StringComparison.OrdinalIgnoreCase)).Distinct(StringComparer.Ordinal)];
        if (others.Length > 1)
            throw new OpsException("NameAmbiguous", OpsErrorCategory.InvalidArgument, $"Several are called {written} if their case does not count: {string.Join(", ", others)}. One {what} was expected.",
                "Write the name in the case that it has.", written);
        return others.Length == 1 || !isPattern ? others : [.. all.Where(n => IsMatch(written, n))];
    }

    /// <summary>The same for several: each known name once, in the order in which they were written. What means nothing fails alone.</summary>
    /// <param name="written">What was written.</param>
    /// <param name="known">The names there are.</param>
    /// <param name="what">What they name, in the singular.</param>
    /// <param name="unknown">Makes the error for a name without wildcards that nothing has.</param>
    /// <param name="fail">Told of each that means nothing, or is ambiguous.</param>
    public static IReadOnlyList<string> ChooseAll(IEnumerable<string> written, IReadOnlyCollection<string> known, string what, Func<string, OpsException> unknown, Action<OpsException> fail)
    {
        var chosen = new List<string>();
        foreach (string name in written.Distinct(StringComparer.Ordinal))
        {
            try
            {
                IReadOnlyList<string> found = Choose(name, known, what);
                if (found.Count == 0) throw HasWildcard(name) ? Nothing(name, known, what) : unknown(name);
                chosen.AddRange(found);
            }
            catch (OpsException e) { fail(e); }
        }
        return [.. chosen.Distinct(StringComparer.Ordinal)];
    }

    /// <summary>The same where a name without wildcards that is not known passes as it was written: what is done with it tells more of it.</summary>
    /// <param name="written">What was written.</param>
    /// <param name="known">The names that are known.</param>
    /// <param name="what">What they name, in the singular.</param>
    /// <param name="fail">Told of each pattern that nothing fits, and of each name that is ambiguous.</param>
    public static IReadOnlyList<string> ChooseOrTake(IEnumerable<string> written, IReadOnlyCollection<string> known, string what, Action<OpsException> fail)
    {
        var chosen = new List<string>();
        foreach (string name in written)
            chosen.AddRange(!HasWildcard(name) && !known.Contains(name, StringComparer.OrdinalIgnoreCase) ? [name] : ChooseAll([name], known, what, n => Nothing(n, known, what), fail));
        return [.. chosen.Distinct(StringComparer.Ordinal)];
    }

    /// <summary>The error for wildcards that nothing fits: it must be said, because it looks as if all were done.</summary>
    /// <param name="written">What was written.</param>
    /// <param name="known">The names there are.</param>
    /// <param name="what">What they name, in the singular.</param>
    public static OpsException Nothing(string written, IEnumerable<string> known, string what)
    {
        string[] all = [.. known.Distinct(StringComparer.Ordinal).Take(13)];
        string there = all.Length == 0 ? "there is none at all" : all.Length > 12 ? "there are others" : "there is " + string.Join(", ", all);
        return new OpsException("NothingMatches", OpsErrorCategory.ObjectNotFound, $"No {what} fits {written}; {there}.", "Correct the pattern: * stands for any characters, ? for one.", written);
    }

    /// <summary>A name as it is written when none of its characters is to be a wildcard.</summary>
    public static string Literal(string name) => string.Concat(name.Select(c => c is '*' or '?' or '[' or Escape ? $"{Escape}{c}" : $"{c}"));

    private static string Unescaped(string written)
    {
        if (!written.Contains(Escape)) return written;
        var text = new System.Text.StringBuilder(written.Length);
        for (int at = 0; at < written.Length; at++)
        {
            if (written[at] == Escape && at + 1 < written.Length) at++;
            text.Append(written[at]);
        }
        return text.ToString();
    }

    /// <summary>Whether one character fits what stands at a place, and where the next thing stands.</summary>
    private static bool FitsOne(string written, int at, char character, out int next)
    {
        next = at + 1;
        if (written[at] == '?') return true;
        if (written[at] == Escape && next < written.Length) return Same(written[next++], character);
        if (SetEnd(written, at) is not (> 0 and var end)) return Same(written[at], character);
        next = end + 1;
        for (int i = at + 1; i < end; i++)
        {
            if (i + 2 < end && written[i + 1] == '-')
            {
                if (Between(written[i], character, written[i + 2])) return true;
                i += 2;
            }
            else if (Same(written[i], character)) return true;
        }
        return false;
    }

    /// <summary>Where the set that begins at a place ends; 0 where none does.</summary>
    private static int SetEnd(string written, int at) => written[at] == '[' && at + 2 < written.Length && written.IndexOf(']', at + 2) is > 0 and var end ? end : 0;

    private static bool Same(char one, char other) => one == other || char.ToUpperInvariant(one) == char.ToUpperInvariant(other);

    private static bool Between(char from, char character, char to) =>
        (character >= from && character <= to) || (char.ToUpperInvariant(character) >= char.ToUpperInvariant(from) && char.ToUpperInvariant(character) <= char.ToUpperInvariant(to));
}
