using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Signals;
using OpsModule.Foundations.Reporting;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Recovery.Drills;

/// <summary>One step of a drill.</summary>
/// <param name="Name">What was done.</param>
/// <param name="Duration">How long it took.</param>
public sealed record DrillStep(string Name, TimeSpan Duration)
{
    /// <summary>In words: <c>verified 1.2 s</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"{Name} {Duration.TotalSeconds:0.0} s");
}

/// <summary>What a recovery drill proved, or did not.</summary>
public sealed record DrillResult : IVerdict, IAlertSource, IMetricSource
{
    /// <summary>The environment whose backup was drilled.</summary>
    public string? Environment => KeptEnvironment ?? Backup.Environment;

    internal string? KeptEnvironment { get; init; }

    /// <summary>The backup that was restored.</summary>
    public required BackupRecord Backup { get; init; }

    /// <summary>True when it was restored, every table is what the manifest says, and all assertions hold.</summary>
    public bool Passed => KeptPassed ?? Failures.Count == 0;

    // As it was where the record comes from, when what it follows from was not kept.
    internal bool? KeptPassed { get; init; }

    bool IVerdict.IsBad() => !Passed;

    /// <summary>What failed, in words.</summary>
    public IReadOnlyList<string> Failures { get; init => field = PlainList.Of(value); } = [];

    /// <summary>What was left out, for example keys to tables that the backup does not hold, and what a drill cannot prove, for example what only a superuser may make.</summary>
    public IReadOnlyList<string> Notes { get; init => field = PlainList.Of(value); } = [];

    /// <summary>Tables compared with the manifest.</summary>
    public int Tables { get; init; }

    /// <summary>Objects of the catalogue compared with what the backup says of them; null when it does not say.</summary>
    public int? Objects { get; init; }

    /// <summary>Rows restored.</summary>
    public long Rows { get; init; }

    /// <summary>From opening the backup to the last comparison: how long a recovery takes at the least.</summary>
    public TimeSpan RecoveryTime { get; init; }

    /// <summary>How old the restored data was when the drill began: what would be lost.</summary>
    public TimeSpan DataAge { get; init; }

    /// <summary>The steps with their durations.</summary>
    public IReadOnlyList<DrillStep> Steps { get; init => field = PlainList.Of(value); } = [];

    /// <summary>The version of the server that it was restored into.</summary>
    public string ServerVersion { get; init; } = "";

    /// <summary>Where it was restored.</summary>
    public string Where { get; init; } = "";

    /// <summary>Who the server ran as and what it could reach, in words: a backup brings code along that runs when it is restored.</summary>
    public string RanAs { get; init; } = "";

    /// <summary>When the drill began, UTC.</summary>
    public DateTimeOffset StartedAt { get; init; }

    Alert IAlertSource.ToAlert() => new()
    {
        Environment = Environment ?? "",
        Kind = AlertKind.Drill,
        Source = "drill",
        Target = ObservedJob.Of(Backup.Name, Backup.Tenant),
        Severity = Passed ? AlertSeverity.Information : AlertSeverity.Critical,
        State = Passed ? AlertState.Well : AlertState.Firing,
        Title = $"Drill of {ObservedJob.Of(Backup.Name, Backup.Tenant)} {(Passed ? "passed" : "did not pass")}",
        Message = Passed ? FormattableString.Invariant($"Backup {Backup.Id}: {Rows:N0} rows restored and compared in {DurationText.Show(RecoveryTime)}; the data was {DurationText.Show(DataAge)} old.")
            : $"Backup {Backup.Id}: {string.Join("; ", Failures.Take(5).Select(f => f.TrimEnd('.')))}.",
        Remedy = Passed ? "" : "Do not rely on this backup: make another one and drill it.",
        Fields = new Dictionary<string, string> { ["Backup"] = Backup.Id },
    };

    MetricBatch IMetricSource.ToMetrics()
    {
        (string, string?)[] labels = [("environment", Backup.Environment), ("database", Backup.Name), ("tenant", Backup.Tenant)];
        return new MetricBatch($"drill-{ObservedJob.Of(Backup.Name, Backup.Tenant)}",
        [
            MetricNames.DrillPassed.Of(Passed ? 1 : 0, labels), MetricNames.DrillRecovery.Of(RecoveryTime.TotalSeconds, labels),
            MetricNames.DrillAge.Of(DataAge.TotalSeconds, labels), MetricNames.DrillRows.Of(Rows, labels),
        ]);
    }
}
