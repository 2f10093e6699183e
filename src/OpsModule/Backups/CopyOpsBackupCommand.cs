using System.Management.Automation;
using OpsModule.Completion;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Backups;

/// <summary>
/// <para>Copies backups to another store; the copy counts only when its bytes have the manifest's SHA-256.</para>
/// </summary>
/// <remarks>
/// <para>What a store has already is left as it is, with a verbose line, and nothing is emitted for it: a second run brings only what is new.</para>
/// </remarks>
/// <example>
/// <code>Get-OpsBackup -Latest -Store local | Copy-OpsBackup -Store offsite</code>
/// <para>Brings the newest local backups off site.</para>
/// </example>
/// <example>
/// <code>Get-OpsBackup | Copy-OpsBackup -Store offsite -Verbose</code>
/// <para>Brings everything off site that is not there yet.</para>
/// </example>
/// <example>
/// <code>Get-OpsBackup main -Full -Latest -Store local | Copy-OpsBackup -Path /mnt/usb</code>
/// <para>Takes the newest backup along on a disk. Get-OpsBackup -Path /mnt/usb lists what is there.</para>
/// </example>
[Cmdlet(VerbsCommon.Copy, "OpsBackup", SupportsShouldProcess = true, DefaultParameterSetName = nameof(Store))]
[OutputType(typeof(BackupRecord), typeof(ChangePlan))]
public sealed class CopyOpsBackupCommand : OpsEnvironmentCmdlet, IPlanFileCmdlet
{
    /// <summary>The backup: a record from Get-OpsBackup, a passed result of Test-OpsBackup, or an id, with wildcards.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [Alias("Id")]
    [SupportsWildcards]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(BackupCompleter))]
    public object[] Backup { get; set; } = null!;

    /// <summary>Only backups of these kinds: Database, Cache, Configuration. All when left out.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public BackupKind[]? Kind { get; set; }

    /// <summary>Names of the stores to copy to, with wildcards.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = nameof(Store))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(StoreCompleter))]
    public string[]? Store { get; set; }

    /// <summary>
    /// Folders, or s3://bucket/prefix, to copy to, that are stores without standing in the environment file. A bucket is reached with
    /// the keys of a store of the environment that has the same one, else with AWS's own.
    /// </summary>
    [Parameter(Mandatory = true, ParameterSetName = nameof(Path))]
    [ValidateNotNullOrEmpty]
    [StorePath]
    public string[]? Path { get; set; }

    /// <summary>
    /// Does nothing now, and writes what would be done as a plan into this file: Get-OpsPlan shows it, and Invoke-OpsPlan carries it out,
    /// later or run by another
    /// person, as long as what it was made for is still there. Several changes of one call become one plan.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ProviderPath]
    public string? PlanFile { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<string> stores = new BackupCatalog(Context).CheckStores(StorePathAttribute.Meant(Store, Path), Fail);
        foreach (object given in Backup)
            await AttemptAllAsync(() => new BackupArgument(Context, Fail) { Kinds = Kind }.ReadAsync(given, null, cancellationToken),
                async backup =>
            {
                foreach (string store in stores) await AttemptAsync(() => CopyAsync(backup, store, cancellationToken)).ConfigureAwait(false);
            }).ConfigureAwait(false);
    }

    private async Task CopyAsync(BackupRecord backup, string store, CancellationToken cancellationToken)
    {
        var copier = new BackupCopier(Context);
        if (await copier.IsThereAsync(backup, store, cancellationToken).ConfigureAwait(false))
        {
            Verbose($"Store {store} already has backup {backup.Id}; it is left as it is.");
            return;
        }
        ChangePlan plan = await copier.PlanAsync(backup, store, cancellationToken).ConfigureAwait(false);
        if (await AskAsync(plan).ConfigureAwait(false)
            && (await new ChangeRunner(Context).RunAsync(plan, cancellationToken).ConfigureAwait(false))?.Value is { } copy) Emit(copy);
    }
}
