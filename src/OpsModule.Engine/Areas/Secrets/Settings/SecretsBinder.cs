using System.Globalization;
using OpsModule.Connections.Vaults;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Foundations.Text;
using OpsModule.Foundations.Yaml;

namespace OpsModule.Engine.Areas.Secrets.Settings;

/// <summary>Makes entries of a section that has passed all checks.</summary>
internal static class SecretsBinder
{
    /// <summary>One entry.</summary>
    public static SecretEntry Bind(string name, YamlMap map, Func<string?, string?> fullPath)
    {
        var entry = new SecretEntry
        {
            Name = name, Kind = KindOf(map), Every = Span(map.Text("every")), Overlap = Span(map.Text("overlap")),
            Uses = [.. ((map["uses"] as YamlList)?.Items ?? []).OfType<YamlMap>().Select(u => Use(u, fullPath))
                .SelectMany(KeysBinder.WithPrevious)],
            PgBouncer = PgBouncer(map["pgbouncer"] as YamlMap, fullPath), Sentry = Sentry(map["sentry"] as YamlMap, fullPath),
        };
        YamlMap? of(string key) => map[key] as YamlMap;
        return entry.Kind switch
        {
            SecretKind.Postgres => entry with
            {
                Database = of("postgres")!.Text("database"), Logins = Texts(of("postgres")!["logins"]),
                    Owner = of("postgres")!.Text("owner"),
            },
            SecretKind.Redis => entry with
            {
                Cache = of("redis")!.Text("cache"), Logins = of("redis")!.Text("user") is { } user ? [user] : [],
            },
            SecretKind.Random => entry with
            {
                Length = Number(of("random")?.Text("length")) ?? entry.Length,
                Alphabet = of("random")?.Text("alphabet") is { } alphabet ? AlphabetOf(alphabet) : entry.Alphabet,
            },
            SecretKind.Jwt => KeysBinder.Jwt(entry, of("jwt")!),
            SecretKind.ApiKey => KeysBinder.ApiKey(entry, of("apiKey")!, fullPath),
            _ => entry with { Proof = Proof(of("value")) ?? (entry.Sentry is null ? null : new ValueProof { Kind = "sentry" }) },
        };
    }

    /// <summary>The characters that a name of <c>alphabet:</c> means, or the characters themselves.</summary>
    public static string AlphabetOf(string written) => written.ToLowerInvariant() switch
    {
        "letters-and-digits" => SecretAlphabets.LettersAndDigits,
        "hex" => SecretAlphabets.Hex,
        "base64url" => SecretAlphabets.Base64Url,
        _ => written,
    };

    private static SecretKind KindOf(YamlMap map) => map.Has("postgres") ? SecretKind.Postgres : map.Has("redis") ? SecretKind.Redis
        : map.Has("random") ? SecretKind.Random : map.Has("jwt") ? SecretKind.Jwt : map.Has("apiKey") ? SecretKind.ApiKey
        : SecretKind.Value;

    private static SecretUse Use(YamlMap map, Func<string?, string?> fullPath) => new()
    {
        File = fullPath(map.Text("file")), FileAsWritten = map.Text("file"), Key = map.Text("key"), In = map.Text("in"),
        Build = map.Text("build") == "true", Service = map.Text("service"), Services = Texts(map["services"]), Secret = map.Text("secret"),
        Previous = map.Text("previous"), Form = KeysBinder.FormOf(map.Text("form")),
    };

    private static PgBouncerUse? PgBouncer(YamlMap? map, Func<string?, string?> fullPath) => map is null ? null
        : new PgBouncerUse(fullPath(map.Text("userlist"))!, map.Text("service"), map.Text("host") is not { } host ? null
            : new PgBouncerAdmin(host, Number(map.Text("port")) ?? 6432, map.Text("user") ?? "pgbouncer",
                map.Text("password") is { } password ? new SecretReference(password, fullPath(".")!) : null));

    private static SentryAdmin? Sentry(YamlMap? map, Func<string?, string?> fullPath) => map is null ? null
        : new SentryAdmin(map.Text("url") ?? "https://sentry.io", map.Text("org")!, map.Text("project")!,
            new SecretReference(map.Text("token")!, fullPath(".")!));

    private static ValueProof? Proof(YamlMap? map) => map is null ? null : new ValueProof
    {
        Kind = map.Text("proof")!, Url = map.Text("url"), Header = map.Text("header"), Store = map.Text("store"), User = map.Text("user"),
    };

    private static IReadOnlyList<string> Texts(YamlItem? item) =>
        [.. ((item as YamlList)?.Items ?? []).OfType<YamlText>().Select(t => t.Value)];

    private static int? Number(string? text) => text is null ? null : int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);

    private static TimeSpan? Span(string? text) => text is not null && DurationText.TryParse(text, out TimeSpan span) ? span : null;
}
