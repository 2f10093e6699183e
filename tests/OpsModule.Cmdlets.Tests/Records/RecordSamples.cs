using System.Collections;
using System.Management.Automation;
using System.Reflection;
using System.Runtime.CompilerServices;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Nodes;
using OpsModule.Engine.Areas.Attacks;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Areas.Recovery.Drills;
using OpsModule.Engine.Areas.Schedules;
using OpsModule.Engine.Outlets.Reports;
using OpsModule.Engine.Records;

namespace OpsModule.Cmdlets.Tests.Records;

/// <summary>Two records of each kind: one with everything in it, which is bad where its kind judges, and one with as little as there can be.</summary>
internal static class RecordSamples
{
    public static readonly DateTimeOffset Moment = new(2026, 11, 28, 17, 52, 17, TimeSpan.Zero);

    private const string BackupId = "20261128T120527Z-897d14";

    public static IEnumerable<string> Names => RecordKinds.All.Keys.SelectMany(t => new[] { t.Name + "+", t.Name + "-" });

    public static object Of(string name)
    {
        Type type = RecordKinds.All.Keys.Single(t => t.Name == name[..^1]);
        return Tuned(Make(type, name[^1] == '+', 0), name[^1] == '+');
    }

    /// <summary>What filling in alone does not make good or bad.</summary>
    private static object Tuned(object record, bool full) => record switch
    {
        HealthResult r => r with { Status = full ? HealthStatus.Unhealthy : HealthStatus.Healthy },
        HealthChange c => c with { Status = full ? HealthStatus.Unhealthy : HealthStatus.Healthy, Flapping = false, Result = c.Result with { Status = full ? HealthStatus.Unhealthy : HealthStatus.Healthy } },
        HealthSummary s => s with { Status = full ? HealthStatus.Unhealthy : HealthStatus.Healthy },
        BackupRecord b => b with { Id = BackupId },
        BackupTestResult t => t with { Passed = !full, Finding = full ? BackupFinding.Altered : BackupFinding.None, Backup = full ? t.Backup! with { Id = BackupId } : t.Backup },
        OpsModule.Engine.Areas.Recovery.Drills.DrillResult d => d with { Backup = d.Backup with { Id = BackupId } },
        NodeRecord n => n with { IsReady = !full, Problem = full ? "NotReady" : null },
        ServiceRecord s when full => s with { Wanted = 2, Instances = [.. s.Instances.Select(i => i with { State = InstanceState.Exited, Health = InstanceHealth.None })] },
        ServiceRecord s => s with { Wanted = 0 },
        ScheduleRecord s => s with { Status = full ? ScheduleStatus.Overdue : ScheduleStatus.OnTime },
        OpsModule.Engine.Areas.Secrets.SecretRecord s => s with { Status = full ? OpsModule.Engine.Areas.Secrets.SecretStatus.Overdue : OpsModule.Engine.Areas.Secrets.SecretStatus.Fine },
        OpsModule.Engine.Areas.Secrets.SecretTestResult t => t with { Passed = !full },
        OpsModule.Engine.Areas.Secrets.RotationResult r => r with { Outcome = full ? OpsModule.Engine.Areas.Secrets.RotationOutcome.TakenBack : OpsModule.Engine.Areas.Secrets.RotationOutcome.Done },
        OpsModule.Engine.Areas.Tenants.TenantRecord t => t with
        {
            Status = full ? OpsModule.Engine.Areas.Tenants.TenantStatus.Overdue : OpsModule.Engine.Areas.Tenants.TenantStatus.Active,
            IsProven = full ? false : null,
        },
        OpsModule.Engine.Procedures.Sets.BackupSetRecord b => b with { IsComplete = !full },
        OpsModule.Engine.Areas.Lockdown.LockdownResult l => l with { IsComplete = !full },
        AvailabilityRecord a => a with { Requests = 10, Failures = full ? 2 : 0 },
        CertificateRecord c => c with { Left = TimeSpan.FromDays(3), Problem = full ? "expired" : null },
        AttackMatch m => m with { AllowedBy = null, Severity = full ? AttackSeverity.Critical : AttackSeverity.Low },
        AttackSummary s => s with { Severity = full ? AttackSeverity.Critical : null },
        AttackOffender o => o with { Severity = full ? AttackSeverity.Critical : AttackSeverity.Low },
        ReportRecord r => r with { Verdict = full ? HealthStatus.Unhealthy : null, Judges = full },
        OpsModule.Engine.Changes.JournalEntry j => j with { Outcome = full ? OpsModule.Engine.Changes.JournalOutcome.Failed : OpsModule.Engine.Changes.JournalOutcome.Completed },
        OpsModule.Engine.Changes.Plans.ChangePlan p => p with { Holds = !full },
        OpsModule.Engine.Environments.EnvironmentFinding f => f with { Severity = full ? OpsModule.Engine.Environments.FindingSeverity.Error : OpsModule.Engine.Environments.FindingSeverity.Information },
        OpsModule.Engine.Areas.Recovery.RestoreRecord r => r with { State = full ? OpsModule.Engine.Areas.Recovery.RestoreState.Staged : OpsModule.Engine.Areas.Recovery.RestoreState.Restored },
        OpsModule.Engine.Areas.Health.Renewal.CertificateUpdate u => u with { Outcome = full ? OpsModule.Engine.Areas.Health.Renewal.CertificateOutcome.PutBack : OpsModule.Engine.Areas.Health.Renewal.CertificateOutcome.Renewed },
        OpsModule.Engine.Areas.Retention.RetentionDecision d => d with { Id = BackupId, Outcome = full ? OpsModule.Engine.Areas.Retention.RetentionOutcome.NotRemoved : OpsModule.Engine.Areas.Retention.RetentionOutcome.Keep },
        OpsModule.Engine.Areas.Recovery.Kits.RecoveryKitFinding k => k with { Severity = full ? OpsModule.Engine.Environments.FindingSeverity.Error : OpsModule.Engine.Environments.FindingSeverity.Information },
        OpsModule.Engine.Areas.Rollouts.RolloutResult r => r with { Outcome = full ? OpsModule.Engine.Areas.Rollouts.RolloutOutcome.Failed : OpsModule.Engine.Areas.Rollouts.RolloutOutcome.Done },
        OpsModule.Engine.Areas.Rollouts.RolloutFinding f => f with { Effect = full ? OpsModule.Engine.Areas.Rollouts.RolloutEffect.Refused : OpsModule.Engine.Areas.Rollouts.RolloutEffect.Told },
        _ => record,
    };

