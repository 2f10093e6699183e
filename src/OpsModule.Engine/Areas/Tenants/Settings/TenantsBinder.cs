using System.Globalization;
using OpsModule.Connections.Vaults;
using OpsModule.Engine.Areas.Tenants.Contract;
using OpsModule.Foundations.Text;
using OpsModule.Foundations.Yaml;

namespace OpsModule.Engine.Areas.Tenants.Settings;

/// <summary>Makes settings of a section that has passed all checks.</summary>
internal static class TenantsBinder
{
    /// <summary>The whole section.</summary>
    public static TenantSettings Bind(YamlMap map, Func<string?, string?> fullPath)
    {
        var cut = map["suspend"] as YamlMap;
        var settings = new TenantSettings
        {
            Names = Texts(map["names"]), Others = Texts(map["others"]), Flag = Flag(cut?["flag"] as YamlMap), Schema = cut?.Text("schema"),
            Endpoints = Endpoints(cut?["endpoints"], fullPath), Queues = Endpoints(cut?["queues"], fullPath),
            Sessions = [.. Maps(cut?["sessions"]).Select(m => new TenantSessions(m.Text("database")!, m.Text("user"),
                m.Text("application")))],
            Keys = [.. Maps(cut?["keys"]).Select(m => new TenantKeys(m.Text("secret")!, m.Text("column")!))],
            Caches = [.. Maps(cut?["caches"]).Select(m => new TenantCache(m.Text("cache")!, m.Text("prefix")!))],
            Proofs = [.. Maps(map["proof"]).Select(m => Proof(m, fullPath))],
        };
        return map.Text("within") is { } text && DurationText.TryParse(text, out TimeSpan within) ? settings with { Within = within }
            : settings;
    }

    /// <summary>A table as it is written, with its schema.</summary>
    public static (string Schema, string Table) TableOf(string written) =>
        written.IndexOf('.') is > 0 and var dot ? (written[..dot], written[(dot + 1)..]) : ("public", written);

    private static TenantFlag? Flag(YamlMap? map)
    {
        if (map is null) return null;
        (string schema, string table) = TableOf(map.Text("table")!);
        return new TenantFlag(map.Text("database")!, schema, table, map.Text("key")!, map.Text("column")!, map.Text("suspended") == "true");
    }

    private static IReadOnlyList<TenantEndpoint> Endpoints(YamlItem? list, Func<string?, string?> fullPath) => [.. Maps(list).Select(m =>
        new TenantEndpoint
        {
            Name = m.Text("name")!, Service = m.Text("service"), Method = m.Text("method") ?? "POST", Suspend = m.Text("suspend")!,
            Resume = m.Text("resume")!, Body = m.Text("body"), ResumeBody = m.Text("resumeBody"), Header = m.Text("header"),
            Token = m.Text("token") is { } token ? new SecretReference(token, fullPath(".")!) : null,
            Check = m.Text("check"), Json = m.Text("json"), Value = m.Text("value") ?? "true",
        })];

    private static TenantProof Proof(YamlMap map, Func<string?, string?> fullPath)
    {
        int[] refused = [.. Texts(map["refused"]).Select(t => int.Parse(t, NumberStyles.None, CultureInfo.InvariantCulture))];
        return new TenantProof
        {
            Name = map.Text("name")!, Service = map.Text("service"), Method = map.Text("method") ?? "GET",
            Request = map.Text("request")!, Header = map.Text("header"), Token = map.Text("token"), Directory = fullPath(".")!,
            Body = map.Text("body"), Refused = refused.Length == 0 ? [401, 403] : refused,
        };
    }

    private static IEnumerable<YamlMap> Maps(YamlItem? item) => ((item as YamlList)?.Items ?? []).OfType<YamlMap>();

    private static IReadOnlyList<string> Texts(YamlItem? item) =>
        [.. ((item as YamlList)?.Items ?? []).OfType<YamlText>().Select(t => t.Value)];
}
