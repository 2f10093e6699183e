using System.Globalization;
using OpsModule.Connections.Vaults;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Contract.ApiKeys;
using OpsModule.Engine.Areas.Secrets.Contract.Signing;
using OpsModule.Foundations.Text;
using OpsModule.Foundations.Yaml;

namespace OpsModule.Engine.Areas.Secrets.Settings;

/// <summary>Makes entries of <c>jwt:</c> and <c>apiKey:</c> of a section that has passed all checks.</summary>
internal static class KeysBinder
{
    private const string True = "true", False = "false";

    /// <summary>How far clocks are apart, where nobody says it.</summary>
    public static readonly TimeSpan UsualSkew = TimeSpan.FromMinutes(1);

    /// <summary>The entry with what its tokens are.</summary>
    public static SecretEntry Jwt(SecretEntry entry, YamlMap map)
    {
        TokenLife life = LifeOf(map);
        return entry with
        {
            Tokens = life, Length = Number(map.Text("length")) ?? 64, Overlap = entry.Overlap ?? life.Longest,
            Alphabet = map.Text("alphabet") is { } alphabet ? SecretsBinder.AlphabetOf(alphabet) : entry.Alphabet,
        };
    }

    /// <summary>How long what is signed is valid.</summary>
    public static TokenLife LifeOf(YamlMap map) => new(Span(map.Text("lifetime")) ?? TimeSpan.Zero, Span(map.Text("refresh")),
        Span(map.Text("skew")) ?? UsualSkew);

    /// <summary>The entry with where its keys are kept.</summary>
    public static SecretEntry ApiKey(SecretEntry entry, YamlMap map, Func<string?, string?> fullPath)
    {
        var usage = map["usage"] as YamlMap;
        var proof = map["proof"] as YamlMap;
        return entry with
        {
            Length = Number(map.Text("length")) ?? 40,
            Proof = proof is null ? new ValueProof { Kind = "none" }
                : new ValueProof { Kind = "http", Url = proof.Text("url"), Header = proof.Text("header") },
            ApiKey = new ApiKeySettings
            {
                KeyName = map.Text("name") ?? entry.Name, Prefix = map.Text("prefix") ?? "", IsList = map.Text("list") == True,
                Http = Http(map["http"] as YamlMap, fullPath), Command = Command(map["command"] as YamlMap),
                Table = Table(map["table"] as YamlMap), UsageServices = Texts(usage?["services"]), UsageText = usage?.Text("text"),
                UsageFor = Span(usage?.Text("for")) ?? TimeSpan.FromHours(24),
            },
        };
    }

    /// <summary>Further uses that a use stands for: the variable that it names as its previous one.</summary>
    public static IEnumerable<SecretUse> WithPrevious(SecretUse use) => use.Previous is not { } previous ? [use]
        : [use, use with { Key = previous, Previous = null, IsPrevious = true }];

    /// <summary>What a place holds.</summary>
    public static SecretForm FormOf(string? text) => text switch
    {
        "list" => SecretForm.List,
        "json" => SecretForm.Json,
        _ => SecretForm.Value,
    };

    private static ApiKeyEndpoint? Http(YamlMap? map, Func<string?, string?> fullPath) => map is null ? null
        : new ApiKeyEndpoint(map.Text("url")!, map.Text("revoke") ?? map.Text("url")!.TrimEnd('/') + "/{id}", map.Text("by") ?? "DELETE",
            new SecretReference(map.Text("token")!, fullPath(".")!), Fields(map));

    private static ApiKeyCommand? Command(YamlMap? map) => map is null ? null
        : new ApiKeyCommand(map.Text("service")!, Texts(map["create"]), Texts(map["list"]), Texts(map["revoke"]), Fields(map));

    private static ApiKeyFields Fields(YamlMap map) => new(map.Text("key") ?? "key", map.Text("id") ?? "id", map.Text("name") ?? "name",
        map.Text("created") ?? "created", map.Text("revoked") ?? "revoked", map.Text("items") ?? "");

    private static ApiKeyTable? Table(YamlMap? map)
    {
        if (map is null) return null;
        var revoked = (YamlMap)map["revoked"]!;
        string value = revoked.Text("value")!;
        return new ApiKeyTable
        {
            Database = map.Text("database")!, Name = map.Text("name")!, Id = map.Text("id") ?? "id", Key = map.Text("key") ?? "name",
            Hash = map.Text("hash")!, Algorithm = map.Text("algorithm") ?? "sha256", Revoked = revoked.Text("column")!, Value = value,
            Active = revoked.Text("active") ?? value switch { True => False, False => True, _ => null },
            Created = map.Text("created"),
            Columns = ((map["columns"] as YamlMap)?.Entries ?? []).Where(e => e.Value is YamlText)
                .ToDictionary(e => e.Key.Value, e => ((YamlText)e.Value).Value, StringComparer.Ordinal),
        };
    }

    private static IReadOnlyList<string> Texts(YamlItem? item) =>
        [.. ((item as YamlList)?.Items ?? []).OfType<YamlText>().Select(t => t.Value)];

    private static int? Number(string? text) => text is null ? null : int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);

    private static TimeSpan? Span(string? text) => text is not null && DurationText.TryParse(text, out TimeSpan span) ? span : null;
}
