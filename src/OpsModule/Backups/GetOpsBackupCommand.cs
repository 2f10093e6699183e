using System.Management.Automation;
using OpsModule.Completion;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Areas.Recovery.Drills;

namespace OpsModule.Backups;

/// <summary>
/// <para>Lists backups, read from the stores themselves, newest first.</para>
/// </summary>
/// <remarks>
/// <para>There is no local database that could be lost or be wrong: a backup exists when its manifest exists in a store. A manifest
/// that was altered is left out with a warning; Test-OpsBackup reports it. A database, cache, tenant or id that no store knows is an error,
/// so that a slip in a name is not taken for "there is none". Names, tenants, ids and stores may have wildcards, and one that nothing fits
/// is a warning. A tenant's name is found in another case when there is no other that differs from it only in its case.</para>
/// <para>A backup, a passed test, a restore or a drill that is piped in gives that backup; an object with the properties Name, Tenant and
/// Id is held to all of them, and to its Store; one whose Tenant is empty means the whole database. An object that has none of them is an error.</para>
/// </remarks>
/// <example>
/// <code>Get-OpsBackup -Latest</code>
/// <para>The newest backup of each database and each tenant in each store. With a database's name, of the whole database alone.</para>
/// </example>
/// <example>
/// <code>Get-OpsBackup main -Kind Cache</code>
/// <para>The backups of the cache main. Where a database is called main, too, its name alone means the database.</para>
/// </example>
/// <example>
/// <code>Get-OpsBackup main -Tenant demo -Store offsite | Select-Object -First 1 | Restore-OpsDatabase -WhatIf</code>
/// <para>Shows what restoring the newest offsite backup of one tenant would change.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "OpsBackup", DefaultParameterSetName = "Tenant")]
[OutputType(typeof(BackupRecord))]
public sealed class GetOpsBackupCommand : OpsDatabaseCmdlet
{
    /// <summary>Only backups of these tenants, with wildcards; * for every tenant. Backups of whole databases are then left out.</summary>
    [Parameter(ParameterSetName = "Tenant", ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [AllowNull, AllowEmptyCollection]
    [ArgumentCompleter(typeof(TenantCompleter))]
    public string[]? Tenant { get; set; }

    /// <summary>
    /// Only backups of these kinds: Database, Cache, Configuration. Without it, names of databases mean those, and any other name what it
    /// is of.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public BackupKind[]? Kind { get; set; }

    /// <summary>Only backups of whole databases.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Full")]
    public SwitchParameter Full { get; set; }

    /// <summary>Only the backups of these ids, with wildcards.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(BackupCompleter))]
    public string[]? Id { get; set; }

    /// <summary>Only these stores, with wildcards.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(StoreCompleter))]
    public string[]? Store { get; set; }

    /// <summary>
    /// Only these folders, or s3://bucket/prefix, in place of -Store: stores that need not stand in the environment file.
    /// A bucket is reached with the keys of a store of the environment that has the same one, else with AWS's own.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [StorePath]
    public string[]? Path { get; set; }

    /// <summary>Only the newest backup of each database and tenant in each store. Where a database is named, the newest of the whole database, unless -Tenant asks for tenants.</summary>
    [Parameter]
    public SwitchParameter Latest { get; set; }

    /// <summary>Only backups begun at or after this time, or not longer ago than this: 30d, 12h, 2w.</summary>
    [Parameter]
    [Moment]
    public DateTimeOffset? After { get; set; }

    /// <summary>Only backups begun before this time, or longer ago than this: 30d, 12h, 2w.</summary>
    [Parameter]
    [Moment]
    public DateTimeOffset? Before { get; set; }

    private string[]? _store;

    private IReadOnlyList<string> Ids => Piped switch
    {
        BackupRecord backup => [backup.Id],
        BackupTestResult { Backup: { } tested } => [tested.Id],
        RestoreRecord restore => [restore.BackupId],
        DrillResult drill => [drill.Backup.Id],
        _ when !IsEnvironment && LikeId is { } id => [id],
        string text when Id is null && IsId(text) => [text],
        _ => Id ?? [],
    };

    /// <summary>The id of the backup that an object of another session, or of a file, is of.</summary>
    private string? LikeId => PipedObject.Text(InputObject, "BackupId") ?? (PipedObject.Has(InputObject, "Backup") ? BackupArgument.IdOf(InputObject!) : null);

    /// <inheritdoc/>
    protected override async Task BeginAsync(CancellationToken cancellationToken)
    {
        await base.BeginAsync(cancellationToken).ConfigureAwait(false);
        _store = Store;
        CheckTenants(Tenant, IsBound(nameof(Tenant)));
    }

    /// <inheritdoc/>
    protected override Task ProcessAsync(CancellationToken cancellationToken) => AttemptAsync(async () =>
    {
        IReadOnlyList<string> ids = Ids;
        if (ids.Count == 0) CheckPiped(nameof(Name), nameof(Id), nameof(Tenant));
        IReadOnlyList<string> stores = new BackupCatalog(Context).CheckStores(
            StorePathAttribute.Meant(Path is null ? Store : _store, Path), Fail);
        IReadOnlyList<string>? names = Name is null && Piped is string text && ids.Contains(text) ? null : DatabaseNames;
        var query = new BackupQuery
        {
            Kinds = KindsOf(ids, names), Ids = ids.Count == 0 ? null : ids, Names = names, Tenants = TenantsOf(ids), Stores = stores,
            Latest = Latest, After = After, Before = Before,
        };
        // Of a database that is named its whole is meant; a restore of the newest must not become one of a tenant.
        bool isWhole = Latest && names is not null && query is { Tenants: null, Ids: null };
        bool any = false;
        await new BackupFinder(Context).FindAsync(isWhole ? query with { Tenants = [] } : query, Found, Fail, cancellationToken).ConfigureAwait(false);
        if (isWhole && !any) Verbose("There is no backup of the whole; -Tenant * lists those of tenants.");

        void Found(BackupRecord backup)
        {
            any = true;
            Emit(backup);
        }
    });

    /// <summary>An id alone may be of any kind.</summary>
    private IReadOnlyList<BackupKind>? KindsOf(IReadOnlyList<string> ids, IReadOnlyList<string>? names) =>
        KindArgument.Of(Context.Environment, Kind, names,
            Full || Tenant?.Any(t => !string.IsNullOrEmpty(t)) is true || (ids.Count > 0 && Piped is RestoreRecord or DrillResult));

    /// <summary>A piped object that has a tenant's place and nothing in it is of a whole database.</summary>
    private IReadOnlyList<string>? TenantsOf(IReadOnlyList<string> ids)
    {
        if (Full) return [];
        string[]? named = Tenant?.Where(t => !string.IsNullOrEmpty(t)).ToArray();
        if (named is { Length: > 0 }) return named;
        return ids.Count == 0 && !IsEnvironment && PipedObject.Has(InputObject, nameof(Tenant)) ? [] : null;
    }

    private bool IsId(string text) => BackupQuery.IsId(text) && !Context.Environment.Databases.ContainsKey(text);
}
