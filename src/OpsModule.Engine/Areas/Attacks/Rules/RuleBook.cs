using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Names;

namespace OpsModule.Engine.Areas.Attacks.Rules;

/// <summary>What rules and rate rules have in common.</summary>
internal interface INamedRule
{
    string Id { get; }
    string? Replaces { get; }
    string? File { get; }
}

/// <summary>Rules and rate rules that are used together.</summary>
/// <param name="Rules">The rules.</param>
/// <param name="Rates">The rate rules.</param>
public sealed record RuleBook(IReadOnlyList<AttackRule> Rules, IReadOnlyList<RateRule> Rates)
{
    /// <summary>Those of the module, and besides or in place of them those of files and folders.</summary>
    /// <exception cref="OpsException">As <see cref="Read(IEnumerable{string})"/>; <c>RuleTwice</c> for an id of the module that is not replaced, <c>RuleNotFound</c> for one to replace that is not there.</exception>
    public static RuleBook All(IReadOnlyList<string> paths)
    {
        if (paths.Count == 0) return new RuleBook(RuleCatalog.Own, RateCatalog.Own);
        RuleBook more = Read(paths);
        return new RuleBook(Join(RuleCatalog.Own, more.Rules, "rule"), Join(RateCatalog.Own, more.Rates, "rate rule"));
    }

    /// <summary>Those of files and folders (the *.yaml and *.yml in them) alone.</summary>
    /// <exception cref="OpsException"><c>RuleFileNotFound</c>, <c>RuleFileInvalid</c> with place and expectation, <c>RuleTwice</c>.</exception>
    public static RuleBook Read(IEnumerable<string> paths) => Read(paths, RuleFile.ReadToUse);

    internal static RuleBook Read(IEnumerable<string> paths, Func<string, RuleFile> readFile)
    {
        var rules = new Dictionary<string, AttackRule>(StringComparer.OrdinalIgnoreCase);
        var rates = new Dictionary<string, RateRule>(StringComparer.OrdinalIgnoreCase);
        foreach (string path in paths.SelectMany(RuleCatalog.Files).Select(Path.GetFullPath).Distinct())
        {
            RuleFile read = readFile(path);
            if (read.Findings.FirstOrDefault(f => f.Severity == FindingSeverity.Error) is { } error)
                throw new OpsException("RuleFileInvalid", OpsErrorCategory.InvalidData, $"{path}({error.Line},{error.Column}): {error.Message}",
                    "Correct the file; Test-OpsAttackRule shows everything that is wrong with it.", path);
            foreach (AttackRule rule in read.Rules) Add(rules, rule, "rule");
            foreach (RateRule rate in read.Rates) Add(rates, rate, "rate rule");
        }
        return new RuleBook([.. rules.Values], [.. rates.Values]);
    }

    /// <summary>The same with rates changed, by id.</summary>
    /// <exception cref="OpsException"><c>RuleNotFound</c>.</exception>
    public RuleBook With(IReadOnlyDictionary<string, RateSettings> changes)
    {
        foreach (string id in changes.Keys)
            if (!Rates.Any(r => r.Id.Equals(id, StringComparison.OrdinalIgnoreCase))) throw NotFound("rate rule", id, Rates, "Correct attacks.rates in the environment file.");
        return this with { Rates = RateCatalog.Change(Rates, changes) };
    }

    private static void Add<T>(Dictionary<string, T> all, T rule, string what) where T : INamedRule
    {
        if (!all.TryAdd(rule.Id, rule))
            throw new OpsException("RuleTwice", OpsErrorCategory.InvalidData, $"The {what} {rule.Id} stands in {all[rule.Id].File} and in {rule.File}.", "Give one of them another id.", rule.Id);
    }

    private static T[] Join<T>(IReadOnlyList<T> own, IReadOnlyList<T> more, string what) where T : INamedRule
    {
        var left = own.ToDictionary(r => r.Id, StringComparer.OrdinalIgnoreCase);
        foreach (T rule in more.Where(r => r.Replaces is not null))
            if (!left.Remove(rule.Replaces!)) throw NotFound(what, rule.Replaces!, own, $"Correct 'replaces' of {rule.Id} in {rule.File}; each may be replaced once.");
        foreach (T rule in more)
            if (left.ContainsKey(rule.Id))
                throw new OpsException("RuleTwice", OpsErrorCategory.ResourceExists, $"The {what} {rule.Id} of {rule.File} is called as one of the module.",
                    $"Give it another id, or write 'replaces: {rule.Id}' to put it in the place of that one.", rule.Id);
        return [.. left.Values, .. more];
    }

    private static OpsException NotFound<T>(string what, string id, IEnumerable<T> known, string action) where T : INamedRule =>
        new("RuleNotFound", OpsErrorCategory.ObjectNotFound, $"No {what} is called '{id}'." + (NearestName.Of(id, known.Select(r => r.Id)) is { } near ? $" Did you mean '{near}'?" : ""), action, id);
}
