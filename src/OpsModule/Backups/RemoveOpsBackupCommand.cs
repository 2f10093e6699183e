using System.Management.Automation;
using OpsModule.Completion;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Changing;
using OpsModule.Engine.Areas.Retention;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Backups;

/// <summary>
/// <para>Removes backups for good: those that are named, those that the rules of retention let go, or what interrupted runs left.</para>
/// </summary>
/// <remarks>
/// <para>The last verified backup of a database or tenant is refused unless -Force is given. -Incomplete removes objects without a
/// manifest and leftovers of uploads, except those of a backup that is running. What is younger than a day and was not begun on this
/// host stays, because another host may still be writing it; -Force removes that, too.</para>
/// <para>-Retention applies backups.retention of the environment file to each database, tenant, cache and configuration in each store, and
/// emits for each backup whether it stays or goes, and why. The newest whole backup and the newest verified one always stay, and so does
/// one that is pinned, that somebody reads on any machine, whose time lies in the future, or that had rows which the next one lacks. Killed
/// anywhere, it leaves whole backups only.</para>
/// </remarks>
/// <example>
/// <code>Get-OpsBackup -Before 30d | Remove-OpsBackup -WhatIf</code>
/// <para>Shows which backups older than 30 days would go.</para>
/// </example>
/// <example>
/// <code>Remove-OpsBackup -Retention -WhatIf</code>
/// <para>Shows what the rules of the environment file would let go, what that frees, and to which moments one could still go back.</para>
/// </example>
/// <example>
/// <code>Remove-OpsBackup -Retention -Confirm:$false | Assert-OpsResult</code>
/// <para>Applies the rules; the line for a schedule.</para>
/// </example>
/// <example>
/// <code>Test-OpsBackup -Level Structure | Where-Object Backup | Where-Object Passed -eq $false | Remove-OpsBackup</code>
/// <para>Removes the backups that did not pass their test, after asking for each.</para>
/// </example>
/// <example>
/// <code>Remove-OpsBackup -Incomplete -Confirm:$false</code>
/// <para>Clears away what killed backups left behind.</para>
/// </example>
[Cmdlet(VerbsCommon.Remove, "OpsBackup", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High, DefaultParameterSetName = "Backup")]
[OutputType(typeof(BackupRecord), typeof(StrayObject), typeof(RetentionDecision), typeof(ChangePlan))]
public sealed class RemoveOpsBackupCommand : OpsEnvironmentCmdlet, IPlanFileCmdlet
{
    /// <summary>
    /// The backup: a record from Get-OpsBackup or a result of Test-OpsBackup (which say in which store), or an id, with wildcards (then -Store says where,
    /// or it goes from every store).
    /// </summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = "Backup")]
    [Alias("Id")]
    [SupportsWildcards]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(BackupCompleter))]
    public object[] Backup { get; set; } = null!;

    /// <summary>
    /// Removes the last verified backup, one that is pinned and one that is being read, too; with -Incomplete, what is younger than a day, too; with
    /// -Retention, though nothing but this machine's clock says how late it is: no backup that the rules keep goes by it.
    /// </summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Removes what interrupted backups left, not backups.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Incomplete")]
    public SwitchParameter Incomplete { get; set; }

    /// <summary>Removes what the rules of retention in the environment file no longer keep.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Retention")]
    public SwitchParameter Retention { get; set; }

    /// <summary>
    /// Only backups of these kinds: Database, Cache, Configuration. Without it all; with -Retention, names of databases mean those.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public BackupKind[]? Kind { get; set; }

    /// <summary>Applies the rules to these databases (and their tenants), caches or configurations only, with wildcards.</summary>
    [Parameter(Position = 0, ParameterSetName = "Retention")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(DatabaseCompleter))]
    public string[]? Name { get; set; }

    /// <summary>Applies the rules to these tenants only, with wildcards; * for every tenant. Whole databases are then left out.</summary>
    [Parameter(ParameterSetName = "Retention")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(TenantCompleter))]
    public string[]? Tenant { get; set; }

    /// <summary>Only these stores, with wildcards.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(StoreCompleter))]
    public string[]? Store { get; set; }

    /// <summary>Emits what was removed; without it nothing is emitted. -Retention always emits.</summary>
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

    private (OpsContext Context, BackupRemover Remover)? _remover;

    /// <summary>One for the whole pipeline: it remembers what is planned to go.</summary>
    private BackupRemover Remover
    {
        get
        {
            if (_remover is not { } known || !ReferenceEquals(known.Context, Context)) _remover = known = (Context, new BackupRemover(Context));
            return known.Remover;
        }
    }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<string> stores = new BackupCatalog(Context).CheckStores(Store, Fail);
        if (Incomplete)
        {
            foreach (string store in stores) await AttemptAsync(() => RemoveStraysAsync(store, cancellationToken)).ConfigureAwait(false);
            return;
        }
        if (Retention)
        {
            BackupQuery? query = await new BackupFinder(Context).ResolveAsync(new BackupQuery { Kinds = KindArgument.Of(Context.Environment, Kind, Name, Tenant is not null), Names = Name, Tenants = Tenant, Stores = stores }, Fail, cancellationToken).ConfigureAwait(false);
            if (query is null) return;
            foreach (string store in stores) await AttemptAsync(() => RetainAsync(store, query, cancellationToken)).ConfigureAwait(false);
            return;
        }
        foreach (object given in Backup)
            await AttemptAllAsync(() => Unwrap(given) is BackupTestResult { Backup: null } stray ? throw NoBackup(stray)
                    : new BackupArgument(Context, Fail) { EveryStore = true, TakesFailed = true, Kinds = Kind }.ReadAsync(given, stores,
                        cancellationToken),
                backup => stores.Contains(backup.Store) ? RemoveAsync(backup, cancellationToken) : Task.CompletedTask).ConfigureAwait(false);
    }

    private static OpsException NoBackup(BackupTestResult stray) => new("BackupNotFound", OpsErrorCategory.InvalidArgument, $"{stray.Location} is no backup: {stray.Message}",
        stray.Finding == BackupFinding.ManifestAltered
            ? "Look at it, and delete the manifest and its object by hand when nothing of it is wanted."
            : "Remove what interrupted backups left with Remove-OpsBackup -Incomplete.", stray);

    private async Task RemoveAsync(BackupRecord backup, CancellationToken cancellationToken)
    {
        ChangePlan plan = await Remover.PlanAsync(backup, Force, cancellationToken).ConfigureAwait(false);
        bool agreed = await AskAsync(plan).ConfigureAwait(false);
        if (agreed || IsWhatIf || PlanFile is not null) Remover.CountAsGone(backup);
        if (!agreed) return;
        await new ChangeRunner(Context).RunAsync(plan, cancellationToken).ConfigureAwait(false);
        if (PassThru) Emit(backup);
    }

    private async Task RetainAsync(string store, BackupQuery query, CancellationToken cancellationToken)
    {
        IReadOnlyList<RetentionDecision>? decisions = await new RetentionService(Context).ApplyAsync(store, query, Force, AskAsync, cancellationToken).ConfigureAwait(false);
        foreach (RetentionDecision decision in decisions ?? []) Emit(decision);
    }

    private async Task RemoveStraysAsync(string store, CancellationToken cancellationToken)
    {
        var inspector = new StoreInspector(Context);
        await foreach (StrayObject stray in inspector.FindStraysAsync(new BackupQuery { Kinds = Kind, Stores = [store] },
            cancellationToken).ConfigureAwait(false))
        {
            if (stray.Finding == BackupFinding.ManifestAltered) continue;
            await AttemptAsync(async () =>
            {
                ChangePlan plan = inspector.Plan(stray, Force);
                if (!await AskAsync(plan).ConfigureAwait(false)) return;
                await new ChangeRunner(Context).RunAsync(plan, cancellationToken).ConfigureAwait(false);
                if (PassThru) Emit(stray);
            }).ConfigureAwait(false);
        }
    }
}
