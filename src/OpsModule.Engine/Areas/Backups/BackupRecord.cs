using System.Text.Json.Serialization;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Backups.Contents;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Signals;
using OpsModule.Foundations.Bytes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Backups;

/// <summary>What is known of a manifest's signature. One that is wrong makes a manifest that cannot be trusted, which is no backup.</summary>
public enum BackupSignature
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>There is one, and this environment has no key to check it with.</summary>
    Unchecked,

    /// <summary>It is of the environment's key.</summary>
    Valid,
}

/// <summary>One backup in one store: what its manifest says.</summary>
public sealed record BackupRecord : IAlertSource, IMetricSource
{
    /// <summary>Sortable by time: <c>20261121T031600Z-1f3a9c</c>. The same in every store the backup lies in.</summary>
    public required string Id { get; init; }

    /// <summary>The environment's name.</summary>
    public required string Environment { get; init; }

    /// <summary>What it is of.</summary>
    public BackupKind Kind { get; init; }

    /// <summary>The name of the database, cache or configuration in the environment file.</summary>
    public required string Name { get; init; }

    /// <summary>The tenant, or null for the whole database.</summary>
    public string? Tenant { get; init; }

    /// <summary>The tenant's schema, or null for the whole database.</summary>
    public string? Schema { get; init; }

    /// <summary>The store this record was read from or written to.</summary>
    public string Store { get; init; } = "";

    /// <summary>Path or URL of the stored object.</summary>
    public string Location { get; init; } = "";

    /// <summary>The object's key in the store.</summary>
    public required string Key { get; init; }

    /// <summary>When the dump began, UTC; the data is as of a moment shortly after.</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>From the start of the dump until the object was stored.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Bytes of the archive before compression.</summary>
    public long SourceBytes { get; init; }

    /// <summary>Bytes of the stored object.</summary>
    public long StoredBytes { get; init; }

    /// <summary>How it is compressed; never <see cref="Foundations.Bytes.Compression.Auto"/>.</summary>
    public Compression Compression { get; init; }

    /// <summary>True when it is encrypted with age.</summary>
    public bool Encrypted { get; init; }

    /// <summary>SHA-256 of the stored object, lower-case hex.</summary>
    public required string Sha256 { get; init; }

    /// <summary>The server's version, for example <c>15.18</c>.</summary>
    public string ServerVersion { get; init; } = "";

    /// <summary>pg_dump's version.</summary>
    public string ToolVersion { get; init; } = "";

    /// <summary>Labels given when it was made.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Row count and digest of every table, in the dump's order.</summary>
    public IReadOnlyList<TableDigest> Tables { get; init => field = PlainList.Of(value); } = [];

    /// <summary>Extensions that the content needs.</summary>
    public IReadOnlyList<string> Extensions { get; init => field = PlainList.Of(value); } = [];

    /// <summary>What the catalogue held, for restores to be compared with; null in manifests from before there was one.</summary>
    [JsonInclude]
    internal CatalogueFingerprint? Catalogue { get; init; }

    /// <summary>What belongs to the server and not to the database; null for tenants, and in manifests from before there was one.</summary>
    [JsonInclude]
    internal PackedGlobals? ClusterGlobals { get; init; }

    /// <summary>Which roles and tablespaces of the server it holds, in words; null when it holds none.</summary>
    [JsonIgnore]
    public string? Globals => ClusterGlobals?.Words;

    /// <summary>Of a configuration: what it holds; null for other kinds.</summary>
    [JsonInclude]
    internal ConfigurationContents? Configuration { get; init; }

    /// <summary>Of a configuration: what was taken, and where the environment names it; empty for other kinds.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Sources => Configuration?.Sources ?? [];

    /// <summary>Of a configuration with <c>-Redact</c>: each value that was taken out, and why; empty for others.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Redactions => Configuration?.Redactions ?? [];

    /// <summary>Of a cache's backup: the server, and what was counted while it passed; null for others.</summary>
    public CacheFacts? Cache { get; init; }

