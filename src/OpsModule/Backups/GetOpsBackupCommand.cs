using System.Management.Automation;
using OpsModule.Engine.Backups;

namespace OpsModule.Backups;

/// <summary>
/// <para>Lists backups, read from the stores themselves, newest first.</para>
/// </summary>
/// <remarks>
/// <para>There is no local database that could be lost or be wrong: a backup exists when its manifest exists in a store. A manifest
/// that was altered is left out with a warning; Test-OpsBackup reports it.</para>
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
public sealed class GetOpsBackupCommand : OpsEnvironmentCmdlet
{
    /// <summary>Only backups of this database (its name in the environment file).</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

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

    /// <summary>Only backups begun at or after this time.</summary>
    [Parameter]
    public DateTimeOffset? After { get; set; }

    /// <summary>Only backups begun before this time.</summary>
    [Parameter]
    public DateTimeOffset? Before { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        var catalog = new BackupCatalog(Context);
        // A store that does not answer is one failed item; the others are listed all the same.
        foreach (string store in catalog.CheckStores(Store))
        {
            var query = new BackupQuery
            {
                Id = Id, Name = Name, Tenants = IsOn(Full) ? [] : Tenant, Stores = [store], Latest = IsOn(Latest), After = After, Before = Before,
            };
            await AttemptAsync(async () =>
            {
                await foreach (BackupRecord backup in catalog.ListAsync(query, cancellationToken).ConfigureAwait(false)) Emit(backup);
            }).ConfigureAwait(false);
        }
    }
}
