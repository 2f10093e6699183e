using System.Management.Automation;
using OpsModule.Backups;
using OpsModule.Completion;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Caches.Restoring;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Signals;

namespace OpsModule.Caches;

/// <summary>
/// <para>Restores a cache, or the keys of one pattern of it, from a backup; what was live is kept and can be put back.</para>
/// </summary>
/// <remarks>
/// <para>Swap (the default) loads the backup into empty databases of the running server, compares the number of keys, and then swaps them
/// with the live ones in one transaction (SWAPDB). Load, which -Pattern means, loads the keys that fit into an empty database and then puts
/// each in the place of its live one; all other keys stay. Either way what was live is kept in another database, and takes memory, until
/// Remove-OpsCacheRestore removes it; Undo-OpsChange puts it back.</para>
/// <para>Refused are a replica, a cluster, a server older than the backup, one without the modules that the backup needs, one whose
/// maxmemory would be reached while it is loaded, and a backup of which no key is left because all have expired: a cache is never made
/// empty.</para>
/// </remarks>
/// <example>
/// <code>Get-OpsBackup main -Kind Cache -Latest | Restore-OpsCache -WhatIf</code>
/// <para>Shows how many keys would be restored, how many have expired, and which databases would keep what is live.</para>
/// </example>
/// <example>
/// <code>Restore-OpsCache 20261121T031600Z-1f3a9c -Pattern "t:demo:*"</code>
/// <para>Restores the keys of one tenant, and leaves all others as they are.</para>
/// </example>
/// <example>
/// <code>Get-OpsBackup -Kind Cache -Latest | Restore-OpsCache -ShiftExpiry -Confirm:$false</code>
/// <para>Restores a cache whose keys get the time that they had left when they were backed up.</para>
/// </example>
[Cmdlet(VerbsData.Restore, "OpsCache", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(CacheRestoreRecord), typeof(ChangePlan))]
public sealed class RestoreOpsCacheCommand : OpsEnvironmentCmdlet, IPlanFileCmdlet
{
    /// <summary>The backup: a record from Get-OpsBackup, a passed result of Test-OpsBackup, or an id, with wildcards.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [Alias("Id")]
    [SupportsWildcards]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(BackupCompleter))]
    public object[] Backup { get; set; } = null!;

    /// <summary>The cache to restore into, by its name in the environment file; the one that the backup is of when left out.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(CacheCompleter))]
    public string? Name { get; set; }

    /// <summary>How: Swap exchanges whole databases at once, Load the keys one by one. Auto is Load with -Pattern, else Swap.</summary>
    [Parameter]
    public CacheRestoreMethod Method { get; set; }

    /// <summary>Only keys that fit, as the server's KEYS takes a pattern: t:demo:*.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Pattern { get; set; }

    /// <summary>Only these databases of the backup, by number.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ValidateRange(0, 65535)]
    public int[]? Database { get; set; }

    /// <summary>
    /// Keys that expire get the time that they had left when they were backed up. Without it those whose time has come are left out.
    /// </summary>
    [Parameter]
    public SwitchParameter ShiftExpiry { get; set; }

    /// <summary>Only these stores, with wildcards.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(StoreCompleter))]
    public string[]? Store { get; set; }

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
        IReadOnlyList<string>? stores = Store is null ? null : new BackupCatalog(Context).CheckStores(Store, Fail);
        foreach (object given in Backup)
            await AttemptAllAsync(() => new BackupArgument(Context, Fail) { Kinds = [BackupKind.Cache] }.ReadAsync(given, stores,
                cancellationToken), backup =>
            {
                string name = CacheServers.FindSettings(Context.Environment, Name ?? backup.Name).Name;
                return ObserveAsync(new ObservedJob(AlertKind.Restore, "cache " + name),
                    () => RestoreAsync(backup, name, cancellationToken));
            }).ConfigureAwait(false);
    }

    private async Task<CacheRestoreRecord?> RestoreAsync(BackupRecord backup, string name, CancellationToken cancellationToken)
    {
        var request = new CacheRestoreRequest
        {
            Backups = [backup], Name = name, Method = Method, Pattern = Pattern, Databases = Database?.Distinct().ToArray(),
            ShiftExpiry = ShiftExpiry,
        };
        ChangePlan plan = await new CacheRestorePlanner(Context).PlanAsync(request, cancellationToken).ConfigureAwait(false);
        if (!await AskAsync(plan).ConfigureAwait(false)) return null;
        if ((await new ChangeRunner(Context).RunAsync(plan, cancellationToken).ConfigureAwait(false))?.Value
            is not CacheRestoreRecord record)
            return null;
        Emit(record);
        return record;
    }
}
