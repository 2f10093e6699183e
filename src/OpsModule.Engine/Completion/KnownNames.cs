using OpsModule.Connections.Platforms.Compose;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Attacks;
using OpsModule.Engine.Areas.Attacks.Rules;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Areas.Rollouts.Proxies;
using OpsModule.Engine.Areas.Schedules;
using OpsModule.Engine.Areas.Secrets.Settings;
using OpsModule.Engine.Areas.Tenants.Contract;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Procedures.Sets;
using OpsModule.Foundations.Names;
using OpsModule.Foundations.Yaml;

namespace OpsModule.Engine.Completion;

/// <summary>
/// The names of an environment, as far as its file, its state folder and folders of this machine tell them: for who types. No server is asked, no
/// store but a folder is looked into, and no secret is read.
/// </summary>
/// <param name="environment">The environment.</param>
public sealed class KnownNames(OpsEnvironment environment)
{
    private const string TenantMark = "/tenant/";

    /// <summary>Databases.</summary>
    public IEnumerable<KnownName> Databases => environment.Databases.Values.Select(d => new KnownName(d.Name, $"database {d.Database} at {d.Service ?? d.Host ?? "this machine"}"))
        .Concat(KnownBackups.Of(environment, kinds: [BackupKind.Database]).Select(b => b.Subject.Name).Distinct().Where(n => !environment.Databases.ContainsKey(n)).Select(n => new KnownName(n, "has backups, and is no longer in the environment file")));

    /// <summary>Caches.</summary>
    public IEnumerable<KnownName> Caches =>
        environment.Caches.Values.Select(c => new KnownName(c.Name, $"cache at {c.Service ?? c.Host ?? "this machine"}"));

    /// <summary>Stores of backups.</summary>
    public IEnumerable<KnownName> Stores => environment.Backups.Stores.Values.Select(s => new KnownName(s.Name, $"{s}"));

    /// <summary>Receivers of alerts.</summary>
    public IEnumerable<KnownName> Receivers => environment.Alerts.Receivers.Values.Select(r => new KnownName(r.Name, "receiver of alerts"));

    /// <summary>Certificates.</summary>
    public IEnumerable<KnownName> Certificates => environment.Certificates.Values.Select(c => new KnownName(c.Name, $"at {c.Endpoint}"));

    /// <summary>Proxies before services.</summary>
    public IEnumerable<KnownName> Proxies => environment.Section<ProxiesSettings>().Entries.Values.Select(p => new KnownName(p.Name, $"{p.Kind}"));

    /// <summary>Secrets that can be rotated.</summary>
    public IEnumerable<KnownName> Secrets => environment.Section<SecretsSettings>().Entries.Values.Select(s => new KnownName(s.Name,
        $"{s.Kind}"));

    /// <summary>Secrets that are keys of an API.</summary>
    public IEnumerable<KnownName> ApiKeySecrets => environment.Section<SecretsSettings>().Entries.Values.Where(s => s.ApiKey is not null)
        .Select(s => new KnownName(s.Name, $"keys {s.ApiKey!.KeyName}"));

    /// <summary>Entries of the schedule.</summary>
    public IEnumerable<KnownName> Schedules =>
        environment.Section<ScheduleSettings>().Entries.Values.Select(s => new KnownName(s.Name, $"at {s.At}, UTC"));

    /// <summary>Checks and groups of checks.</summary>
    public IEnumerable<KnownName> Checks => environment.Checks.Keys.Select(n => new KnownName(n, "of the environment file"))
        .Concat(HealthPlan.Known.Select(n => new KnownName(n, "check")))
        .Concat(HealthPlan.Known.Select(n => n.Split('.')[0]).Distinct().Append("checks").Select(g => new KnownName(g, "group of checks")));

    /// <summary>Services of the environment file and of the compose file.</summary>
    public IEnumerable<KnownName> Services => environment.Services.Keys.Concat(environment.Databases.Values.Select(d => d.Service)).Concat(environment.Caches.Values.Select(c => c.Service))
        .Concat(ComposeProject.NamesOf(environment.Platform))
        .OfType<string>().Select(n => new KnownName(n, "service"));

    /// <summary>Volumes that the compose file names, as the engine calls them.</summary>
    public IEnumerable<KnownName> Volumes
    {
        get
        {
            if (environment.Platform.ComposeFile is not { } file || !File.Exists(file)) return [];
            string project = ComposeProject.Read(environment.Platform).Name;
            return YamlTree.Read(File.ReadAllText(file)) is YamlMap root && root["volumes"] is YamlMap volumes
                ? volumes.Entries.Select(v => new KnownName((v.Value as YamlMap)?["name"] is YamlText named ? named.Value : $"{project}_{v.Key.Value}", $"volume {v.Key.Value} of the compose file")) : [];
        }
    }

