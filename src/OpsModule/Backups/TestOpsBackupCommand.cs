using System.Management.Automation;
using OpsModule.Engine.Areas.Backups.Changing;
using OpsModule.Completion;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Signals;

namespace OpsModule.Backups;

/// <summary>
/// <para>Tests stored backups and says, for each, whether it is whole and readable.</para>
/// </summary>
/// <remarks>
/// <para>Checksum reads the stored object and compares its size and SHA-256 with the manifest. Structure also decrypts and decompresses
/// it, lets pg_restore list it, reads it to its last row and compares every table's rows and digest. What is wrong becomes a result
/// with Passed = False, not an error. Without a backup to test, all backups of the environment are tested and strays are reported too:
/// objects without a manifest, altered manifests, leftovers of interrupted uploads. A pass is recorded beside the manifest and shows as
/// VerifiedAt. To prove that a backup can be restored, use Invoke-OpsRecoveryDrill.</para>
/// </remarks>
/// <example>
/// <code>Test-OpsBackup -Level Structure</code>
/// <para>Tests every backup of the environment, in every store.</para>
/// </example>
/// <example>
/// <code>Get-OpsBackup -Latest | Test-OpsBackup | Where-Object Passed -eq $false</code>
/// <para>Shows the newest backups that are damaged.</para>
/// </example>
[Cmdlet(VerbsDiagnostic.Test, "OpsBackup", DefaultParameterSetName = nameof(Store))]
[OutputType(typeof(BackupTestResult))]
public sealed class TestOpsBackupCommand : OpsEnvironmentCmdlet
{
    /// <summary>The backup: a record from Get-OpsBackup or Backup-OpsDatabase, or an id, with wildcards. All backups when left out.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [Alias("Id")]
    [SupportsWildcards]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(BackupCompleter))]
    public object[]? Backup { get; set; }

    /// <summary>How thoroughly: Checksum (default) or Structure.</summary>
    [Parameter]
    public BackupTestLevel Level { get; set; } = BackupTestLevel.Checksum;

    /// <summary>Only backups of these kinds: Database, Cache, Configuration. All when left out.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public BackupKind[]? Kind { get; set; }

    /// <summary>Only these stores, with wildcards.</summary>
    [Parameter(ParameterSetName = nameof(Store))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(StoreCompleter))]
    public string[]? Store { get; set; }

    /// <summary>
    /// Only these folders, or s3://bucket/prefix, in place of -Store: stores that need not stand in the environment file.
    /// A bucket is reached with the keys of a store of the environment that has the same one, else with AWS's own.
    /// </summary>
    [Parameter(Mandatory = true, ParameterSetName = nameof(Path))]
    [ValidateNotNullOrEmpty]
    [StorePath]
    public string[]? Path { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        var catalog = new BackupCatalog(Context);
        IReadOnlyList<string> stores = catalog.CheckStores(StorePathAttribute.Meant(Store, Path), Fail);
        if (Backup is not null)
        {
            IReadOnlyList<string>? asked = Store is null && Path is null ? null : stores;
            foreach (object given in Backup) await TestGivenAsync(given, asked, cancellationToken).ConfigureAwait(false);
            return;
        }
        foreach (string store in stores)
            // One alert for the store, whatever the number of backups in it that are damaged.
            await AttemptAsync(() => ObserveAsync(new ObservedJob(AlertKind.Verification, $"store {store}"),
                () => TestStoreAsync(catalog, new BackupQuery { Kinds = Kind, Stores = [store] },
                    cancellationToken))).ConfigureAwait(false);
    }

    private Task TestGivenAsync(object given, IReadOnlyList<string>? stores, CancellationToken cancellationToken)
    {
        ObservedJob[] jobs = BackupArgument.IdOf(given) is { } id ? [new(AlertKind.Verification, $"backup {id}") { OnlyResolves = true, Series = "" }] : [];
        return AttemptAllAsync(() => ObserveBeginningAsync(jobs,
            () => new BackupArgument(Context, Fail) { Kinds = Kind }.ReadAsync(given, stores, cancellationToken)), backup =>
        {
            // The alert is of this backup, because another one that is good does not make it so; the series is that of what it is a backup of.
            var job = new ObservedJob(AlertKind.Verification, $"backup {backup}") { Series = backup.Describe() };
            return ObserveAsync(job, () => TestAsync(backup, cancellationToken));
        });
    }

    private async Task<List<object>> TestStoreAsync(BackupCatalog catalog, BackupQuery query, CancellationToken cancellationToken)
    {
        // Looked for before anything is told: whoever removes what did not pass, further down the pipeline, leaves none of these on the way.
        var strays = new List<StrayObject>();
        await foreach (StrayObject stray in new StoreInspector(Context).FindStraysAsync(query, cancellationToken).ConfigureAwait(false)) strays.Add(stray);
        var results = new List<object>();
        await foreach (BackupRecord backup in catalog.ListAsync(query with { Quiet = true }, cancellationToken).ConfigureAwait(false))
            await AttemptAsync(async () => results.Add(await TestAsync(backup, cancellationToken).ConfigureAwait(false))).ConfigureAwait(false);
        // Silence would read as "all is well".
        if (results.Count == 0) Warning($"Store {query.Stores![0]} holds no backup of environment {Context.Environment.Name} to test.");
        foreach (StrayObject stray in strays)
        {
            var found = new BackupTestResult(null, Level, false, stray.Finding, stray.Problem, stray.Store, stray.Location, TimeSpan.Zero);
            results.Add(found);
            Emit(found);
        }
        return results;
    }

    private async Task<BackupTestResult> TestAsync(BackupRecord backup, CancellationToken cancellationToken)
    {
        BackupTestResult result = await new BackupTester(Context).TestAsync(backup, Level, cancellationToken).ConfigureAwait(false);
        Emit(result);
        return result;
    }
}
