using System.Management.Automation;
using OpsModule.Engine;
using OpsModule.Engine.Backups;
using OpsModule.Engine.Environments;

namespace OpsModule.Backups;

/// <summary>
/// <para>Lists backups, read from the stores themselves, newest first.</para>
/// </summary>
/// <remarks>
/// <para>There is no local database that could be lost or be wrong: a backup exists when its manifest exists in a store. A manifest
/// that was altered is left out with a warning; Test-OpsBackup reports it. A database, tenant or id that no store knows is an error, so
/// that a slip in a name is not taken for "there is none"; -Name and -Tenant may hold the wildcards * and ?, and those may match nothing.</para>
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
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? Tenant { get; set; }

    /// <summary>Only backups of whole databases.</summary>
    [Parameter]
    public SwitchParameter Full { get; set; }

    /// <summary>Only the backup of this id.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Id { get; set; }

    /// <summary>Only these stores.</summary>
    [Parameter]
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

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        if (IsOn(Full) && Tenant is not null)
            throw new OpsException("ParametersConflict", OpsErrorCategory.InvalidArgument, "-Full means whole databases and -Tenant single tenants; both were given.",
                "Leave one of them out.");
        var catalog = new BackupCatalog(Context);
        string? name = DatabaseName is { } given && Context.Environment.Databases.TryGetValue(given, out DatabaseSettings? known) ? known.Name : DatabaseName;
        var query = new BackupQuery
        {
            Id = Id, Name = name, Tenants = IsOn(Full) ? [] : Tenant, Stores = catalog.CheckStores(Store), Latest = IsOn(Latest), After = After, Before = Before,
        };
        var found = new HashSet<string?>();
        bool whole = true;
        // A store that does not answer is one failed item; the others are listed all the same.
        foreach (string store in query.Stores)
        {
            try
            {
                await foreach (BackupRecord backup in catalog.ListAsync(query with { Stores = [store] }, cancellationToken).ConfigureAwait(false))
                {
                    found.Add(backup.Tenant);
                    Emit(backup);
                }
            }
            catch (OpsException e)
            {
                whole = false;
                Fail(e);
            }
        }
        bool lacking = found.Count == 0 ? query is not { Id: null, Name: null, Tenants: null } : Tenant?.Any(t => !found.Contains(t)) is true;
        if (!whole || !lacking) return;
        foreach (OpsException unknown in await new BackupAbsence(Context).ExplainAsync(query, cancellationToken).ConfigureAwait(false)) Fail(unknown);
    }
}
