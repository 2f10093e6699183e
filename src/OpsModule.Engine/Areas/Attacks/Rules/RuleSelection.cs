using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Names;

namespace OpsModule.Engine.Areas.Attacks.Rules;

/// <summary>Chooses rules by the names of rules and categories, in which * and ? are wildcards.</summary>
public static class RuleSelection
{
    /// <summary>Those of the rules that have one of the names and one of the categories; null stands for any.</summary>
    /// <exception cref="OpsException"><c>RuleNotFound</c>, <c>CategoryNotFound</c>: a name that no rule has.</exception>
    public static IReadOnlyList<AttackRule> Choose(IReadOnlyList<AttackRule> rules, IReadOnlyList<string>? ids, IReadOnlyList<string>? categories)
    {
        foreach (string id in ids ?? [])
            if (!rules.Any(r => NamePattern.IsMatch(id, r.Id))) throw Unknown("Rule", id, rules.Select(r => r.Id), "Get-OpsAttackRule lists the rules.");
        string[] names = Enum.GetNames<AttackCategory>();
        foreach (string category in categories ?? [])
            if (!names.Any(n => NamePattern.IsMatch(category, n))) throw Unknown("Category", category, names, $"One of {string.Join(", ", names)}.");
        return [.. rules.Where(r => (ids is null || ids.Any(i => NamePattern.IsMatch(i, r.Id))) && (categories is null || categories.Any(c => NamePattern.IsMatch(c, $"{r.Category}"))))];
    }

    /// <summary>The same, with the rate rules of these names that count one of the categories.</summary>
    /// <exception cref="OpsException"><c>RuleNotFound</c>, <c>CategoryNotFound</c>: a name that no rule has.</exception>
    public static RuleBook Choose(RuleBook book, IReadOnlyList<string>? ids, IReadOnlyList<string>? categories)
    {
        bool IsRate(string id) => book.Rates.Any(r => NamePattern.IsMatch(id, r.Id));
        bool IsRule(string id) => book.Rules.Any(r => NamePattern.IsMatch(id, r.Id));
        string[]? ofRules = ids?.Where(i => IsRule(i) || !IsRate(i)).ToArray();
        return new RuleBook(
            ofRules is [] ? [] : Choose(book.Rules, ofRules, categories),
            [.. book.Rates.Where(r => (ids is null || ids.Any(i => NamePattern.IsMatch(i, r.Id))) && (categories is null || r.Categories.Any(k => categories.Any(c => NamePattern.IsMatch(c, $"{k}")))))]);
    }

    private static OpsException Unknown(string what, string written, IEnumerable<string> known, string action) =>
        new($"{what}NotFound", OpsErrorCategory.ObjectNotFound,
            $"No {what.ToLowerInvariant()} is called '{written}'." + (NearestName.Of(written, known) is { } near ? $" Did you mean '{near}'?" : ""), action, written);
}
