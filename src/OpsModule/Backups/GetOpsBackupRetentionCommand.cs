using System.Management.Automation;
using OpsModule.Completion;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Retention;

namespace OpsModule.Backups;

/// <summary>
/// <para>Shows for each backup whether the environment's rules of retention keep it, and why. Nothing is changed.</para>
/// </summary>
/// <remarks>
/// <para>What Remove-OpsBackup -Retention would do, one record for each backup of each store: by database and tenant, newest first. A backup that
/// is damaged fills no place; of those of one day, week, month or year one that is verified is kept before one that is not.</para>
/// </remarks>
/// <example>
/// <code>Get-OpsBackupRetention | Where-Object Outcome -eq Remove</code>
/// <para>Lists what would go.</para>
/// </example>
/// <example>
/// <code>Get-OpsBackupRetention main -Tenant demo -Store offsite</code>
/// <para>Shows why each backup of one tenant is still there.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "OpsBackupRetention")]
[OutputType(typeof(RetentionDecision))]
public sealed class GetOpsBackupRetentionCommand : OpsDatabaseCmdlet
{
    /// <summary>Only backups of these tenants, with wildcards; * for every tenant. Backups of whole databases are then left out.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [AllowNull, AllowEmptyCollection]
    [ArgumentCompleter(typeof(TenantCompleter))]
    public string[]? Tenant { get; set; }

    /// <summary>
    /// Only backups of these kinds: Database, Cache, Configuration. Without it, names of databases mean those, and no name all.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public BackupKind[]? Kind { get; set; }

    /// <summary>Only these stores, with wildcards.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(StoreCompleter))]
    public string[]? Store { get; set; }

    /// <summary>Decides though nothing but this machine's clock says how late it is.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override async Task BeginAsync(CancellationToken cancellationToken)
    {
        await base.BeginAsync(cancellationToken).ConfigureAwait(false);
        CheckTenants(Tenant, IsBound(nameof(Tenant)));
    }

    /// <inheritdoc/>
    protected override Task ProcessAsync(CancellationToken cancellationToken) => AttemptAsync(async () =>
    {
        CheckPiped(nameof(Name));
        IReadOnlyList<string> stores = new BackupCatalog(Context).CheckStores(Store, Fail);
        string[]? tenants = Tenant?.Where(t => !string.IsNullOrEmpty(t)).ToArray();
        BackupQuery? query = await new BackupFinder(Context).ResolveAsync(
            new BackupQuery { Kinds = KindArgument.Of(Context.Environment, Kind, DatabaseNames, tenants is { Length: > 0 }), Names = DatabaseNames, Tenants = tenants is { Length: > 0 } ? tenants : null, Stores = stores }, Fail, cancellationToken).ConfigureAwait(false);
        if (query is null) return;
        foreach (string store in stores)
            await AttemptAsync(async () =>
            {
                foreach (RetentionDecision decision in (await new RetentionPlanner(Context).PlanAsync(store, query, Force, cancellationToken).ConfigureAwait(false)).Decisions) Emit(decision);
            }).ConfigureAwait(false);
    });
}
