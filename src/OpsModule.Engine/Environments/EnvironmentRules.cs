using OpsModule.Engine.Environments.Databases;
using OpsModule.Connections.Vaults;
using OpsModule.Engine.Environments.Retention;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Names;
using OpsModule.Foundations.Yaml;

namespace OpsModule.Engine.Environments;

/// <summary>Rules between keys, which no single key's shape can say.</summary>
internal sealed class EnvironmentRules(FindingList findings, string directory)
{
    private static readonly string[] ReplacedByUrl = ["service", "host", "port", "name", "user", "password"];
    private static readonly string[] OnHost = ["unit", "process", "pidFile"];
    private static readonly string[] OnlyS3 = ["prefix", "endpoint", "region", "accessKey", "secretKey", "pathStyle", "lock"];

    /// <summary>Checks the whole file; parts of a wrong type are skipped, they have their finding already.</summary>
    public void Check(YamlMap root)
    {
        if (root["platform"] is YamlMap { Entries.Count: > 1 } platform)
            findings.Error("PlatformAmbiguous", platform.Entries[1].Key, "platform",
                $"platform names {string.Join(" and ", platform.Entries.Select(e => e.Key.Value))}.", "one of compose, kubernetes or host");
        foreach ((YamlText _, YamlMap service, string path) in Each(root["services"], "services"))
            foreach (YamlEntry more in service.Entries.Where(e => OnHost.Contains(e.Key.Value)).Skip(1))
                findings.Error("KeyConflict", more.Key, $"{path}.{more.Key.Value}", $"{path} says twice what it is on a host.", "one of unit, process or pidFile");
        foreach ((YamlText key, YamlMap database, string path) in Each(root["databases"], "databases")) CheckDatabase(key, database, path);
        foreach ((YamlText key, YamlMap cache, string path) in Each(root["caches"], "caches")) CheckCache(key, cache, path);
        foreach ((YamlText _, YamlMap certificate, string path)
            in Each(root["certificates"], "certificates")) CheckCertificate(certificate, path);
        if (root["backups"] is YamlMap backups)
        {
            foreach ((YamlText key, YamlMap store, string path) in Each(backups["stores"], "backups.stores"))
            {
                CheckStore(key, store, path);
                RetentionShape.Check(store["retention"], path + ".retention", findings);
            }
            RetentionShape.Check(backups["retention"], "backups.retention", findings);
        }
        CheckQueries(root);
        new ClearTextRules(findings).Check(root);
        new HealthRules(findings).Check(root);
        new AlertRules(findings).Check(root);
        foreach (EnvironmentSection section in EnvironmentSection.All)
        {
            section.Check(root[section.Setting.Name] as YamlMap, findings);
            section.CheckWithin(root, findings);
        }
        CheckUrls(root);
    }

    /// <summary>Last, for one may stand in a vault of the file itself, which must be right before anybody is asked.</summary>
    private void CheckUrls(YamlMap root)
    {
        bool isSound = !findings.HasErrors;
        using IDisposable? vaults = isSound ? new EnvironmentBinder(Path.Combine(directory, "ops.yaml")).BindVaults(root) : null;
        foreach ((YamlText _, YamlMap database, string path) in Each(root["databases"], "databases"))
            if (database["url"] is YamlText url && (isSound || !url.Value.StartsWith("vault:", StringComparison.Ordinal)))
                CheckUrl(url, path + ".url");
    }

    /// <summary>In a container certbot's folders are the container's; only that with the certificates is looked at from here.</summary>
    private void CheckCertificate(YamlMap certificate, string path)
    {
        foreach (YamlEntry entry in certificate.Has("certbotService") ? certificate.Entries.Where(e => e.Key.Value is "work" or "logs")
            : [])
            findings.Error("KeyConflict", entry.Key, $"{path}.{entry.Key.Value}",
                $"{path} has certbot in a service, and {entry.Key.Value} is a folder of this machine.",
                    "none: certbot has folders of its own there");
    }

    private void CheckCache(YamlText key, YamlMap cache, string path)
    {
        OneOf(key, cache, path, ["service", "host"], "where the server is");
        if (cache.Text("tls") == "true") return;
        foreach (YamlEntry entry in cache.Entries.Where(e => e.Key.Value is "ca" or "tlsName"))
            findings.Error("KeyConflict", entry.Key, $"{path}.{entry.Key.Value}", $"{path} has {entry.Key.Value}, and does not speak TLS.", "'tls: true' beside it");
    }