    /// <summary>Rules for attacks, and rate rules where they are asked for.</summary>
    public IEnumerable<KnownName> Rules => RuleBook.All(environment.Attacks.Rules) is var book
        ? book.Rules.Select(r => new KnownName(r.Id, $"{r.Category}")).Concat(book.Rates.Select(r => new KnownName(r.Id, "rate rule"))) : [];

    /// <summary>Ids of changes, the newest first.</summary>
    public IEnumerable<KnownName> Changes => KnownChanges.Of(environment).Select(c =>
        new KnownName(c.Change, $"{c.Action} of {c.Target} at {c.Time}"));

    /// <summary>Cmdlets that have changed something.</summary>
    public IEnumerable<KnownName> Actions => KnownChanges.Of(environment).GroupBy(c => c.Action).Select(a => new KnownName(a.Key, $"last at {a.First().Time}"));

    /// <summary>What was changed.</summary>
    public IEnumerable<KnownName> Targets => KnownChanges.Of(environment).GroupBy(c => c.Target).Select(t => new KnownName(t.Key, $"{t.First().Action}, last at {t.First().Time}"));

    /// <summary>Restores that the journal tells of, the newest first. Whether something of them is still kept, only the server knows.</summary>
    public IEnumerable<KnownName> Restores => KnownChanges.Of(environment).Where(c => c.Action is "Restore-OpsDatabase" or "Undo-OpsRestore").Select(c => new KnownName(c.Change, $"{c.Target}, {c.Action} at {c.Time}"));

    /// <summary>Tenants that have backups in folders of this machine, or that something was done to.</summary>
    /// <param name="databases">Only those of these databases; null for all.</param>
    public IEnumerable<KnownName> Tenants(IReadOnlyCollection<string>? databases) =>
        KnownBackups.Of(environment).Where(b => IsOf(databases, b.Subject.Name)).Select(b => b.Subject.Tenant)
        .Concat(KnownChanges.Of(environment).Select(c => c.Target).Where(t => t.StartsWith("database/", StringComparison.Ordinal) && t.Contains(TenantMark, StringComparison.Ordinal) && IsOf(databases, t["database/".Length..t.IndexOf(TenantMark, StringComparison.Ordinal)]))
            .Select(t => t[(t.IndexOf(TenantMark, StringComparison.Ordinal) + TenantMark.Length)..]))
        .Concat(environment.Section<TenantSettings>().Names)
        .OfType<string>().Distinct().Order(StringComparer.OrdinalIgnoreCase).Select(t => new KnownName(t, "tenant"));

    /// <summary>Ids of sets of backups in folders of this machine, newest first.</summary>
    public IEnumerable<KnownName> BackupSets => environment.Backups.Stores.Values.Where(s => s.Path is not null)
        .Select(s => (s.Name, Folder: Path.Combine(s.Path!, SetFile.Prefix(environment.Name)))).Where(s => Directory.Exists(s.Folder))
        .SelectMany(s => Directory.EnumerateFiles(s.Folder, "*.json").Select(f => (s.Name, Id: SetFile.IdOf("/" + Path.GetFileName(f)))))
        .Where(s => s.Id is not null).GroupBy(s => s.Id!).OrderByDescending(g => g.Key, StringComparer.Ordinal)
        .Select(g => new KnownName(g.Key, $"set in {string.Join(", ", g.Select(s => s.Name))}"));

    /// <summary>Ids of backups in folders of this machine, newest first.</summary>
    /// <param name="kinds">Only those of these kinds; null for all.</param>
    /// <param name="databases">Only those of these names; null for all.</param>
    /// <param name="tenants">Only those of these tenants; null for all.</param>
    /// <param name="stores">Only those in these stores; null for all.</param>
    public IEnumerable<KnownName> Backups(IReadOnlyList<BackupKind>? kinds, IReadOnlyCollection<string>? databases,
        IReadOnlyCollection<string>? tenants, IReadOnlyCollection<string>? stores) =>
        KnownBackups.Ids(environment, stores, kinds, (name, tenant) => IsOf(databases, name)
            && (tenants is null || (tenant is not null && IsOf(tenants, tenant))));

    private static bool IsOf(IReadOnlyCollection<string>? written, string name) =>
        written is null || written.Any(w => w.Equals(name, StringComparison.OrdinalIgnoreCase) || (NamePattern.HasWildcard(w) && NamePattern.IsMatch(w, name)));
}
