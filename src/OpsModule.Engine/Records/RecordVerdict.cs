using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Attacks;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Areas.Rollouts;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Outlets.Reports;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Records;

/// <summary>How well a record says that something is, in the words of health; the same as a report of it says.</summary>
public static class RecordVerdict
{
    /// <summary>The status; null for a record that judges nothing.</summary>
    public static HealthStatus? Of(object record) => record switch
    {
        HealthStatus taken => taken,
        false => HealthStatus.Unhealthy,
        HealthResult result => result.Status,
        HealthChange { Flapping: true, Status: HealthStatus.Healthy } => HealthStatus.Degraded,
        HealthChange change => change.Status,
        HealthSummary summary => summary.Status,
        ReportRecord report => report.Verdict,
        ServiceRecord service => Of(service),
        EnvironmentFinding { Severity: FindingSeverity.Warning } => HealthStatus.Degraded,
        RestoreRecord { State: RestoreState.Staged } or RestoreRecord { Incomplete: true } => HealthStatus.Degraded,
        JournalEntry { Outcome: JournalOutcome.Failed or JournalOutcome.Unfinished } => HealthStatus.Degraded,
        JournalTestResult { Passed: true, IsSuspect: true } => HealthStatus.Degraded,
        RolloutResult { Outcome: RolloutOutcome.NotProven } => HealthStatus.Unknown,
        RolloutFinding { Effect: RolloutEffect.StopFirst } => HealthStatus.Degraded,
        AvailabilityRecord { Requests: 0 } => HealthStatus.Unknown,
        AvailabilityRecord { Failures: > 0 } => HealthStatus.Degraded,
        AttackMatch { AllowedBy: null, Severity: AttackSeverity.Medium } or AttackSummary { Severity: AttackSeverity.Medium } or AttackOffender { Severity: AttackSeverity.Medium } => HealthStatus.Degraded,
        IVerdict verdict => verdict.IsBad() ? HealthStatus.Unhealthy : HealthStatus.Healthy,
        _ => null,
    };

    private static HealthStatus? Of(ServiceRecord service) => service.State switch
    {
        ServiceState.Stopped => null,
        ServiceState.Down => HealthStatus.Unhealthy,
        ServiceState.Unknown => HealthStatus.Unknown,
        _ when service.Health is InstanceHealth.Unhealthy => HealthStatus.Unhealthy,
        ServiceState.Running => HealthStatus.Healthy,
        _ => HealthStatus.Degraded,
    };
}
