using System.Text.RegularExpressions;

namespace OpsModule.Engine.Attacks.Matching;

/// <summary>
/// An expression that no text can make slow. An engine without backtracking takes time in proportion to the text, but builds an automaton first,
/// which costs more than most scans ask of an expression; so an ordinary engine answers, within a limit of time, until it has been asked so often
/// that the automaton pays, or the limit was reached once. Both find the same.
/// </summary>
internal sealed class LinearRegex(string pattern)
{
    private const RegexOptions Options = RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture;

    /// <summary>After so many texts the automaton is built.</summary>
    private const int Often = 500;

    /// <summary>What one text may cost, once, before the automaton answers.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(20);

    private readonly Lazy<Regex> _linear = new(() => Make(pattern));
    private Regex? _ordinary;
    private int _asked;

    /// <summary>The first match.</summary>
    public Match Match(string text)
    {
        if (_asked > Often) return _linear.Value.Match(text);
        _asked++; // two threads may count one text: it is a matter of speed
        _ordinary ??= new Regex(pattern, Options, Limit);
        try { return _ordinary.Match(text); }
        catch (RegexMatchTimeoutException)
        {
            _asked = Often + 1;
            return _linear.Value.Match(text);
        }
    }

    /// <summary>Makes an expression that takes time in proportion to the text.</summary>
    /// <exception cref="ArgumentException">It is wrong.</exception>
    /// <exception cref="NotSupportedException">It needs backtracking.</exception>
    public static Regex Make(string pattern) => new(pattern, Options | RegexOptions.NonBacktracking);
}
