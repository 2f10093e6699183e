using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Nodes;
using OpsModule.Engine.Areas.Attacks;
using OpsModule.Engine.Areas.Attacks.Blocked;
using OpsModule.Engine.Areas.Attacks.Blocking;
using OpsModule.Engine.Areas.Attacks.Rules;
using OpsModule.Engine.Areas.Attacks.Sigma;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Caches;
using OpsModule.Engine.Areas.Caches.Measuring;
using OpsModule.Engine.Areas.Caches.Restoring;
using OpsModule.Engine.Areas.Configuration.Comparing;
using OpsModule.Engine.Areas.Configuration.Restoring;
using OpsModule.Engine.Areas.Databases;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Areas.Health.Renewal;
using OpsModule.Engine.Areas.Keys;
using OpsModule.Engine.Areas.Lockdown;
using OpsModule.Engine.Areas.Logs;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Areas.Recovery.Drills;
using OpsModule.Engine.Areas.Recovery.Kits;
using OpsModule.Engine.Areas.Retention;
using OpsModule.Engine.Areas.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Proxies;
using OpsModule.Engine.Areas.Schedules;
using OpsModule.Engine.Areas.Schedules.Exporting;
using OpsModule.Engine.Areas.Secrets;
using OpsModule.Engine.Areas.Secrets.EnvFiles;
using OpsModule.Engine.Areas.Secrets.Finding;
using OpsModule.Engine.Areas.Secrets.Postgres.Layout;
using OpsModule.Engine.Areas.Services;
using OpsModule.Engine.Areas.Services.Reaching;
using OpsModule.Engine.Areas.Storage;
using OpsModule.Engine.Areas.Tenants;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Outlets.Alerts;
using OpsModule.Engine.Outlets.Reports;
using OpsModule.Engine.Procedures.Sets;

namespace OpsModule.Engine.Records;

/// <summary>
/// The kinds of records that cmdlets emit, each with the short name that it has in PowerShell (<c>OpsModule.Backup</c>) and keeps through
/// jobs, remoting and CLIXML. A new kind is one more line here.
/// </summary>
public static class RecordKinds
{
    private const string Prefix = "OpsModule.";

    /// <summary>What PowerShell puts before the name of a type whose object came from elsewhere, or is a part of one.</summary>
    private static readonly string[] Elsewhere = ["Deserialized.", "Selected.", "CSV:"];

