using OpsModule.Engine.Environments;
using OpsModule.Foundations.Names;
using OpsModule.Foundations.Yaml;

namespace OpsModule.Engine.Areas.Tenants.Settings;

/// <summary>What no single key's shape can say of <c>tenants:</c>.</summary>
/// <param name="findings">Takes what is wrong.</param>
internal sealed class TenantsChecks(FindingList findings)
{
    private const string Cut = TenantsShape.Key + ".suspend", Instance = "{instance}";

    private static readonly string[] Parts = ["flag", "schema", "endpoints", "queues", "sessions", "keys", "caches"];

    /// <summary>Looks at the section alone.</summary>
    public void Check(YamlMap section)
    {
        if (section["suspend"] is not YamlMap cut) return; // the shape says it
        if (!Parts.Any(cut.Has))
            findings.Error("MissingKey", cut, Cut, $"{Cut} does not say what cuts a tenant off.", "at least one of " + string.Join(", ",
                Parts));
        bool tells = cut.Has("flag") || cut.Has("schema") || section.Has("names")
            || Maps(cut["endpoints"]).Concat(Maps(cut["queues"])).Any(e => e.Has("check"));
        if (!tells)
            findings.Error("MissingKey", section, TenantsShape.Key + ".names",
                "Nothing says which tenants there are: a name that was mistyped would be suspended without a word.",
                "names, or one of suspend.flag, suspend.schema, and an endpoint with a check");
        foreach (string list in new[] { "endpoints", "queues" }) CheckEndpoints(cut, list);
        foreach ((int i, YamlMap entry) in Numbered(cut["sessions"]))
        {
            if (entry.Has("user") == entry.Has("application"))
                findings.Error(entry.Has("user") ? "KeyConflict" : "MissingKey", entry, $"{Cut}.sessions[{i}]",
                    $"{Cut}.sessions[{i}] {(entry.Has("user") ? "says in two ways" : "does not say")} whose sessions are ended.",
                    "exactly one of user, application");
            foreach (string key in new[] { "user", "application" }) HasTenant(entry, key, $"{Cut}.sessions[{i}]");
        }
        foreach ((int i, YamlMap entry) in Numbered(cut["caches"])) CheckPrefix(entry, $"{Cut}.caches[{i}]");
        if (cut["flag"] is YamlMap flag && flag["table"] is YamlText { IsNull: false } table
            && TenantsBinder.TableOf(table.Value) is var name && (name.Table.Length == 0 || name.Table.Contains('.')))
            findings.Error("BadValue", table, Cut + ".flag.table", $"'{table.Value}' is no table.", "a table, or schema.table");
        foreach ((int i, YamlMap proof) in Numbered(section["proof"])) CheckProof(proof, $"{TenantsShape.Key}.proof[{i}]");
    }

    /// <summary>Looks at the names of other sections that it says.</summary>
    public void CheckNames(YamlMap section, YamlMap root)
    {
        if (section["suspend"] is not YamlMap cut) return;
        var databases = root["databases"] as YamlMap;
        Named(cut["flag"] as YamlMap, "database", Cut + ".flag.database", databases, "databases");
        Named(cut, "schema", Cut + ".schema", databases, "databases");
        if (cut["schema"] is YamlText { IsNull: false } schema
            && databases?.Entries.FirstOrDefault(e => e.Key.Value.Equals(schema.Value,
            StringComparison.OrdinalIgnoreCase))?.Value is YamlMap of
            && !of.Has("tenantSchema"))
            findings.Error("MissingKey", schema, $"databases.{schema.Value}.tenantSchema",
                $"{Cut}.schema is {schema.Value}, which does not say how its tenants' schemas are called.",
                "tenantSchema: \"tenant_{tenant}\"");
        foreach ((int i, YamlMap entry) in Numbered(cut["sessions"]))
            Named(entry, "database", $"{Cut}.sessions[{i}].database", databases, "databases");
        foreach ((int i, YamlMap entry) in Numbered(cut["keys"]))
        {
            var secrets = root["secrets"] as YamlMap;
            Named(entry, "secret", $"{Cut}.keys[{i}].secret", secrets, "secrets");
            if (entry["secret"] is YamlText { IsNull: false, Value: var name } written && secrets?.Entries.FirstOrDefault(e =>
                e.Key.Value.Equals(name, StringComparison.OrdinalIgnoreCase))?.Value is { } secret
                && ((secret as YamlMap)?["apiKey"] as YamlMap)?["table"] is not YamlMap)
                findings.Error("BadValue", written, $"{Cut}.keys[{i}].secret", $"The keys of {name} are not kept in a table: nothing tells "
                    + "whose they are.", "a secret with apiKey: { table: ... }; or an endpoint that suspends a tenant's keys");
        }
        foreach ((int i, YamlMap entry) in Numbered(cut["caches"]))
            Named(entry, "cache", $"{Cut}.caches[{i}].cache", root["caches"] as YamlMap, "caches");
    }

