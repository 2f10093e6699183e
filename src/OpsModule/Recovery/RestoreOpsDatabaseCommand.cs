using System.Management.Automation;
using OpsModule.Backups;
using OpsModule.Completion;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Areas.Recovery.Changing;
using OpsModule.Engine.Areas.Recovery.Missing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Signals;
using OpsModule.Foundations.Errors;

namespace OpsModule.Recovery;

/// <summary>
/// <para>Restores a tenant while the service runs, or a whole database.</para>
/// </summary>
/// <remarks>
/// <para>What is restored is built beside the live data and compared, table by table, with the backup's manifest before anything live is
/// touched; owners, privileges, row security, triggers, settings, comments and the rest are compared, too, with what they were when the backup was made. Then it is switched in by renaming, in one transaction; what was live stays under a dated name until Remove-OpsRestore drops it,
/// and Undo-OpsRestore puts it back. Missing roles and extensions, and references from outside a tenant's schema, are reported before anything
/// is changed.</para>
/// <para>Nothing is restored before everything piped in is known. A backup that lies in several stores is restored once, from the first store
/// that gives it whole. Different backups for the same tenant or database are an error, and neither is restored; so are a whole database and a
/// tenant of it in one call, because one would be restored over the other. Get-OpsBackup -Full gives whole databases only.</para>
/// <para>A restore that was interrupted, or whose switch was blocked, is gone on with by Resume-OpsChange, and given up by Undo-OpsChange:
/// the error has both commands ready to be copied.</para>
/// </remarks>
/// <example>
/// <code>Get-OpsBackup -Tenant demo -Latest | Restore-OpsDatabase -WhatIf | Format-List</code>
/// <para>Shows the whole plan: out of which store, what must hold, and which tables would appear, vanish or change in row count.</para>
/// </example>
/// <example>
/// <code>Restore-OpsDatabase 20261121T031600Z-1f3a9c -Tenant demo -Confirm:$false</code>
/// <para>Brings one tenant back, out of its own backup or out of one of the whole database.</para>
/// </example>
/// <example>
/// <code>Get-OpsBackup main -Full -Latest | Restore-OpsDatabase -As main_yesterday</code>
/// <para>Restores a whole database beside the live one.</para>
/// </example>
/// <example>
/// <code>Get-OpsBackup main -Tenant demo -Store offsite -Latest | Restore-OpsDatabase</code>
/// <para>Restores the newest backup that a certain store has.</para>
/// </example>
/// <example>
/// <code>Get-OpsBackup main -Full -Latest | Restore-OpsDatabase -AllowIncomplete | Select-Object -Property Name, NotRestored</code>
/// <para>Restores all rows although an index needs a search_path that a dump does not have, and shows what is missing.</para>
/// </example>
[Cmdlet(VerbsData.Restore, "OpsDatabase", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High, DefaultParameterSetName = "Restore")]
[OutputType(typeof(RestoreRecord), typeof(ChangePlan))]
public sealed class RestoreOpsDatabaseCommand : OpsEnvironmentCmdlet, ICredentialCmdlet, IPlanFileCmdlet
{
    /// <summary>The backup: a record from Get-OpsBackup, a passed result of Test-OpsBackup, or an id, with wildcards.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = "Restore")]
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = "As")]
    [Alias("Id")]
    [SupportsWildcards]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(BackupCompleter))]
    public object[] Backup { get; set; } = null!;

    /// <summary>The database to restore into, by its name in the environment file, in any case; a pattern must fit exactly one. The backup's own by default.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(DatabaseCompleter))]
    public string? Name { get; set; }

    /// <summary>The tenants to restore, with wildcards. By default what the backup is of; with a backup of the whole database, single tenants out of it.</summary>
    [Parameter(ParameterSetName = "Restore")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(TenantCompleter))]
    public string[]? Tenant { get; set; }

    /// <summary>Restores a whole database beside the live one, under this name, and switches nothing.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "As")]
    [ValidateNotNullOrEmpty]
    public string? As { get; set; }

    /// <summary>
    /// Restores although owners, wider privileges, row security or sequences are not what they were when the backup was made. What differs is warned of and
    /// in the result's Differences.
    /// </summary>
    [Parameter(ParameterSetName = "Restore")]
    [Parameter(ParameterSetName = "As")]
    public SwitchParameter AllowDifference { get; set; }

    /// <summary>
    /// Restores although objects without rows of their own cannot be made: indexes, views, constraints, triggers that need a search_path, for example.
    /// They are listed under NotRestored and warned of; without this switch they are an error, and nothing is switched in. Of rows, and of what
    /// protects them, nothing is ever left out.
    /// </summary>
    [Parameter(ParameterSetName = "Restore")]
    [Parameter(ParameterSetName = "As")]
    public SwitchParameter AllowIncomplete { get; set; }

    /// <summary>Puts everything into the database's own tablespace and stores tables in the server's own way, for a server that lacks those of the backup.</summary>
    [Parameter(ParameterSetName = "Restore")]
    [Parameter(ParameterSetName = "As")]
    public SwitchParameter NoTablespaces { get; set; }

    /// <summary>
    /// Makes the roles and tablespaces first that the backup's server had and this one lacks, as a change of its own that is
    /// shown, asked for and taken
    /// back by itself. What is there is never changed. A role whose password is not in the backup cannot log in. With -WhatIf that
    /// change alone is
    /// planned: the restore can be only when the roles are there. For whole databases.
    /// </summary>
    [Parameter(ParameterSetName = "Restore")]
    [Parameter(ParameterSetName = "As")]
    public SwitchParameter CreateMissing { get; set; }

    /// <summary>
    /// With -CreateMissing: roles get SUPERUSER, CREATEROLE, REPLICATION and BYPASSRLS, membership in roles of PostgreSQL (pg_...)
    /// and settings that load
    /// libraries, where the backup says so. Whoever can write to the store can write that into a backup; the plan names each.
    /// </summary>
    [Parameter(ParameterSetName = "Restore")]
    [Parameter(ParameterSetName = "As")]
    public SwitchParameter AllowPrivileged { get; set; }

    /// <summary>Looks for the backup only in these stores, with wildcards.</summary>
    [Parameter(ParameterSetName = "Restore")]
    [Parameter(ParameterSetName = "As")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(StoreCompleter))]
    public string[]? Store { get; set; }

    /// <summary>
    /// Seconds to wait and retry for a moment at which the switch disturbs nobody. After that what was restored is kept beside the live data,
    /// and Resume-OpsChange switches it in later.
    /// </summary>
    [Parameter]
    [Duration(Waits = true, Least = "1s", Most = "1d")]
    public TimeSpan SwitchTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Does nothing now, and writes what would be done as a plan into this file: Get-OpsPlan shows it, and Invoke-OpsPlan carries it out,
    /// later or run by another
    /// person, as long as what it was made for is still there. Several changes of one call become one plan.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ProviderPath]
    public string? PlanFile { get; set; }

    private readonly List<(OpsContext Context, RestoreRequest Request)> _requests = [];

    /// <summary>
    /// Logs in to the environment's databases as this user, with this password, in this call only, in place of what the environment file says: Get-Credential,
    /// or what Get-Secret gives. The password is shown nowhere, is in no program's arguments and not in the journal.
    /// </summary>
    [Parameter]
    [ValidateNotNull]
    [Credential]
    public PSCredential? Credential { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<string>? stores = Store is null ? null : new BackupCatalog(Context).CheckStores(Store, Fail);
        foreach (object given in Backup) await AttemptAsync(() => TakeAsync(given, stores, cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>The one database that is named; null when none is.</summary>
    private string? Database()
    {
        if (Name is null) return null;
        return DatabaseServers.FindNames(Context.Environment, [Name], e => throw e) switch
        {
            [var only] => only,
            var several => throw new OpsException("NameAmbiguous", OpsErrorCategory.InvalidArgument, $"{Name} fits several databases: {string.Join(", ", several)}. One database was expected.", "Write its whole name.", Name),
        };
    }

    /// <summary>
    /// Nothing is restored before all backups are known: one that lies in several stores arrives once from each, and is one restore.
    /// </summary>
    protected override async Task EndAsync(CancellationToken cancellationToken)
    {
        foreach (IGrouping<OpsContext, RestoreRequest> environment in _requests.GroupBy(r => r.Context, r => r.Request))
        {
            GoOnIn(environment.Key);
            await AttemptAsync(() => RestoreAllAsync([.. environment], cancellationToken)).ConfigureAwait(false);
        }
    }

    private async Task RestoreAllAsync(List<RestoreRequest> requests, CancellationToken cancellationToken)
    {
        foreach (IReadOnlyList<RestoreRequest> sources in RestoreBatch.Of(Context.Environment, requests, Fail))
            await AttemptAsync(() => ObserveAsync(JobOf(sources[0]), () => RestoreAsync(sources, cancellationToken))).ConfigureAwait(false);
    }

    private async Task TakeAsync(object given, IReadOnlyList<string>? stores, CancellationToken cancellationToken)
    {
        string? name = Database();
        foreach (BackupRecord backup in await new BackupArgument(Context, Fail) { Kinds = [BackupKind.Database] }.ReadAsync(given, stores,
            cancellationToken).ConfigureAwait(false))
        {
            string?[] tenants = Tenant is null ? [null]
                : [.. RestoreService.ChooseTenants(backup, DatabaseServers.FindSettings(Context.Environment, name ?? backup.Name), Tenant, Fail)];
            foreach (string? tenant in tenants)
                await AttemptAsync(() =>
                {
                    var request = new RestoreRequest { Backup = backup, Name = name, Tenant = tenant, As = As, SwitchTimeout = SwitchTimeout, AllowIncomplete = AllowIncomplete, NoTablespaces = NoTablespaces, AllowDifferences = AllowDifference };
                    RestoreService.Summarize(request);
                    _requests.Add((Context, request));
                    return Task.CompletedTask;
                }).ConfigureAwait(false);
        }
    }

    /// <summary>Makes what the server lacks; false when the restore cannot follow, because it was not made.</summary>
    private async Task<bool> CreateMissingAsync(RestoreRequest request, CancellationToken cancellationToken)
    {
        if ((request.Tenant ?? request.Backup.Tenant) is { } tenant)
            throw new OpsException("ParametersConflict", OpsErrorCategory.InvalidArgument,
                $"-CreateMissing was given, and only the tenant {tenant} would be restored; roles come with whole databases.",
                "Leave -CreateMissing out: a tenant's restore names the roles that are missing.", request.Backup.Id);
        if (await new GlobalsPlanner(Context).PlanAsync(request.Backup, request.DatabaseName, AllowPrivileged, !NoTablespaces,
            cancellationToken).ConfigureAwait(false) is not { } plan) return true;
        if (await AskAsync(plan).ConfigureAwait(false))
        {
            await new ChangeRunner(Context).RunAsync(plan, cancellationToken).ConfigureAwait(false);
            return true;
        }
        Warning("The restore itself is planned when these roles and tablespaces are there.");
        return false;
    }

    private async Task<RestoreRecord?> RestoreAsync(IReadOnlyList<RestoreRequest> sources, CancellationToken cancellationToken)
    {
        if (CreateMissing && !await CreateMissingAsync(sources[0], cancellationToken).ConfigureAwait(false)) return null;
        ChangePlan plan = await new RestorePlanner(Context).PlanAsync(sources, counted: IsWhatIf || PlanFile is not null, cancellationToken).ConfigureAwait(false);
        if (!await AskAsync(plan).ConfigureAwait(false)) return null;
        ChangeResult? made = await new ChangeRunner(Context).RunAsync(plan, cancellationToken).ConfigureAwait(false);
        if (made?.Value is not RestoreRecord record) return null;
        Emit(record);
        return record;
    }

    private static ObservedJob JobOf(RestoreRequest request) => new(AlertKind.Restore, request.As is { } other ? $"database {other}, from {request.Backup.Name}"
        : ObservedJob.Of(request.DatabaseName, request.Tenant ?? request.Backup.Tenant));
}
