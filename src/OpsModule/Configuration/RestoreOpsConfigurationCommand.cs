using System.Management.Automation;
using OpsModule.Backups;
using OpsModule.Completion;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Configuration.Restoring;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Signals;

namespace OpsModule.Configuration;

/// <summary>
/// <para>Restores files of the configuration from a backup: all that differ, or some.</para>
/// </summary>
/// <remarks>
/// <para>Only files that the environment names are written, each beside its place and renamed, with mode and owner, and no link is followed
/// on the way. What is replaced is kept in the state folder, sealed; Undo-OpsChange puts it back. What the backup does not have stays.
/// -WhatIf shows each file as a unified diff with secrets masked (Figures of the plan). When one file cannot be written, those before it
/// are put back. Services are not restarted.</para>
/// </remarks>
/// <example>
/// <code>(Restore-OpsConfiguration 20261121T020000Z-1f3a9c -WhatIf).Figures | ForEach-Object Value</code>
/// <para>Shows what would change, as a diff.</para>
/// </example>
/// <example>
/// <code>Get-OpsBackup -Kind Configuration -Latest | Restore-OpsConfiguration -Include .env, 'nginx/*'</code>
/// <para>Restores the env file and the files of a folder from the newest backup.</para>
/// </example>
[Cmdlet(VerbsData.Restore, "OpsConfiguration", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(ConfigurationRestore), typeof(ChangePlan))]
public sealed class RestoreOpsConfigurationCommand : OpsEnvironmentCmdlet, IPlanFileCmdlet
{
    /// <summary>The backup: a record from Get-OpsBackup, a passed result of Test-OpsBackup, or an id, with wildcards.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [Alias("Id")]
    [SupportsWildcards]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(BackupCompleter))]
    public object[] Backup { get; set; } = null!;

    /// <summary>
    /// Which files: relative to the environment file as the backup has them, or full paths, with wildcards; a folder means all that is in
    /// it. All that differ by default.
    /// </summary>
    [Parameter(Position = 1)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[]? Include { get; set; }

    /// <summary>Only backups in these stores, with wildcards.</summary>
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
            await AttemptAllAsync(() => new BackupArgument(Context, Fail) { Kinds = [BackupKind.Configuration] }.ReadAsync(given, stores,
                cancellationToken), backup => RestoreAsync(backup, cancellationToken)).ConfigureAwait(false);
    }

    private async Task RestoreAsync(BackupRecord backup, CancellationToken cancellationToken)
    {
        if (await new ConfigurationRestorePlanner(Context).PlanAsync(backup, Include, cancellationToken).ConfigureAwait(false) is not { } plan)
        {
            Verbose($"All that is meant is as in backup {backup.Id}.");
            return;
        }
        if (!await AskAsync(plan).ConfigureAwait(false)) return;
        var job = new ObservedJob(AlertKind.Restore, "configuration files");
        ConfigurationRestore? restored = await ObserveAsync(job, async () => (await new ChangeRunner(Context).RunAsync(plan,
            cancellationToken)
            .ConfigureAwait(false))?.Value as ConfigurationRestore).ConfigureAwait(false);
        if (restored is not null) Emit(restored);
    }
}