    private void CheckEndpoints(YamlMap cut, string list)
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach ((int i, YamlMap entry) in Numbered(cut[list]))
        {
            string at = $"{Cut}.{list}[{i}]";
            if (entry["name"] is YamlText { IsNull: false } name && !seen.Add(name.Value))
                findings.Error("DuplicateKey", name, at + ".name", $"'{name.Value}' is the name of two.", "a name of its own for each");
            foreach (string key in new[] { "suspend", "resume", "check" }) Address(entry, key, at, tenant: key == "check"
                || !entry.Has("body"));
            if (entry.Has("body") && entry.Text("body")?.Contains(TenantName.Place, StringComparison.Ordinal) is false
                && entry.Text("suspend")?.Contains(TenantName.Place, StringComparison.Ordinal) is false)
                findings.Error("BadValue", entry["body"], at + ".body", $"Neither {at}.suspend nor its body says which tenant is meant.",
                    "{tenant} in one of them");
            if (entry.Has("body") && entry.Text("resume")?.Contains(TenantName.Place, StringComparison.Ordinal) is false
                && entry.Text("resumeBody")?.Contains(TenantName.Place, StringComparison.Ordinal) is not true)
                findings.Error("BadValue", entry["resume"], at + ".resume", $"Neither {at}.resume nor its resumeBody says which tenant is "
                    + "meant.", "{tenant} in one of them");
            if (entry.Has("check") != entry.Has("json"))
                findings.Error("MissingKey", entry, $"{at}.{(entry.Has("check") ? "json" : "check")}",
                    $"{at} has one of check and json, and needs both.", "both, or none");
            if (entry.Has("header") != entry.Has("token"))
                findings.Error("MissingKey", entry, $"{at}.{(entry.Has("header") ? "token" : "header")}",
                    $"{at} has one of header and token, and needs both.", "both, or none");
        }
    }

    private void CheckProof(YamlMap proof, string at)
    {
        Address(proof, "request", at, tenant: false);
        bool carries = proof.Has("header") || proof.Text("body")?.Contains("{token}", StringComparison.Ordinal) is true;
        if (carries != proof.Has("token"))
            findings.Error("MissingKey", proof, $"{at}.{(carries ? "token" : "header")}",
                $"{at} {(carries ? "carries a token, and does not say which" : "has a token that nothing carries")}.",
                "token with header, or with {token} in body");
        bool says = new[] { "token", "body", "request" }.Any(k => proof.Text(k)?.Contains(TenantName.Place,
            StringComparison.Ordinal) is true);
        if (!says)
            findings.Error("BadValue", proof, at, $"{at} asks the same for every tenant: it would prove nothing of one.",
                "{tenant} in token, body or request");
        if (proof["token"] is YamlText { IsNull: false } token && !token.Value.StartsWith("env:", StringComparison.Ordinal)
            && !token.Value.StartsWith("file:", StringComparison.Ordinal))
            findings.Error("SecretReferenceBad", token, at + ".token", $"{at}.token is no reference that can be made for each tenant.",
                TenantsShape.TokenExpected);
    }

    private void Address(YamlMap map, string key, string at, bool tenant)
    {
        if (map[key] is not YamlText { IsNull: false, Value.Length: > 0 } text) return;
        string filled = text.Value.Replace(Instance, "127.0.0.1", StringComparison.Ordinal)
            .Replace(TenantName.Place, "t", StringComparison.Ordinal);
        if (!HttpTargets.TryParse(filled, out Uri? url) || url.UserInfo.Length > 0
            || (text.Value.Contains(Instance, StringComparison.Ordinal) && !IsHost(text.Value)))
            findings.Error("BadValue", text, $"{at}.{key}", $"{at}.{key} is no address that can be asked.", TenantsShape.AddressExpected);
        else if (tenant && !text.Value.Contains(TenantName.Place, StringComparison.Ordinal))
            findings.Error("BadValue", text, $"{at}.{key}", $"{at}.{key} does not say which tenant is meant.",
                TenantsShape.AddressExpected);
        else if (text.Value.Contains(Instance, StringComparison.Ordinal) && !map.Has("service"))
            findings.Error("MissingKey", map, at + ".service", $"{at}.{key} is of each instance, and {at} does not say of which service.",
                "service: its name");
    }

    private static bool IsHost(string address) => address.StartsWith("http://" + Instance, StringComparison.Ordinal)
        || address.StartsWith("https://" + Instance, StringComparison.Ordinal);

    /// <summary>With no separator behind it the keys of tenant a1 would go with those of tenant a.</summary>
    private void CheckPrefix(YamlMap entry, string at)
    {
        if (entry["prefix"] is not YamlText { IsNull: false, Value.Length: > 0 } prefix) return;
        int place = prefix.Value.IndexOf(TenantName.Place, StringComparison.Ordinal);
        char? next = place < 0 ? null : prefix.Value.ElementAtOrDefault(place + TenantName.Place.Length);
        if (next is null or '\0' or '.' or '_' or '-' || char.IsLetterOrDigit(next.Value))
            findings.Error("BadValue", prefix, at + ".prefix", place < 0 ? $"{at}.prefix is the same for every tenant."
                : $"{at}.prefix of one tenant would also be that of another one, whose name begins with the first one's.",
                "{tenant} and behind it what no name has, such as t:{tenant}:");
    }

    private void HasTenant(YamlMap entry, string key, string at)
    {
        if (entry[key] is YamlText { IsNull: false, Value.Length: > 0 } text && !text.Value.Contains(TenantName.Place,
            StringComparison.Ordinal))
            findings.Error("BadValue", text, $"{at}.{key}", $"{at}.{key} is the same for every tenant.", "a text with {tenant}");
    }

    private void Named(YamlMap? section, string key, string path, YamlMap? there, string where)
    {
        if (section?[key] is not YamlText { IsNull: false, Value.Length: > 0 } name) return;
        string[] known = [.. (there?.Entries ?? []).Select(e => e.Key.Value)];
        if (known.Contains(name.Value, StringComparer.OrdinalIgnoreCase)) return;
        findings.Error("UnknownName", name, path, $"{where} has no '{name.Value}'.",
            known.Length == 0 ? $"a section {where} with it" : "one of " + string.Join(", ", known), NearestName.Of(name.Value, known));
    }

    private static IEnumerable<(int Number, YamlMap Map)> Numbered(YamlItem? item) => Maps(item).Select((map, i) => (i, map));

    private static IEnumerable<YamlMap> Maps(YamlItem? item) => ((item as YamlList)?.Items ?? []).OfType<YamlMap>();
}
