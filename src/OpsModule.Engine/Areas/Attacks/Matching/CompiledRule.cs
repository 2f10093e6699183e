using System.Text.RegularExpressions;
using OpsModule.Engine.Areas.Attacks.Rules;

namespace OpsModule.Engine.Areas.Attacks.Matching;

/// <summary>A rule ready to be asked. Its expressions are made when they are first needed: most runs need few of them.</summary>
internal sealed class CompiledRule(AttackRule rule, int index)
{
    private readonly LinearRegex _pattern = LinearRegex.Of(rule.Pattern);
    private readonly LinearRegex? _unless = rule.Unless is { } unless ? LinearRegex.Of(unless) : null;

    public AttackRule Rule => rule;

    /// <summary>What must hold besides.</summary>
    public CompiledClause[] Also { get; } = [.. rule.Also.Select(c => new CompiledClause(c))];

    /// <summary>What must not.</summary>
    public CompiledClause[] Except { get; } = [.. rule.Except.Select(c => new CompiledClause(c))];

    public int Index => index;

    /// <summary>What it finds in a text in its form, or null.</summary>
    public Match? Find(string text)
    {
        Match match = _pattern.Match(text);
        return match.Success && _unless?.Match(text).Success != true ? match : null;
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
}
