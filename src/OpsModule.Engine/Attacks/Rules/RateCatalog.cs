namespace OpsModule.Engine.Attacks.Rules;

/// <summary>The rate rules that come with the module, and those of files.</summary>
public static class RateCatalog
{
    private static readonly Lazy<IReadOnlyList<RateRule>> OwnRates = new(() => Read([Path.Combine(RuleCatalog.Folder(), "rates")]));

    /// <summary>The rate rules of the module.</summary>
    public static IReadOnlyList<RateRule> Own => OwnRates.Value;

    /// <summary>Reads rate rules from files and folders (the *.yaml and *.yml in them).</summary>
    /// <exception cref="OpsException"><c>RuleFileNotFound</c>, <c>RateFileInvalid</c> with place and expectation, <c>RuleTwice</c>.</exception>
    public static IReadOnlyList<RateRule> Read(IEnumerable<string> paths)
    {
        var rates = new Dictionary<string, RateRule>(StringComparer.OrdinalIgnoreCase);
        foreach (string file in paths.SelectMany(RuleCatalog.Files))
        {
            RateFile read = RateFile.Read(file);
            ShapedFile.ThrowOnError(file, read.Findings, "RateFileInvalid");
            foreach (RateRule rate in read.Rates)
                if (!rates.TryAdd(rate.Id, rate))
                    throw new OpsException("RuleTwice", OpsErrorCategory.InvalidData, $"The rate rule {rate.Id} stands in {rates[rate.Id].File} and in {file}.", "Give one of them another id.", rate.Id);
        }
        return [.. rates.Values];
    }
}