    /// <summary>Each kind, and what must have been kept of a record of another session or a file before it may be judged; <c>a|b</c> is one of both.</summary>
    private static readonly (Type Type, string[] Needs)[] Known =
    [
        (typeof(HealthResult), ["Check", "Target", "Status"]),
        (typeof(HealthChange), ["Check", "Target", "Status"]),
        (typeof(HealthSummary), ["Status"]),
        (typeof(AvailabilityRecord), ["Failures", "Requests"]),
        (typeof(CertificateRecord), ["Left", "Problem"]),
        (typeof(CertificateUpdate), ["Outcome"]),
        (typeof(ServiceRecord), ["Name", "State"]),
        (typeof(ServiceInstance), []),
        (typeof(ResourceUsage), []),
        (typeof(NodeRecord), ["Node", "IsReady"]),
        (typeof(PlatformEvent), ["Time", "Kind", "Service", "Instance", "Message"]),
        (typeof(CommandOutput), ["Service", "Instance", "Stream", "Line"]),
        (typeof(ServiceConnection), []),
        (typeof(BackupRecord), []),
        (typeof(BackupTestResult), ["Passed"]),
        (typeof(RetentionDecision), ["Id", "Outcome"]),
        (typeof(StrayObject), ["Store", "Key", "Location", "Finding"]),
        (typeof(RestoreRecord), ["Id", "State"]),
        (typeof(CacheRestoreRecord), []),
        (typeof(CacheReport), []),
        (typeof(DrillResult), ["Passed", "Backup"]),
        (typeof(RecoveryKitRecord), []),
        (typeof(RecoveryKitFinding), ["Severity"]),
        (typeof(QueryChange), []),
        (typeof(ProxyConfiguration), []),
        (typeof(EnvFileValue), []),
        (typeof(SecretUseRecord), []),
        (typeof(RolloutResult), ["Service", "Outcome"]),
        (typeof(RolloutFinding), ["Service", "Effect"]),
        (typeof(ServiceRevision), []),
        (typeof(RevisionDifference), []),
        (typeof(JournalEntry), ["Outcome"]),
        (typeof(JournalTestResult), ["Passed|Finding"]),
        (typeof(ChangePlan), ["Holds"]),
        (typeof(EnvironmentFinding), ["Severity"]),
        (typeof(OpsEnvironment), ["File"]),
        (typeof(AlertDelivery), ["Outcome", "Receiver"]),
        (typeof(MetricDelivery), ["Outcome", "Target"]),
        (typeof(ReportRecord), ["Verdict"]),
        (typeof(DiskUsage), []),
        (typeof(StorageItem), []),
        (typeof(LogEntry), []),
        (typeof(LogExportRecord), []),
        (typeof(AttackMatch), ["Severity"]),
        (typeof(AttackSummary), ["Severity", "Matches"]),
        (typeof(AttackOffender), ["Severity"]),
        (typeof(AttackRule), []),
        (typeof(RateRule), []),
        (typeof(RuleTestResult), ["Passed|Problems"]),
        (typeof(RuleImport), ["Imported"]),
        (typeof(BlockListRecord), []),
        (typeof(BlockedAddress), []),
        (typeof(BlockedAddressCount), ["Source", "Count"]),
        (typeof(ScheduleRecord), ["Name", "Status"]),
        (typeof(SecretRecord), ["Name", "Status"]),
        (typeof(SecretTestResult), ["Name", "Passed"]),
        (typeof(RotationResult), ["Name", "Outcome"]),
        (typeof(ScheduleRunRecord), []),
        (typeof(ScheduleFileRecord), []),
        (typeof(RotationLayout), []),
        (typeof(TenantRecord), ["Tenant", "Status"]),
        (typeof(LockdownResult), ["IsComplete"]),
        (typeof(ApiKeyRecord), []),
        (typeof(NewApiKey), []),
        (typeof(KeyRevocationResult), []),
        (typeof(ConfigurationDifference), []),
        (typeof(ConfigurationRestore), []),
        (typeof(BackupSetRecord), ["Id", "IsComplete"]),
    ];

    private static readonly Dictionary<Type, string> Names = Known.ToDictionary(k => k.Type, k => NameOf(k.Type));

    private static readonly Dictionary<string, Type> Types = Known.SelectMany(k => new[] { (Name: k.Type.FullName!, k.Type), (Name: NameOf(k.Type), k.Type) })
        .ToDictionary(k => k.Name, k => k.Type, StringComparer.OrdinalIgnoreCase);

    /// <summary>All kinds by type, with their names.</summary>
    public static IReadOnlyDictionary<Type, string> All => Names;

    /// <summary>The short name of a type's records; null for a type that is no kind of record.</summary>
    public static string? Of(Type type) => Names.GetValueOrDefault(type);

    /// <summary>The kind that the names of a PowerShell object's types tell, live or from elsewhere; null when they tell none.</summary>
    public static Type? Find(IEnumerable<string> typeNames) => typeNames.Select(n => Types.GetValueOrDefault(Bare(n))).FirstOrDefault(t => t is not null);

    internal static string[] NeedsOf(Type type) => Known.FirstOrDefault(k => k.Type == type).Needs ?? [];

    private static string Bare(string name)
    {
        while (Elsewhere.FirstOrDefault(p => name.StartsWith(p, StringComparison.OrdinalIgnoreCase)) is { } prefix) name = name[prefix.Length..];
        return name;
    }

    private static string NameOf(Type type) => Prefix + type.Name switch
    {
        nameof(OpsEnvironment) => "Environment",
        nameof(PlatformEvent) => "Event",
        var name when name.EndsWith("Record", StringComparison.Ordinal) => name[..^"Record".Length],
        var name => name,
    };
}