    private static object Make(Type type, bool full, int depth)
    {
        object record = RuntimeHelpers.GetUninitializedObject(type);
        foreach (PropertyInfo property in type.GetProperties().Where(p => p.CanWrite))
            property.SetValue(record, Value(property.PropertyType, property.Name, full, depth, new NullabilityInfoContext().Create(property).ReadState == NullabilityState.Nullable));
        return record;
    }

    private static object? Value(Type type, string name, bool full, int depth, bool mayBeNull)
    {
        Type plain = Nullable.GetUnderlyingType(type) ?? type;
        if ((mayBeNull || plain != type) && (!full || depth > 3)) return null;
        if (plain == typeof(string)) return name == "Environment" ? "shop" : $"{name.ToLowerInvariant()} 1";
        if (plain == typeof(DateTimeOffset)) return Moment;
        if (plain == typeof(TimeSpan)) return TimeSpan.FromSeconds(95);
        if (plain == typeof(bool)) return full;
        if (plain.IsEnum) return full ? Enum.GetValues(plain).Cast<object>().Last() : Enum.GetValues(plain).Cast<object>().First();
        if (plain == typeof(double)) return 12.5;
        if (plain.IsPrimitive) return Convert.ChangeType(name.EndsWith("Bytes", StringComparison.Ordinal) ? 277_042_000_000 % (plain == typeof(int) ? 1_000_000 : long.MaxValue) : 7, plain);
        if (plain == typeof(object)) return "a value";
        if (plain == typeof(System.Security.SecureString)) return new System.Security.SecureString();
        if (plain.IsGenericType && plain.GetGenericTypeDefinition() == typeof(IReadOnlyList<>)) return List(plain.GetGenericArguments()[0], name, full && depth <= 3, depth);
        if (plain.IsGenericType && plain.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>)) return Table(plain.GetGenericArguments()[1], name, full && depth <= 3, depth);
        return Make(plain, full, depth + 1);
    }

    private static Array List(Type item, string name, bool full, int depth)
    {
        var list = Array.CreateInstance(item, full ? 2 : 0);
        for (int i = 0; i < list.Length; i++) list.SetValue(Value(item, name, full, depth + 1, false), i);
        return list;
    }

    private static IDictionary Table(Type item, string name, bool full, int depth)
    {
        var table = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(typeof(string), item))!;
        if (full) table["key"] = Value(item, name, full, depth + 1, false);
        return table;
    }
}

/// <summary>Emits the samples of these names as any cmdlet of the module does.</summary>
[Cmdlet(VerbsCommon.Get, "OpsRecordSample")]
public sealed class GetOpsRecordSampleCommand : OpsCmdlet
{
    /// <summary>Kind and variant.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    public string[] Sample { get; set; } = [];

    /// <inheritdoc/>
    protected override Task ProcessAsync(CancellationToken cancellationToken)
    {
        foreach (string name in Sample) Emit(RecordSamples.Of(name));
        return Task.CompletedTask;
    }
}