    /// <summary>
    /// Of a configuration: what belongs to it and is not in it. Of a tenant's backup: what lies outside its schema and belongs to it, and
    /// so is not in it: views, casts, event triggers, triggers of other tables, memberships in publications. A restore tells what of it is
    /// gone.
    /// </summary>
    public IReadOnlyList<string> LeftOut { get; init => field = PlainList.Of(value); } = [];

    /// <summary>
    /// What it lacks that the one before had, in words: tables that are gone, rows that are suddenly fewer. Health tells it, and retention keeps the
    /// one before, until Approve-OpsBackup says that it was meant.
    /// </summary>
    public IReadOnlyList<string> Losses { get; init => field = PlainList.Of(value); } = [];

    /// <summary>True when it lacks something. It survives where a list does not, as in CSV.</summary>
    public bool HasLosses { get => field || Losses.Count > 0; init; }

    /// <summary>Whether its manifest is signed, by the key of <c>backups.signing</c>.</summary>
    public BackupSignature Signature { get; init; }

    /// <summary>True when a pin keeps it, whatever the rules of retention say.</summary>
    public bool Pinned { get; init; }

    /// <summary>When it last passed Test-OpsBackup or a drill, UTC; null when it never did.</summary>
    public DateTimeOffset? VerifiedAt { get; init; }

    /// <summary>What it is of, in words: <c>database main, tenant demo</c>, <c>cache main</c>.</summary>
    public string Describe() => Subject.Words;

    /// <summary>What it is of.</summary>
    internal BackupSubject Subject => new(Kind, Name, Tenant);

    /// <summary>Refuses a backup of another kind: a cache's is no database's, whatever both are called.</summary>
    /// <exception cref="OpsException"><c>BackupOfAnotherKind</c>.</exception>
    public BackupRecord Require(BackupKind kind) => Kind == kind ? this : throw BackupErrors.BackupOfAnotherKind.Make(
        $"Backup {Id} is of the {Subject.Words}, and one of a {kind.Word()} is expected.",
        $"List those with Get-OpsBackup -Kind {kind}.", Id);

    Alert IAlertSource.ToAlert() => new()
    {
        Environment = Environment,
        Kind = AlertKind.Backup,
        Source = "backup",
        Target = Subject.Words,
        State = HasLosses ? AlertState.Firing : AlertState.Well,
        Severity = HasLosses ? AlertSeverity.Warning : default,
        Title = $"Backup of {Subject.Words} was made" + (HasLosses ? ", and lacks rows of the one before" : ""),
        Message = (Losses.Count == 0 ? "" : Losses[0] + (Losses.Count == 1 ? ". " : $", and {Losses.Count - 1} more. ")) + FormattableString.Invariant($"{Id}: {Held}{StoredBytes:N0} bytes stored in {DurationText.Show(Duration)}."),
        Fields = new Dictionary<string, string> { ["Backup"] = Id, ["Store"] = Store },
    };

    MetricBatch IMetricSource.ToMetrics()
    {
        (string, string?)[] labels = [("environment", Environment), (Kind.Word(), Name), ("tenant", Tenant)];
        return new MetricBatch($"backup-{Subject.Words}",
        [
            MetricNames.BackupDuration.Of(Duration.TotalSeconds, labels), MetricNames.BackupSource.Of(SourceBytes, labels), MetricNames.BackupStored.Of(StoredBytes, labels),
            .. Kind == BackupKind.Database ? [MetricNames.BackupRows.Of(Tables.Sum(t => t.Rows), labels)] : Array.Empty<MetricSample>(),
            MetricNames.BackupTime.Of(StartedAt.ToUnixTimeMilliseconds() / 1000.0, labels),
        ]);
    }

    /// <summary>How much it holds, for people.</summary>
    private string Held => Cache is not null ? $"{Cache}, "
        : Configuration is { } files ? FormattableString.Invariant($"{files.Files:N0} file{(files.Files == 1 ? "" : "s")}, ")
        : Kind != BackupKind.Database ? ""
        : FormattableString.Invariant($"{Tables.Sum(t => t.Rows):N0} rows in {Tables.Count} table{(Tables.Count == 1 ? "" : "s")}, ");

    /// <inheritdoc/>
    public override string ToString() => Id;
}
