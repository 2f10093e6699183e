using System.Text.Json;
using OpsModule.Connections.Postgres;
using OpsModule.Connections.Postgres.Catalogues;
using OpsModule.Engine.Areas.Backups;

namespace OpsModule.Engine.Areas.Recovery;

/// <summary>Compares what a catalogue holds with what it held.</summary>
internal static class CatalogueComparer
{
    // What another major version of the server may write in other words.
    private static readonly HashSet<string> Texts = ["definition", "default", "body", "using", "check", "aggregate", "bound", "partition key", "range", "functions", "mapping", "sum"];

    /// <summary>All differences, the grave ones first.</summary>
    /// <param name="was">What the backup says.</param>
    /// <param name="now">What was restored.</param>
    /// <param name="sameVersion">False when the servers are of different major versions: definitions are not compared then.</param>
    public static IReadOnlyList<CatalogueDifference> Compare(IReadOnlyList<CatalogueObject> was, IReadOnlyList<CatalogueObject> now, bool sameVersion)
    {
        now = CatalogueFingerprint.SumUp(now, was.Where(o => o.Name == CatalogueObject.All && IsSum(o)).Select(o => o.Kind).ToHashSet());
        Dictionary<(string, string, string), CatalogueObject> left = [];
        foreach (CatalogueObject one in now) left[Key(one)] = one;
        var found = new List<CatalogueDifference>();
        foreach (CatalogueObject before in was)
        {
            if (!left.Remove(Key(before), out CatalogueObject? after))
                found.Add(new CatalogueDifference(before.Kind, before.Schema, before.Name, "", "", null, before.Kind == "policy"));
            else if (before.Properties != after.Properties)
                found.AddRange(Properties(before, after).Where(d => sameVersion || !Texts.Contains(LastPart(d.Property))));
        }
        found.AddRange(left.Values.Select(o => new CatalogueDifference(o.Kind, o.Schema, o.Name, "", null, "", o.Kind is "policy" or "default privileges")));
        return [.. found.OrderByDescending(d => d.IsGrave)];
    }

    private static (string, string, string) Key(CatalogueObject one) => (one.Kind, one.Schema, one.Name);

    private static bool IsSum(CatalogueObject one) => one.Properties.StartsWith("{\"count\": ", StringComparison.Ordinal);

    private static IEnumerable<CatalogueDifference> Properties(CatalogueObject before, CatalogueObject after)
    {
        SortedDictionary<string, string> was = Flatten(before.Properties), now = Flatten(after.Properties);
        foreach (string property in was.Keys.Union(now.Keys))
        {
            (string? old, string? current) = (was.GetValueOrDefault(property), now.GetValueOrDefault(property));
            if (old != current && !IsReworded(property, old, current)) yield return new CatalogueDifference(before.Kind, before.Schema, before.Name, property, old, current, IsGrave(before.Kind, property, old, current));
        }
    }

    private static bool IsReworded(string property, string? was, string? now) =>
        was is not null && now is not null && Texts.Contains(LastPart(property)) && SqlWording.SaysTheSame(was, now);

    private static string LastPart(string property) => property[(property.LastIndexOf('.') + 1)..];

    // What belongs to the database itself is taken over from the live one on purpose, and only told.
    private static bool IsGrave(string kind, string property, string? was, string? now) => kind != "database" && property switch
    {
        "owner" => true,
        "row security" or "row security forced" => now is null,
        "security definer" => now is not null,
        "options" => kind == "view",
        "restrictive" or "roles" or "command" or "using" or "check" => kind == "policy",
        _ => Grantee(property) is { } grantee && grantee != "@owner" && IsWider(was, now),
    };

    private static string? Grantee(string property)
    {
        const string grants = "grants.";
        if (property.StartsWith(grants, StringComparison.Ordinal)) return property[grants.Length..];
        int at = property.IndexOf("." + grants, StringComparison.Ordinal);
        return at < 0 ? null : property[(at + 1 + grants.Length)..];
    }

    /// <summary>With a star is more than without; TRUNCATE* where there was TRUNCATE is wider, the other way round is not.</summary>
    private static bool IsWider(string? was, string? now)
    {
        HashSet<string> had = [.. (was ?? "").Split(',')];
        return (now ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).Any(p => !had.Contains(p) && !had.Contains(p + "*"));
    }

    private static SortedDictionary<string, string> Flatten(string json)
    {
        var flat = new SortedDictionary<string, string>(StringComparer.Ordinal);
        using JsonDocument document = JsonDocument.Parse(json);
        Add(document.RootElement, "");
        return flat;

        void Add(JsonElement element, string path)
        {
            if (element.ValueKind == JsonValueKind.Object)
                foreach (JsonProperty property in element.EnumerateObject()) Add(property.Value, path.Length == 0 ? property.Name : path + "." + property.Name);
            else flat[path] = element.ValueKind switch { JsonValueKind.String => element.GetString()!, JsonValueKind.True => "yes", _ => element.GetRawText() };
        }
    }
}
