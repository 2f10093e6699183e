using System.IO.Enumeration;
using OpsModule.Engine.Environments;

namespace OpsModule.Engine.Attacks.Rules;

/// <summary>Chooses rules by the names of rules and categories, in which * and ? are wildcards.</summary>
public static class RuleSelection
{
    /// <summary>The rules of the module, and those of files and folders besides.</summary>
    /// <exception cref="OpsException">As <see cref="RuleCatalog.Read"/>.</exception>
    public static IReadOnlyList<AttackRule> All(IReadOnlyList<string>? rulePaths)
    {
        if (rulePaths is null) return RuleCatalog.Own;
        IReadOnlyList<AttackRule> more = RuleCatalog.Read(rulePaths);
        HashSet<string> own = new(RuleCatalog.Own.Select(r => r.Id), StringComparer.OrdinalIgnoreCase);
        if (more.FirstOrDefault(r => own.Contains(r.Id)) is { } twice)
            throw new OpsException("RuleTwice", OpsErrorCategory.ResourceExists, $"The rule {twice.Id} of {twice.File} is called as one of the module.", "Give it another id.", twice.Id);
        return [.. RuleCatalog.Own, .. more];
    }

    /// <summary>Those of the rules that have one of the names and one of the categories; null stands for any.</summary>
    /// <exception cref="OpsException"><c>RuleNotFound</c>, <c>CategoryNotFound</c>: a name that no rule has.</exception>
    public static IReadOnlyList<AttackRule> Choose(IReadOnlyList<AttackRule> rules, IReadOnlyList<string>? ids, IReadOnlyList<string>? categories)
    {
        foreach (string id in ids ?? [])
            if (!rules.Any(r => IsMatch(id, r.Id))) throw Unknown("Rule", id, rules.Select(r => r.Id), "Get-OpsAttackRule lists the rules.");
        string[] names = Enum.GetNames<AttackCategory>();
        foreach (string category in categories ?? [])
            if (!names.Any(n => IsMatch(category, n))) throw Unknown("Category", category, names, $"One of {string.Join(", ", names)}.");
        return [.. rules.Where(r => (ids is null || ids.Any(i => IsMatch(i, r.Id))) && (categories is null || categories.Any(c => IsMatch(c, $"{r.Category}"))))];
    }

    private static bool IsMatch(string pattern, string name) =>
        FileSystemName.MatchesSimpleExpression(pattern.Replace("\\", "\\\\", StringComparison.Ordinal), name, ignoreCase: true);

    private static OpsException Unknown(string what, string written, IEnumerable<string> known, string action) =>
        new($"{what}NotFound", OpsErrorCategory.ObjectNotFound,
            $"No {what.ToLowerInvariant()} is called '{written}'." + (NearestName.Of(written, known) is { } near ? $" Did you mean '{near}'?" : ""), action, written);
}
