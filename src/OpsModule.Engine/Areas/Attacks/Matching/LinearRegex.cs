using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace OpsModule.Engine.Areas.Attacks.Matching;

/// <summary>
/// An expression that no text can make slow. An engine without backtracking takes time in proportion to the text, but the automaton it builds
/// costs more than most scans ask of it; so an ordinary engine answers within a limit of time, and the automaton from the first text on that
/// reaches the limit. Both find the same.
/// </summary>
internal sealed class LinearRegex
{
    /// <summary>After so many texts an expression has earned to be compiled, which costs as much as some ten thousand texts do.</summary>
    private const int Earned = 20_000;

    private const int MostKept = 1024;

    // Of all scans of a session: what was compiled once need not be compiled again.
    private static readonly ConcurrentDictionary<string, LinearRegex> Known = new(StringComparer.Ordinal);

    private readonly string _pattern;
    private int _asked;

    private LinearRegex(string pattern) => _pattern = pattern;

    /// <summary>The expression of a pattern.</summary>
    public static LinearRegex Of(string pattern)
    {
        if (Known.Count > MostKept) Known.Clear();
        return Known.GetOrAdd(pattern, p => new LinearRegex(p));
    }

    private const RegexOptions Options = RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture;

    /// <summary>What one text may cost, once. Long enough not to be reached by a thread that merely waits for a processor.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(100);

    private volatile Regex? _regex;
    private volatile bool _isLinear;

    /// <summary>Goes on with a compiled expression, beside the scan; one that a text has made slow stays as it is.</summary>
    private void Compile()
    {
        var compiled = new Regex(_pattern, Options | RegexOptions.Compiled, Limit);
        if (!_isLinear) _regex = compiled;
        if (_isLinear) _regex = Make(_pattern);
    }

    /// <summary>The first match.</summary>
    public Match Match(string text)
    {
        Regex regex = _regex ??= new Regex(_pattern, Options, Limit);
        if (Interlocked.Increment(ref _asked) == Earned) _ = Task.Run(Compile);
        try { return regex.Match(text); }
        catch (RegexMatchTimeoutException)
        {
            regex = _regex = Make(_pattern);
            _isLinear = true;
            return regex.Match(text);
        }
    }

    /// <summary>Reads an expression without making anything of it that is meant to be used.</summary>
    /// <exception cref="ArgumentException">It is wrong.</exception>
    public static void Check(string pattern) => _ = new Regex(pattern, Options, Limit);

    /// <summary>
    /// True when something is in it that only an engine with backtracking understands: look-around, back references, atomic groups,
    /// conditions.
    /// </summary>
    public static bool NeedsBacktracking(string pattern)
    {
        for (int i = 0; i + 1 < pattern.Length; i++)
        {
            if (pattern[i] == '\\')
            {
                if (pattern[i + 1] is >= '1' and <= '9' or 'k' or 'G') return true;
                i++;
            }
            else if (pattern[i] == '(' && i + 2 < pattern.Length && pattern[i + 1] == '?' && (pattern[i + 2] is '=' or '!' or '>' or '('
                || IsLookBehind(pattern, i + 2))) return true;
        }
        return false;
    }

    private static bool IsLookBehind(string pattern, int at) => pattern[at] == '<' && at + 1 < pattern.Length && pattern[at + 1] is '='
        or '!';

    /// <summary>Makes an expression that takes time in proportion to the text.</summary>
    /// <exception cref="ArgumentException">It is wrong.</exception>
    /// <exception cref="NotSupportedException">It needs backtracking.</exception>
    public static Regex Make(string pattern) => new(pattern, Options | RegexOptions.NonBacktracking);
}
