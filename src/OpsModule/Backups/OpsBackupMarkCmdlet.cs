using System.Management.Automation;
using OpsModule.Completion;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Backups;

/// <summary>Base of the cmdlets that mark backups.</summary>
public abstract class OpsBackupMarkCmdlet : OpsEnvironmentCmdlet, IPlanFileCmdlet
{
    /// <summary>
    /// The backup: a record from Get-OpsBackup (which says in which store), or an id, with wildcards (then -Store says where, or every store that has
    /// it is meant).
    /// </summary>
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

    /// <summary>Only these stores, with wildcards.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(StoreCompleter))]
    public string[]? Store { get; set; }

    /// <summary>Emits the backup; without it nothing is emitted.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <summary>
    /// Does nothing now, and writes what would be done as a plan into this file: Get-OpsPlan shows it, and Invoke-OpsPlan carries it out,
    /// later or run by another
    /// person, as long as what it was made for is still there. Several changes of one call become one plan.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ProviderPath]
    public string? PlanFile { get; set; }

    /// <summary>The plan for one backup; null when there is nothing to do.</summary>
    private protected abstract Task<ChangePlan?> PlanAsync(BackupMarker marker, BackupRecord backup, CancellationToken cancellationToken);

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<string> stores = new BackupCatalog(Context).CheckStores(Store, Fail);
        foreach (object given in Backup)
            await AttemptAllAsync(() => new BackupArgument(Context, Fail) { EveryStore = true, TakesFailed = true,
                Kinds = Kind }.ReadAsync(given, stores, cancellationToken),
                backup => stores.Contains(backup.Store) ? MarkAsync(backup, cancellationToken) : Task.CompletedTask).ConfigureAwait(false);
    }

    private async Task MarkAsync(BackupRecord backup, CancellationToken cancellationToken)
    {
        ChangePlan? plan = await PlanAsync(new BackupMarker(Context), backup, cancellationToken).ConfigureAwait(false);
        object? marked = backup;
        if (plan is null) Verbose($"There is nothing to do for backup {backup.Id} in store {backup.Store}.");
        else if (!await AskAsync(plan).ConfigureAwait(false)) return;
        else marked = (await new ChangeRunner(Context).RunAsync(plan, cancellationToken).ConfigureAwait(false))?.Value;
        if (PassThru && marked is not null) Emit(marked);
    }
}
