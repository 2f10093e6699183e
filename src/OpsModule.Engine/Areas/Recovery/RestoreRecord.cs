using OpsModule.Engine.Environments;
using OpsModule.Engine.Signals;
using OpsModule.Foundations.Reporting;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Recovery;

/// <summary>What was restored.</summary>
public enum RestoreKind
{
    /// <summary>One schema, a tenant's.</summary>
    Schema,
    /// <summary>A whole database.</summary>
    Database,
}

/// <summary>What became of a restore.</summary>
public enum RestoreState
{
    /// <summary>Built beside the live data and not switched in: what a run that was ended or blocked left behind.</summary>
    Staged,
    /// <summary>Switched in; what it replaced is kept under <see cref="RestoreRecord.ReplacedName"/>.</summary>
    Replaced,
    /// <summary>Restored where nothing was, or beside the live data; there is nothing to put back.</summary>
    Restored,
    /// <summary>Dropped for good.</summary>
    Removed,
}

/// <summary>One restore: its result, and what is kept of it on the server.</summary>
public sealed record RestoreRecord : IAlertSource, IMetricSource, IEnvironmentRecord, IVerdict
{
    // One that was built and never switched in is not finished.
    bool IVerdict.IsBad() => State is RestoreState.Staged;

    /// <summary>The environment that it is of; null where that is not known.</summary>
    public string? Environment { get; init; }

    object IEnvironmentRecord.In(string environment) => this with { Environment = environment };

    /// <summary>Identifies the restore; the same as its change in the journal.</summary>
    public required string Id { get; init; }

    /// <summary>Schema or database.</summary>
    public RestoreKind Kind { get; init; }

    /// <summary>What became of it.</summary>
    public RestoreState State { get; init; }

    /// <summary>The database's name in the environment file.</summary>
    public required string Name { get; init; }

    /// <summary>The database's name on the server.</summary>
    public string Database { get; init; } = "";

    /// <summary>The tenant, when a tenant was restored.</summary>
    public string? Tenant { get; init; }

    /// <summary>The tenant's schema, when a tenant was restored.</summary>
    public string? Schema { get; init; }

    /// <summary>The schema or database that is kept: what was replaced, or what was staged. Null when nothing is kept.</summary>
    public string? ReplacedName { get; init; }

    /// <summary>The backup that was restored.</summary>
    public string BackupId { get; init; } = "";

    /// <summary>When the switch was made, or the staging begun, UTC.</summary>
    public DateTimeOffset RestoredAt { get; init; }

    /// <summary>The whole restore, verification included.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>How long locks that block readers were held, at most.</summary>
    public TimeSpan SwitchDuration { get; init; }

    /// <summary>Rows restored.</summary>
    public long Rows { get; init; }

    /// <summary>Bytes of the rows in COPY's text form.</summary>
    public long Bytes { get; init; }

    /// <summary>Tables restored, each of them compared with the backup's manifest.</summary>
    public int Tables { get; init; }

    /// <summary>Objects of the catalogue compared with what the backup says of them; null when it does not say.</summary>
    public int? Objects { get; init; }

    /// <summary>What is not what it was when the backup was made: owners, privileges, row security, triggers, settings, comments and so on; the grave first.</summary>
    public IReadOnlyList<CatalogueDifference> Differences { get; init => field = PlainList.Of(value); } = [];

    /// <summary>Objects that the server refused to make, where that was allowed by -AllowIncomplete. None of them holds rows.</summary>
    public IReadOnlyList<NotRestoredObject> NotRestored { get; init => field = PlainList.Of(value); } = [];

    /// <summary>True when something of the backup was left out; <see cref="NotRestored"/> says what.</summary>
    public bool Incomplete => KeptIncomplete ?? NotRestored.Count > 0;

    // As it was where the record comes from, when what it follows from was not kept.
    internal bool? KeptIncomplete { get; init; }

    /// <summary>
    /// CHECK constraints that the restored rows do not fulfil, as <c>constraint of table</c>: restored NOT VALID, so that they count for new rows
    /// only. Their functions look at something that has changed since the rows were written.
    /// </summary>
    public IReadOnlyList<string> NotValid { get; init => field = PlainList.Of(value); } = [];

    /// <summary>Bytes that what is kept takes on disk; only listed by Get-OpsRestore.</summary>
    public long? Size { get; init; }

    /// <summary>The role that owns what is kept; only listed by Get-OpsRestore.</summary>
    public string? Owner { get; init; }

    Alert IAlertSource.ToAlert() => new()
    {
        Environment = Environment ?? "",
        Kind = AlertKind.Restore,
        Source = "restore",
        Target = ObservedJob.Of(Name, Tenant),
        Severity = Incomplete ? AlertSeverity.Warning : AlertSeverity.Information,
        State = AlertState.Well,
        Title = $"Restore of {ObservedJob.Of(Name, Tenant)} was made" + (Incomplete ? ", but not all of it" : ""),
        Message = FormattableString.Invariant($"Backup {BackupId}: {Rows:N0} rows in {Tables} table{(Tables == 1 ? "" : "s")} restored and compared in {DurationText.Show(Duration)}.")
            + (State == RestoreState.Replaced ? $" What was live is kept as {ReplacedName}." : "")
            + (Incomplete ? $" Left out: {SparedObjects.Describe(NotRestored)}." : ""),
        Fields = new Dictionary<string, string> { ["Backup"] = BackupId, ["Restore"] = Id },
    };

    MetricBatch IMetricSource.ToMetrics()
    {
        (string, string?)[] labels = [("database", Name), ("tenant", Tenant)];
        return new MetricBatch($"restore-{ObservedJob.Of(Name, Tenant)}",
            [MetricNames.RestoreDuration.Of(Duration.TotalSeconds, labels), MetricNames.RestoreSwitch.Of(SwitchDuration.TotalSeconds, labels), MetricNames.RestoreRows.Of(Rows, labels)]);
    }

    /// <inheritdoc/>
    public override string ToString() => Id;
}