    private void CheckDatabase(YamlText key, YamlMap database, string path)
    {
        if (database.Has("ca") && database.Text("sslmode") is { } mode && !mode.StartsWith("verify-", StringComparison.Ordinal))
            findings.Error("KeyConflict", database["sslmode"], path + ".sslmode", $"{path} names certificate authorities, and with sslmode {mode} nobody asks them.", "verify-full or verify-ca");
        if (database["url"] is YamlText url)
        {
            foreach (YamlEntry entry in database.Entries.Where(e => ReplacedByUrl.Contains(e.Key.Value)))
                findings.Error("KeyConflict", entry.Key, $"{path}.{entry.Key.Value}", $"{path} has both url and {entry.Key.Value}.", "either url or the single keys");
            return;
        }
        OneOf(key, database, path, ["service", "host", "url"], "where the server is");
        foreach (string required in new[] { "name", "user" })
        {
            if (!database.Has(required))
                findings.Error("MissingKey", key, $"{path}.{required}", $"{path} does not say the {(required == "name" ? "database's name on the server" : "role to connect as")}.",
                    $"'{required}: ...' in {path}");
        }
    }

    /// <summary>All that is known of such a database is behind the reference, so it is read now.</summary>
    private void CheckUrl(YamlText url, string path)
    {
        if (url.IsNull || url.Value.Length == 0) return;
        try
        {
            if (PostgresUrl.TryParse(new SecretReference(url.Value, directory).Resolve(), out _, out string problem)) return;
            findings.Error("BadUrl", url, path, $"{path} does not lead to a connection URL: {problem}.", "postgres://user:password@host:port/name");
        }
        catch (OpsException e)
        {
            findings.Error(e.ErrorId, url, path, e.Message, "a connection URL such as postgres://user:password@host:port/name behind it");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            findings.Error("SecretNotFound", url, path, $"The secret of {path} cannot be read: {e.Message}");
        }
    }

    private void CheckStore(YamlText key, YamlMap store, string path)
    {
        OneOf(key, store, path, ["path", "s3"], "where the store is");
        if (store.Has("path") && !store.Has("s3"))
        {
            foreach (YamlEntry entry in store.Entries.Where(e => OnlyS3.Contains(e.Key.Value)))
                findings.Error("KeyConflict", entry.Key, $"{path}.{entry.Key.Value}", $"{path} is a folder; '{entry.Key.Value}' belongs to an S3 store.", "s3: BUCKET in place of path, or no such key");
        }
        if (store.Has("accessKey") != store.Has("secretKey"))
            findings.Error("MissingKey", key, path, $"{path} has only one of accessKey and secretKey.", "both, or neither to use the AWS default chain");
    }

    private void CheckQueries(YamlMap root)
    {
        if ((root["drill"] as YamlMap)?["queries"] is not YamlList queries) return;
        List<string> names = Each(root["databases"], "databases").Select(d => d.Key.Value).ToList();
        for (int i = 0; i < queries.Items.Count; i++)
        {
            if ((queries.Items[i] as YamlMap)?["database"] is YamlText { Value: { Length: > 0 } name } at && !names.Contains(name, StringComparer.OrdinalIgnoreCase))
                findings.Error("UnknownDatabase", at, $"drill.queries[{i}].database", $"The file has no database '{name}'.",
                    names.Count == 0 ? "a key of databases" : "one of " + string.Join(", ", names), NearestName.Of(name, names));
        }
    }

    private void OneOf(YamlText key, YamlMap map, string path, string[] keys, string what)
    {
        string[] given = keys.Where(map.Has).ToArray();
        if (given.Length == 1) return;
        findings.Error(given.Length == 0 ? "MissingKey" : "KeyConflict", key, path,
            given.Length == 0 ? $"{path} does not say {what}." : $"{path} says {what} more than once ({string.Join(", ", given)}).",
            "exactly one of " + string.Join(", ", keys));
    }

    /// <summary>The entries of a named section; one with nothing in it counts as an empty section.</summary>
    private static IEnumerable<(YamlText Key, YamlMap Value, string Path)> Each(YamlItem? section, string path)
    {
        foreach (YamlEntry entry in (section as YamlMap)?.Entries ?? [])
        {
            YamlMap? value = entry.Value is YamlText { IsNull: true } ? new YamlMap([], entry.Key.Line, entry.Key.Column) : entry.Value as YamlMap;
            if (value is not null) yield return (entry.Key, value, $"{path}.{entry.Key.Value}");
        }
    }
}
