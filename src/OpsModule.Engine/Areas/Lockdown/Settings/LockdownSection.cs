using OpsModule.Engine.Environments;
using OpsModule.Foundations.Names;
using OpsModule.Foundations.Text;
using OpsModule.Foundations.Yaml;

namespace OpsModule.Engine.Areas.Lockdown.Settings;

/// <summary>The section <c>lockdown:</c> of the environment file.</summary>
internal sealed class LockdownSection : EnvironmentSection
{
    private const string Key = "lockdown";

    private static readonly ScalarShape Name = new(ScalarKind.Name, "a name"), Text = new(ScalarKind.Text, "a text"),
        Truth = new(ScalarKind.Boolean, "true or false"), Span = new(ScalarKind.Duration, DurationText.Expected);

    public override Setting Setting { get; } = new(Key, new SectionShape(
        new Setting("evidence", new SectionShape(
            new Setting("store", Name, "The store that it lies in, by its name under backups.stores.") { Default = "the first one" },
            new Setting("since", Span, "How far back logs are kept.") { Default = "24h" },
            new Setting("services", new ListShape(Name), "The services whose logs are kept.") { Default = "all" }),
            "What is kept before anything is done, encrypted to backups.encryption.recipients."),
        new Setting("keys", Truth, "Whether all API keys are revoked.") { Default = "false" },
        new Setting("secrets", new ListShape(Name), "The secrets that sessions are made with, by their names under secrets, which are "
            + "rotated."),
        new Setting("sessions", new ListShape(new SectionShape(
            new Setting("database", Name, "A database, by its name under databases."),
            new Setting("user", Text, "The login whose sessions are ended there."),
            new Setting("cache", Name, "A cache, by its name under caches, in place of a database."),
            new Setting("prefix", Text, "What the keys of its sessions begin with."))),
            "Sessions that are ended."),
        new Setting("emergencyKeys", Truth, "Whether keys are issued for those who cannot be without one.") { Default = "false" },
        new Setting("receivers", new ListShape(Name), "Who is told, by their names under alerts.receivers.") { Default = "all" }),
        "What Invoke-OpsSecurityLockdown does.");

    public override void Check(YamlMap? section, FindingList findings)
    {
        int number = 0;
        foreach (YamlMap entry in Maps(section?["sessions"]))
        {
            string at = $"{Key}.sessions[{number++}]";
            // An empty prefix would be every key.
            bool isDatabase = Says(entry, "database") && Says(entry, "user") && !entry.Has("cache") && !entry.Has("prefix");
            bool isCache = Says(entry, "cache") && Says(entry, "prefix") && !entry.Has("database") && !entry.Has("user");
            if (!isDatabase && !isCache)
                findings.Error("MissingKey", entry, at, $"{at} does not say whose sessions are ended.",
                    "database and user, or cache and prefix");
        }
    }

    public override void CheckWithin(YamlMap root, FindingList findings)
    {
        if (root[Key] is not YamlMap section) return;
        Named((section["evidence"] as YamlMap)?["store"], Key + ".evidence.store", (root["backups"] as YamlMap)?["stores"],
            "backups.stores",
            findings);
        foreach (YamlItem secret in Items(section["secrets"])) Named(secret, Key + ".secrets", root["secrets"], "secrets", findings);
        bool hasKeys = (root["secrets"] as YamlMap)?.Entries.Any(e => e.Value is YamlMap secret && secret.Has("apiKey")) is true;
        foreach (string key in new[] { "keys", "emergencyKeys" })
            if (!hasKeys && section.Text(key) == "true")
                findings.Error("MissingKey", section[key], $"{Key}.{key}", $"{Key}.{key} is true, and secrets declares no keys of an API.",
                    "a secret with apiKey that says where they are kept");
        foreach (YamlMap entry in Maps(section["sessions"]))
        {
            Named(entry["database"], Key + ".sessions", root["databases"], "databases", findings);
            Named(entry["cache"], Key + ".sessions", root["caches"], "caches", findings);
        }
        foreach (YamlItem receiver in Items(section["receivers"]))
            Named(receiver, Key + ".receivers", (root["alerts"] as YamlMap)?["receivers"], "alerts.receivers", findings);
    }

    public override object Bind(YamlMap? section, Func<string?, string?> fullPath)
    {
        if (section is null) return new LockdownSettings();
        var evidence = section["evidence"] as YamlMap;
        var settings = new LockdownSettings
        {
            IsDeclared = true, Store = evidence?.Text("store"), Services = Texts(evidence?["services"]),
                Keys = section.Text("keys") == "true",
            Secrets = Texts(section["secrets"]), EmergencyKeys = section.Text("emergencyKeys") == "true",
            Receivers = Texts(section["receivers"]),
            Sessions = [.. Maps(section["sessions"]).Select(m => new LockdownSessions(m.Text("database"), m.Text("user"), m.Text("cache"),
                m.Text("prefix")))],
        };
        return evidence?.Text("since") is { } text && DurationText.TryParse(text, out TimeSpan since) ? settings with { Since = since }
            : settings;
    }

    private static void Named(YamlItem? item, string path, YamlItem? there, string where, FindingList findings)
    {
        if (item is not YamlText { IsNull: false, Value.Length: > 0 } name) return;
        string[] known = [.. ((there as YamlMap)?.Entries ?? []).Select(e => e.Key.Value)];
        if (known.Contains(name.Value, StringComparer.OrdinalIgnoreCase)) return;
        findings.Error("UnknownName", name, path, $"{where} has no '{name.Value}'.",
            known.Length == 0 ? $"a section {where} with it" : "one of " + string.Join(", ", known), NearestName.Of(name.Value, known));
    }

    private static bool Says(YamlMap map, string key) => map.Text(key) is { Length: > 0 };

    private static IReadOnlyList<YamlItem> Items(YamlItem? item) => (item as YamlList)?.Items ?? [];

    private static IEnumerable<YamlMap> Maps(YamlItem? item) => Items(item).OfType<YamlMap>();

    private static IReadOnlyList<string> Texts(YamlItem? item) => [.. Items(item).OfType<YamlText>().Select(t => t.Value)];
}
