namespace OpsModule.Engine.Areas.Recovery;

/// <summary>
/// Tells the differences that follow from what a restore has said already: objects that the server refused to make, and checks that could
/// only be made NOT VALID. To say them again would hide the others.
/// </summary>
/// <param name="refused">Objects that were refused.</param>
/// <param name="notValid">Checks, as <c>name of table</c>, of the schema that was restored.</param>
internal sealed class KnownDifferences(IReadOnlyList<NotRestoredObject> refused, IReadOnlyList<string> notValid)
{
    // By the words of archives: those of the catalogue.
    private static readonly Dictionary<string, string[]> Kinds = new()
    {
        ["AGGREGATE"] = ["aggregate"], ["CHECK CONSTRAINT"] = ["constraint"], ["COLLATION"] = ["collation"], ["CONSTRAINT"] = ["constraint"], ["CONVERSION"] = ["conversion"],
        ["EVENT TRIGGER"] = ["event trigger"], ["EXTENSION"] = ["extension"], ["FK CONSTRAINT"] = ["constraint"], ["FOREIGN DATA WRAPPER"] = ["foreign data wrapper"],
        ["FOREIGN TABLE"] = ["foreign table", "columns"], ["FUNCTION"] = ["function"], ["INDEX"] = ["index"], ["MATERIALIZED VIEW"] = ["materialized view", "columns"],
        ["PROCEDURE"] = ["procedure"], ["PUBLICATION"] = ["publication"], ["RULE"] = ["rule"], ["SERVER"] = ["foreign server"], ["STATISTICS"] = ["extended statistics"],
        ["SUBSCRIPTION"] = ["subscription"], ["TRIGGER"] = ["trigger"], ["VIEW"] = ["view", "columns"],
    };

    /// <summary>The differences that are news.</summary>
    public CatalogueVerdict Without(CatalogueVerdict verdict) => verdict with { Differences = [.. verdict.Differences.Where(d => d.IsGrave || !IsKnown(d))] };

    private bool IsKnown(CatalogueDifference difference) =>
        refused.Any(o => Follows(difference, o)) || (IsUnchecked(difference) && notValid.Any(n => IsCheck(difference, n)));

    private static bool Follows(CatalogueDifference difference, NotRestoredObject refused)
    {
        string name = difference.Schema.Length == 0 ? difference.Object : $"{difference.Schema}.{difference.Object}";
        if (difference is { Property.Length: 0, Is: null })
            return (refused.Name == name && Kinds.GetValueOrDefault(refused.Kind, []).Contains(difference.Kind))
                || (refused.Kind == "CONSTRAINT" && difference.Kind == "index" && refused.Name.StartsWith(difference.Schema + ".", StringComparison.Ordinal) && refused.Name.EndsWith(" " + difference.Object, StringComparison.Ordinal));
        return refused.Kind switch
        {
            "CHECK CONSTRAINT" => refused.Name == name && IsUnchecked(difference),
            "DEFAULT" => difference.Kind == "columns" && difference.Property.EndsWith(".default", StringComparison.Ordinal) && $"{name} {difference.Property["column.".Length..^".default".Length]}" == refused.Name,
            "INDEX ATTACH" => difference.Kind == "index" && difference.Property == "parent" && refused.Name == name,
            "MATERIALIZED VIEW DATA" => difference.Kind == "materialized view" && difference.Property == "empty until refreshed" && refused.Name == name,
            _ => false,
        };
    }

    private static bool IsUnchecked(CatalogueDifference difference) =>
        difference is { Kind: "constraint", Property: "not validated" } || (difference is { Kind: "constraint", Property: "definition" } && difference.Is == difference.Was + " NOT VALID");

    // Tables that inherit the check have it under the same name.
    private static bool IsCheck(CatalogueDifference difference, string notValid) =>
        notValid.LastIndexOf(" of ", StringComparison.Ordinal) is var at and > 0 && difference.Object.EndsWith(" " + notValid[..at], StringComparison.Ordinal);
}
