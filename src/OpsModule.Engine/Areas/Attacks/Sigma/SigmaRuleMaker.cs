using OpsModule.Engine.Areas.Attacks.Matching;
using OpsModule.Engine.Areas.Attacks.Rules;

namespace OpsModule.Engine.Areas.Attacks.Sigma;

/// <summary>Makes a rule of atoms that must, or must not, be there together, with examples made of them.</summary>
/// <param name="template">What all rules of the same Sigma rule have in common.</param>
/// <param name="atoms">The atoms.</param>
internal sealed class SigmaRuleMaker(AttackRule template, IReadOnlyList<(SigmaAtom Atom, bool Not)> atoms)
{
    private readonly SigmaAtom[] _wanted = [.. atoms.Where(a => !a.Not).Select(a => a.Atom).Distinct()], _unwanted = [.. atoms.Where(a => a.Not).Select(a => a.Atom).Distinct()];

    /// <summary>The rule.</summary>
    /// <exception cref="SigmaRefusedException">It cannot be expressed, or does not keep its examples.</exception>
    public AttackRule Make()
    {
        // The rarest text is looked for; the rest is asked where it stands.
        SigmaAtom main = _wanted.Where(IsText).Select(a => (Atom: a, Literals: SigmaPattern.Literals(a))).Where(a => a.Literals is not null)
            .OrderByDescending(a => a.Literals!.Min(l => l.Trim().Length)).Select(a => a.Atom).FirstOrDefault()
            ?? throw new SigmaRefusedException("Nothing in it can be searched for: it needs a text of two characters or more in the address, agent, referrer or user, that is not negated.");
        AttackRule rule = template with
        {
            Target = SigmaPattern.Target(main.Part),
            Decode = SigmaPattern.View(main),
            Literals = SigmaPattern.Literals(main)!,
            Pattern = SigmaPattern.Of(main),
            Also = (RuleClause[])[.. _wanted.Where(a => a != main).Select(Clause)],
            Except = (RuleClause[])[.. _unwanted.Select(Clause)],
            Matches = (string[])[SigmaExample.Of(_wanted)],
            Ignores = (string[])[SigmaExample.Harmless],
        };
        Check(rule);
        return rule with { Ignores = (string[])[SigmaExample.Harmless, .. NearMisses(main).Where(line => Holds(rule with { Ignores = [line] })).Distinct()] };
    }

    /// <summary>Lines that lack one thing, or have one too many.</summary>
    private IEnumerable<string> NearMisses(SigmaAtom main) =>
        _wanted.Where(a => a != main).Select(a => SigmaExample.Of([.. Other(a), .. _wanted.Where(w => w != a)])).Concat(_unwanted.Select(a => SigmaExample.Of([a, .. _wanted])));

    /// <summary>Something else than what an atom asks for, where leaving it out would not be enough.</summary>
    private static SigmaAtom[] Other(SigmaAtom atom) => atom.Part switch
    {
        SigmaPart.Method => [new SigmaAtom(atom.Part, [new SigmaValue(SigmaMode.Equals, "OPTIONS")])],
        SigmaPart.Status => [new SigmaAtom(atom.Part, [new SigmaValue(SigmaMode.Equals, "418")])],
        SigmaPart.Client => [new SigmaAtom(atom.Part, [new SigmaValue(SigmaMode.Equals, "192.0.2.99")])],
        _ => [],
    };

    private static bool IsText(SigmaAtom atom) => atom.Part is not (SigmaPart.Method or SigmaPart.Status or SigmaPart.Client);

    private static RuleClause Clause(SigmaAtom atom)
    {
        string[] values = [.. atom.Values.Select(v => v.Text).Distinct()];
        return atom.Part switch
        {
            SigmaPart.Method => new RuleClause { Method = values },
            SigmaPart.Status => new RuleClause { Status = (int[])[.. values.Select(int.Parse)] },
            SigmaPart.Client => new RuleClause { Clients = values },
            _ => new RuleClause { Target = SigmaPattern.Target(atom.Part), Decode = SigmaPattern.View(atom), Pattern = SigmaPattern.Of(atom) },
        };
    }

    private static void Check(AttackRule rule)
    {
        foreach (string? pattern in rule.Also.Concat(rule.Except).Select(c => c.Pattern).Prepend(rule.Pattern))
        {
            try
            {
                if (pattern is not null) LinearRegex.Make(pattern);
            }
            catch (Exception e) when (e is ArgumentException or NotSupportedException)
            {
                throw new SigmaRefusedException($"The expression {pattern} cannot be used: {e.Message.TrimEnd('.')}.");
            }
        }
        if (RuleExamples.Check([rule]) is [var broken, ..])
            throw new SigmaRefusedException(broken.ShouldMatch ? $"A line made of its own values is not found: {broken.Example}" : "It would find every ordinary request.");
    }

    private static bool Holds(AttackRule rule) => RuleExamples.Check([rule]).Count == 0;
}
