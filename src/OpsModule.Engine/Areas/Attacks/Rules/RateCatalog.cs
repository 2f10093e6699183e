using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Attacks.Rules;

/// <summary>The rate rules that come with the module, and those of files.</summary>
public static class RateCatalog
{
    private static readonly Lazy<IReadOnlyList<RateRule>> OwnRates = new(() => RuleBook.Read([Folder], RuleFile.ReadOwn).Rates);

    /// <summary>The rate rules of the module.</summary>
    public static IReadOnlyList<RateRule> Own => OwnRates.Value;

    internal static string Folder => Path.Combine(RuleCatalog.Folder(), "rates");

    /// <summary>Reads rate rules from files and folders (the *.yaml and *.yml in them).</summary>
    /// <exception cref="OpsException"><c>RuleFileNotFound</c>, <c>RuleFileInvalid</c> with place and expectation, <c>RuleTwice</c>, <c>NoRates</c>.</exception>
    public static IReadOnlyList<RateRule> Read(IReadOnlyList<string> paths)
    {
        IReadOnlyList<RateRule> rates = RuleBook.Read(paths).Rates;
        return rates.Count > 0 ? rates
            : throw new OpsException("NoRates", OpsErrorCategory.InvalidData, $"There are no rate rules in {string.Join(", ", paths)}; 'rates:' with a list of them was expected.", "Name files of rate rules.", paths);
    }

    /// <summary>Rate rules with what is changed of them; those that are switched off are left out.</summary>
    public static IReadOnlyList<RateRule> Change(IReadOnlyList<RateRule> rates, IReadOnlyDictionary<string, RateSettings> changes) =>
        changes.Count == 0 ? rates :
        [
            .. rates.Select(r => (Rate: r, Change: changes.GetValueOrDefault(r.Id) ?? new RateSettings())).Where(r => r.Change.Enabled).Select(r => r.Rate with
            {
                More = r.Change.More ?? r.Rate.More,
                Within = r.Change.Within ?? r.Rate.Within,
                Severity = r.Change.Severity ?? r.Rate.Severity,
            }),
        ];
}
