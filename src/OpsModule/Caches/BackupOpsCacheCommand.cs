using System.Collections;
using System.Management.Automation;
using OpsModule.Backups;
using OpsModule.Completion;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Caches.Backing;
using OpsModule.Engine.Areas.Retention;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Signals;
using OpsModule.Foundations.Bytes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Caches;

/// <summary>
/// <para>Backs up a Redis or Valkey cache to one or several stores at once.</para>
/// </summary>
/// <remarks>
/// <para>redis-cli takes the server's replication stream where the cache lives: nothing is written on the server's disk. The stream is read
/// to its checksum and counted while it passes, compressed, encrypted when the environment has recipients, hashed and stored. The manifest
/// is written last; until it exists there is no backup. The user of the environment file needs +sync +psync +replconf +ping +info.</para>
/// </remarks>
/// <example>
/// <code>Backup-OpsCache main</code>
/// <para>Backs up the cache named main in the environment file, to all stores.</para>
/// </example>
/// <example>
/// <code>Backup-OpsCache | Test-OpsBackup -Level Structure</code>
/// <para>Backs up the only cache, and reads the backup back to its last key.</para>
/// </example>
[Cmdlet(VerbsData.Backup, "OpsCache", SupportsShouldProcess = true, DefaultParameterSetName = nameof(Store))]
[OutputType(typeof(BackupRecord), typeof(ChangePlan))]
public sealed class BackupOpsCacheCommand : OpsCacheCmdlet, IPlanFileCmdlet
{
    /// <summary>Names of the stores to write to, with wildcards; all of the environment's when left out.</summary>
    [Parameter(ParameterSetName = nameof(Store))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(StoreCompleter))]
    public string[]? Store { get; set; }

    /// <summary>
    /// Writes to these folders, or s3://bucket/prefix, in place of -Store: stores that need not stand in the environment file.
    /// A bucket is reached with the keys of a store of the environment that has the same one, else with AWS's own.
    /// </summary>
    [Parameter(Mandatory = true, ParameterSetName = nameof(Path))]
    [ValidateNotNullOrEmpty]
    [StorePath]
    public string[]? Path { get; set; }

    /// <summary>How to compress. Auto takes zstd where libzstd is installed, else gzip.</summary>
    [Parameter]
    public Compression Compression { get; set; } = Compression.Auto;

    /// <summary>Labels that the backup carries, for example @{ticket='CHG-12'}.</summary>
    [Parameter]
    public Hashtable? Label { get; set; }

    /// <summary>
    /// Does nothing now, and writes what would be done as a plan into this file: Get-OpsPlan shows it, and Invoke-OpsPlan carries it out,
    /// later or run by another
    /// person, as long as what it was made for is still there. Several changes of one call become one plan.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ProviderPath]
    public string? PlanFile { get; set; }

    private protected override Task RunAsync(string? name, CancellationToken cancellationToken)
    {
        var request = new CacheBackupRequest
        {
            Name = name, Stores = StorePathAttribute.Meant(Store, Path) ?? [], Compression = Compression,
            Labels = Label is null ? new Dictionary<string, string>()
                : Label.Cast<DictionaryEntry>().ToDictionary(e => e.Key.ToString()!, e => e.Value?.ToString() ?? ""),
        };
        return AttemptAsync(async () =>
        {
            var job = new ObservedJob(AlertKind.Backup, "cache " + CacheServers.FindSettings(Context.Environment, name).Name);
            ChangePlan plan = await ObserveBeginningAsync([job],
                () => new CacheBackupPlanner(Context).PlanAsync(request, Fail, cancellationToken), _ => [job.Target]).ConfigureAwait(false);
            if (await AskAsync(plan).ConfigureAwait(false)) await MakeAsync(job, plan, cancellationToken).ConfigureAwait(false);
        });
    }

    private async Task MakeAsync(ObservedJob job, ChangePlan plan, CancellationToken cancellationToken)
    {
        var failed = new List<OpsException>();
        IReadOnlyList<BackupRecord> made = await ObserveAsync(job, async () =>
        {
            var outcome = (BackupOutcome)(await new ChangeRunner(Context).RunAsync(plan, cancellationToken).ConfigureAwait(false))!.Value!;
            failed.AddRange(outcome.Failures);
            return outcome.Records;
        }, failed).ConfigureAwait(false);
        foreach (BackupRecord record in made) Emit(record);
        if (!Context.Environment.Backups.RetentionAfterBackup) return;
        foreach (BackupRecord record in made.Where(m => !UnnamedStore.IsLocation(m.Store)
            && Context.Environment.Backups.RetentionOf("cache", m.Store) is not null))
            await AttemptAsync(() => RetainAsync(record, cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>What the environment file says goes after each backup. A failure is told, and the backup is as good as before.</summary>
    private async Task RetainAsync(BackupRecord made, CancellationToken cancellationToken)
    {
        var query = new BackupQuery { Kinds = [BackupKind.Cache], Name = made.Name };
        IReadOnlyList<RetentionDecision> decisions = await new RetentionService(Context).ApplyAsync(made.Store, query, trustClock: false,
            static _ => Task.FromResult(true), cancellationToken).ConfigureAwait(false) ?? [];
        Verbose($"Retention in store {made.Store}: {decisions.Count(d => d.Outcome == RetentionOutcome.Removed)} of {decisions.Count} backups of {made.Describe()} removed.");
        foreach (RetentionDecision left in decisions.Where(d => d.Outcome == RetentionOutcome.NotRemoved))
            Warning($"{left.Id} in store {left.Store} was to go and is still there: {left.Reason}");
    }
}
