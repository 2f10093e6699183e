using OpsModule.Engine.Areas.Attacks.Rules;

namespace OpsModule.Engine.Areas.Attacks.Matching;

/// <summary>One part of a line that rules may look at.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Start">Where it begins in the line.</param>
/// <param name="Length">How long it is.</param>
/// <param name="NameStart">Where its name begins, for a field of a structured line.</param>
/// <param name="NameLength">How long its name is; 0 for none.</param>
/// <param name="Json">True when it is a string of JSON with escapes.</param>
internal readonly record struct LineField(RuleTarget Kind, int Start, int Length, int NameStart = 0, int NameLength = 0, bool Json = false)
{
    /// <summary>True where blanks are written as plus signs whatever it is, as IIS does.</summary>
    public bool HasPlus { get; init; }

    /// <summary>True for what programs write of themselves as a rule: names, files, ids.</summary>
    public bool IsOwn { get; init; }

    /// <summary>True where a plus sign is a blank, as in the parameters of a URL.</summary>
    public bool IsForm => HasPlus || Kind is RuleTarget.Query or RuleTarget.Url || (Kind == RuleTarget.Referrer && NameLength > 0);
}
