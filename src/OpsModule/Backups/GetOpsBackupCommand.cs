using System.Management.Automation;
using OpsModule.Engine;
using OpsModule.Engine.Backups;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Recovery;

namespace OpsModule.Backups;

/// <summary>
/// <para>Lists backups, read from the stores themselves, newest first.</para>
/// </summary>
/// <remarks>
/// <para>There is no local database that could be lost or be wrong: a backup exists when its manifest exists in a store. A manifest
/// that was altered is left out with a warning; Test-OpsBackup reports it. A database, tenant or id that no store knows is an error, so
/// that a slip in a name is not taken for "there is none"; -Name and -Tenant may hold the wildcards * and ?, and those may match nothing.</para>
/// <para>A backup, a passed test, a restore or a drill that is piped in gives that backup; an object with the properties Name, Tenant and
/// Id is held to all of them, and to its Store; one whose Tenant is empty means the whole database. An object that has none of them is an error.</para>
/// </remarks>
/// <example>
/// <code>Get-OpsBackup -Latest</code>
/// <para>The newest backup of each database and each tenant in each store.</para>
/// </example>
/// <example>
/// <code>Get-OpsBackup main -Tenant demo -Store offsite | Select-Object -First 1 | Restore-OpsDatabase -WhatIf</code>
/// <para>Shows what restoring the newest offsite backup of one tenant would change.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "OpsBackup")]
[OutputType(typeof(BackupRecord))]
public sealed class GetOpsBackupCommand : OpsDatabaseCmdlet
{
    /// <summary>Only backups of these tenants; * for every tenant. Backups of whole databases are then left out.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull, AllowEmptyCollection]
    public string[]? Tenant { get; set; }

    /// <summary>Only backups of whole databases.</summary>
    [Parameter]
    public SwitchParameter Full { get; set; }

    /// <summary>Only the backups of these ids.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string[]? Id { get; set; }

    /// <summary>Only these stores.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string[]? Store { get; set; }

    /// <summary>Only the newest backup of each database and tenant in each store.</summary>
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

    private IReadOnlyList<string> Ids => Piped switch
    {
        BackupRecord backup => [backup.Id],
        BackupTestResult { Backup: { } tested } => [tested.Id],
        RestoreRecord restore => [restore.BackupId],
        DrillResult drill => [drill.Backup.Id],
        string text when Id is null && IsId(text) => [text],
        _ => Id ?? [],
    };

    /// <inheritdoc/>
    protected override async Task BeginAsync(CancellationToken cancellationToken)
    {
        await base.BeginAsync(cancellationToken).ConfigureAwait(false);
        CheckTenants(Tenant, IsBound(nameof(Tenant)));
        if (Full && Tenant is not null)
            throw new OpsException("ParametersConflict", OpsErrorCategory.InvalidArgument, "-Full means whole databases and -Tenant single tenants; both were given.",
                "Leave one of them out.");
    }

    /// <inheritdoc/>
    protected override Task ProcessAsync(CancellationToken cancellationToken) => AttemptAsync(async () =>
    {
        IReadOnlyList<string> ids = Ids;
        if (ids.Count == 0) CheckPiped(nameof(Name), nameof(Id), nameof(Tenant));
        IReadOnlyList<string> stores = new BackupCatalog(Context).CheckStores(Store);
        var emitted = new HashSet<(string, string)>();
        foreach (string? name in Name is null && Piped is string text && ids.Contains(text) ? [null] : Names)
        {
            foreach (string? id in ids.DefaultIfEmpty<string?>(null))
                await ListAsync(new BackupQuery { Id = id, Name = name, Tenants = TenantsOf(ids), Stores = stores, Latest = Latest, After = After, Before = Before }, emitted, cancellationToken).ConfigureAwait(false);
        }
    });

    private IEnumerable<string?> Names => DatabaseNames?.Select(given => Context.Environment.Databases.TryGetValue(given, out DatabaseSettings? known) ? known.Name : given) ?? [null];

    /// <summary>A piped object that has a tenant's place and nothing in it is of a whole database.</summary>
    private IReadOnlyList<string>? TenantsOf(IReadOnlyList<string> ids)
    {
        if (Full) return [];
        string[]? named = Tenant?.Where(t => !string.IsNullOrEmpty(t)).ToArray();
        if (named is { Length: > 0 }) return named;
        return ids.Count == 0 && !IsEnvironment && PipedObject.Has(InputObject, nameof(Tenant)) ? [] : null;
    }

    private bool IsId(string text) => BackupQuery.IsId(text) && !Context.Environment.Databases.ContainsKey(text);

    private async Task ListAsync(BackupQuery query, HashSet<(string, string)> emitted, CancellationToken cancellationToken)
    {
        var catalog = new BackupCatalog(Context);
        var found = new HashSet<string?>();
        bool whole = true;
        // A store that does not answer is one failed item; the others are listed all the same.
        foreach (string store in query.Stores!)
        {
            try
            {
                await foreach (BackupRecord backup in catalog.ListAsync(query with { Stores = [store] }, cancellationToken).ConfigureAwait(false))
                {
                    found.Add(backup.Tenant);
                    if (emitted.Add((backup.Store, backup.Key))) Emit(backup);
                }
            }
            catch (OpsException e)
            {
                whole = false;
                Fail(e);
            }
        }
        bool lacking = found.Count == 0 ? query is not { Id: null, Name: null, Tenants: null } : query.Tenants?.Any(t => !found.Contains(t)) is true;
        if (!whole || !lacking) return;
        foreach (OpsException unknown in await new BackupAbsence(Context).ExplainAsync(query, cancellationToken).ConfigureAwait(false)) Fail(unknown);
    }
}
