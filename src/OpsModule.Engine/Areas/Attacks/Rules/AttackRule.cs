using OpsModule.Engine.Areas.Attacks.Decoding;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Attacks.Rules;

/// <summary>A rule: where it looks, what must be there, what it then means.</summary>
public sealed record AttackRule : INamedRule
{
    /// <summary>Its name, for example <c>sqli-union-select</c>; unique among all rules.</summary>
    public required string Id { get; init; }

    /// <summary>What it finds, in a sentence.</summary>
    public required string Title { get; init; }

    /// <summary>What kind of attack.</summary>
    public required AttackCategory Category { get; init; }

    /// <summary>How grave it is, before the outcome of the request counts.</summary>
    public AttackSeverity Severity { get; init; } = AttackSeverity.Medium;

    /// <summary>How sure it is in a request or a header.</summary>
    public AttackConfidence Confidence { get; init; } = AttackConfidence.Medium;

    /// <summary>How sure it is in a message or a field of an application's log, where people write, too.</summary>
    public AttackConfidence TextConfidence { get; init; } = AttackConfidence.Medium;

    /// <summary>Which parts of a line.</summary>
    public RuleTarget Target { get; init; } = RuleTarget.Any;

    /// <summary>Names of fields of a structured line; empty for all that <see cref="Target"/> means.</summary>
    public IReadOnlyList<string> Fields { get; init => field = PlainList.Of(value); } = [];

    /// <summary>In which form.</summary>
    public TextView Decode { get; init; } = TextView.Text;

    /// <summary>Texts in that form of which at least one must be there; the search for all of them at once is what makes scanning fast.</summary>
    public IReadOnlyList<string> Literals { get; init => field = PlainList.Of(value); } = [];

    /// <summary>
    /// Texts in the form in which they stand in the log, of which one must be in the line; empty to derive them from <see cref="Literals"/>.
    /// Encoded forms need not be named.
    /// </summary>
    public IReadOnlyList<string> Prefilter { get; init => field = PlainList.Of(value); } = [];

    /// <summary>A regular expression over the text in its form, in small letters: linear time, so without look-around and back references. Empty with a condition.</summary>
    public required string Pattern { get; init; }

    /// <summary>What is asked of the line as a whole, in place of literals and a pattern.</summary>
    public RuleCondition Condition { get; init; }

    /// <summary>A second expression; where it matches the same text, the rule does not.</summary>
    public string? Unless { get; init; }

    /// <summary>What must hold of the line besides, each of them.</summary>
    public IReadOnlyList<RuleClause> Also { get; init => field = PlainList.Of(value); } = [];

    /// <summary>What must not hold of the line, none of them.</summary>
    public IReadOnlyList<RuleClause> Except { get; init => field = PlainList.Of(value); } = [];

    /// <summary>HTTP statuses of which the request must have one; empty for any.</summary>
    public IReadOnlyList<int> Status { get; init => field = PlainList.Of(value); } = [];

    /// <summary>True when an answer of 200 with a body, or of 500, makes it graver by one step.</summary>
    public bool RaisedByOutcome { get; init; } = true;

    /// <summary>MITRE ATT&amp;CK technique, for example <c>T1190</c>.</summary>
    public string? Mitre { get; init; }

    /// <summary>OWASP Top Ten entry, for example <c>A03:2021</c>.</summary>
    public string? Owasp { get; init; }

    /// <summary>Words to find rules by.</summary>
    public IReadOnlyList<string> Tags { get; init => field = PlainList.Of(value); } = [];

    /// <summary>Lines that it must find.</summary>
    public IReadOnlyList<string> Matches { get; init => field = PlainList.Of(value); } = [];

    /// <summary>Lines that it must not find.</summary>
    public IReadOnlyList<string> Ignores { get; init => field = PlainList.Of(value); } = [];

    /// <summary>The rule in whose place it stands; null for none.</summary>
    public string? Replaces { get; init; }

    /// <summary>The file it was read from.</summary>
    public string? File { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Id;
}
