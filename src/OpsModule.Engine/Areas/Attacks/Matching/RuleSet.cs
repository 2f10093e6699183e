using System.Numerics;
using System.Text;
using OpsModule.Engine.Areas.Attacks.Decoding;
using OpsModule.Engine.Areas.Attacks.Rules;

namespace OpsModule.Engine.Areas.Attacks.Matching;

/// <summary>Rules that are looked for together; shared by threads.</summary>
internal sealed class RuleSet
{
    private static readonly RuleTarget[] Kinds = [.. Enum.GetValues<RuleTarget>().Where(t => BitOperations.IsPow2((int)t))];

    /// <summary>A fragment may begin before a field and end behind it: with the quotation mark or the name that stand there.</summary>
    private const int Around = 4;

    private readonly CompiledRule[] _rules, _ofLines;
    private readonly AttackRule[] _withStatus;
    private readonly FragmentFinder _ofFields;
    private readonly Dictionary<RuleTarget, TextView[]> _views;
    private readonly Dictionary<(RuleTarget, TextView), ulong[]> _applicable;

    public RuleSet(IReadOnlyList<AttackRule> rules)
    {
        _rules = [.. rules.Select((rule, i) => new CompiledRule(rule, i))];
        _ofLines = [.. _rules.Where(r => r.Rule.Condition != RuleCondition.None)];
        Words = (_rules.Length + 63) / 64;
        WholeLine = [.. _rules.Where(r => r.Rule.Target == RuleTarget.Line).Select(r => new WholeLineRule(r))];
        OnlyWholeLines = WholeLine.Length == _rules.Length;
        _withStatus = [.. rules.Where(r => r.Status.Count > 0)];
        Prefilter = new FragmentFinder(PrefilterFragments.Of(rules));
        _ofFields = _withStatus.Length == 0 && _ofLines.Length == 0 ? Prefilter
            : new FragmentFinder(PrefilterFragments.Of(rules.Where(r => r.Status.Count == 0 && r.Condition == RuleCondition.None)));
        Literals = new LiteralAutomaton([.. _rules.SelectMany(r => r.Rule.Literals.Select(l => (Encoding.UTF8.GetBytes(l), r.Index)))]);
        _views = Kinds.ToDictionary(k => k, k => rules.Where(r => (r.Target & k) != 0).Select(r => r.Decode).Distinct().Order().ToArray());
        _applicable = (from kind in Kinds from view in Enum.GetValues<TextView>() select (kind, view)).ToDictionary(k => k, k => Bits(r => (r.Target & k.kind) != 0 && r.Decode == k.view));
    }

    /// <summary>The rules that a query asks; one that is nowhere sure enough is left out.</summary>
    public static RuleSet Of(AttackQuery query) =>
        new([.. (query.Rules ?? RuleCatalog.Own).Where(r => r.Confidence >= query.MinConfidence || r.TextConfidence >= query.MinConfidence).Select(r => WithNames(r, query))]);

    /// <summary>A rule about tenants looks for the fields that hold them here.</summary>
    private static AttackRule WithNames(AttackRule rule, AttackQuery query) => rule.Condition == RuleCondition.None || query.ResourceTenantFields is not { } names
        ? rule : rule with { Prefilter = [.. rule.Prefilter, .. names.Select(n => n.ToLowerInvariant()).Where(n => n.Length > 1)] };

    /// <summary>Holds up the lines that are worth a look.</summary>
    public FragmentFinder Prefilter { get; }

    /// <summary>
    /// True when a field of a line that was held up may be of an attack itself. What a rule with a status is held up by may stand elsewhere in the line.
    /// </summary>
    public bool IsWorthALook(ReadOnlySpan<byte> line, in LineField field, int status)
    {
        foreach (AttackRule rule in _withStatus)
            if ((rule.Target & field.Kind) != 0 && rule.Status.Contains(status)) return true;
        int from = Math.Max(0, field.Start - Around), to = Math.Min(line.Length, field.Start + field.Length + Around);
        return _ofFields.IndexOf(line[from..to], 0) >= 0;
    }

    /// <summary>Tells which rules have one of their literals in a text.</summary>
    public LiteralAutomaton Literals { get; }

    /// <summary>How many words of bits there is a place for each rule in.</summary>
    public int Words { get; }

    /// <summary>The rules that ask for something of the line as a whole.</summary>
    public ReadOnlySpan<CompiledRule> OfLines => _ofLines;

    public CompiledRule this[int index] => _rules[index];

    /// <summary>The rules that look at lines as they are written.</summary>
    public WholeLineRule[] WholeLine { get; }

    /// <summary>True when no rule looks at a part of a line.</summary>
    public bool OnlyWholeLines { get; }

    /// <summary>The views that any rule for a kind of field looks through.</summary>
    public ReadOnlySpan<TextView> Views(RuleTarget kind) => _views[kind];

    /// <summary>The rules that look at a kind of field through a view.</summary>
    public ReadOnlySpan<ulong> Applicable(RuleTarget kind, TextView view) => _applicable[(kind, view)];

    private ulong[] Bits(Func<AttackRule, bool> which)
    {
        var bits = new ulong[Words];
        foreach (CompiledRule rule in _rules)
            if (which(rule.Rule)) bits[rule.Index >> 6] |= 1UL << rule.Index;
        return bits;
    }
}
