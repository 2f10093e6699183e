using System.Text.RegularExpressions;
using OpsModule.Engine.Areas.Attacks.Rules;

namespace OpsModule.Engine.Areas.Attacks.Matching;

/// <summary>A rule ready to be asked. Its expressions are made when they are first needed: most runs need few of them.</summary>
internal sealed class CompiledRule(AttackRule rule, int index)
{
    private readonly LinearRegex _pattern = LinearRegex.Of(rule.Pattern);
    private readonly LinearRegex? _unless = rule.Unless is { } unless ? LinearRegex.Of(unless) : null;

    public AttackRule Rule => rule;

    /// <summary>
    /// True when nothing is found without a quotation mark: each fragment that a line must have holds one. Most texts have none, and need
    /// not
    /// be asked. Only of the module's own rules: in somebody's own the mark may be that of JSON.
    /// </summary>
    public bool NeedsQuote { get; } = IsOwn(rule) && rule.Prefilter.Count > 0 && rule.Prefilter.All(f =>
        f.AsSpan().IndexOfAny('\'', '"', '`') >= 0
        || f.Contains("%27", StringComparison.Ordinal) || f.Contains("%22", StringComparison.Ordinal));

    private static bool IsOwn(AttackRule rule) => rule.File is { } file && rule.Category == AttackCategory.SqlInjection
        && rule.Pattern.Contains('\'') && Path.GetDirectoryName(file) == RuleCatalog.Folder();

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
