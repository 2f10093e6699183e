using System.Text.RegularExpressions;
using OpsModule.Engine.Attacks.Rules;

namespace OpsModule.Engine.Attacks.Matching;

/// <summary>A rule ready to be asked. Its expressions are made when they are first needed: most runs need few of them.</summary>
internal sealed class CompiledRule(AttackRule rule, int index)
{
    // Without backtracking: the time is linear whatever the expression and the text are.
    private const RegexOptions Options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture;

    private readonly Lazy<Regex> _pattern = new(() => Make(rule.Pattern));
    private readonly Lazy<Regex>? _unless = rule.Unless is { } unless ? new(() => Make(unless)) : null;

    public AttackRule Rule => rule;

    public int Index => index;

    /// <summary>What it finds in a text in its form, or null.</summary>
    public Match? Find(string text)
    {
        Match match = _pattern.Value.Match(text);
        return match.Success && _unless?.Value.IsMatch(text) != true ? match : null;
    }

    /// <summary>True when it looks at a field.</summary>
    public bool LooksAt(RuleTarget kind, ReadOnlySpan<byte> name)
    {
        if ((rule.Target & kind) == 0) return false;
        if (rule.Fields.Count == 0) return true;
        foreach (string field in rule.Fields)
            if (System.Text.Ascii.EqualsIgnoreCase(name, field)) return true;
        return false;
    }

    /// <summary>Makes an expression.</summary>
    /// <exception cref="ArgumentException">It is wrong.</exception>
    /// <exception cref="NotSupportedException">It needs backtracking.</exception>
    public static Regex Make(string pattern) => new(pattern, Options);
}
