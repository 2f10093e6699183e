using System.Management.Automation;
using OpsModule.Engine.Backups;
using OpsModule.Engine.Recovery;

namespace OpsModule.Recovery;

/// <summary>
/// <para>Restores a tenant while the service runs, or a whole database.</para>
/// </summary>
/// <remarks>
/// <para>What is restored is built beside the live data and compared, table by table, with the backup's manifest before anything live is
/// touched. Then it is switched in by renaming, in one transaction; what was live stays under a dated name until Remove-OpsRestore drops it,
/// and Undo-OpsRestore puts it back. Missing roles and extensions, and references from outside a tenant's schema, are reported before anything
/// is changed.</para>
/// </remarks>
/// <example>
/// <code>Get-OpsBackup -Tenant demo -Latest | Restore-OpsDatabase -WhatIf</code>
/// <para>Shows which tables would appear, vanish or change in row count.</para>
/// </example>
/// <example>
/// <code>Restore-OpsDatabase 20261121T031600Z-1f3a9c -Tenant demo -Confirm:$false</code>
/// <para>Brings one tenant back, out of its own backup or out of one of the whole database.</para>
/// </example>
/// <example>
/// <code>Get-OpsBackup -Name main -Latest | Restore-OpsDatabase -As main_yesterday</code>
/// <para>Restores a whole database beside the live one.</para>
/// </example>
/// <example>
/// <code>Restore-OpsDatabase -Resume -Name main -Tenant demo</code>
/// <para>Goes on with a restore that was interrupted, or whose switch was blocked.</para>
/// </example>
[Cmdlet(VerbsData.Restore, "OpsDatabase", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High, DefaultParameterSetName = "Restore")]
[OutputType(typeof(RestoreRecord), typeof(RestorePlan))]
public sealed class RestoreOpsDatabaseCommand : OpsEnvironmentCmdlet
{
    /// <summary>The backup: a record from Get-OpsBackup, a passed result of Test-OpsBackup, or an id.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = "Restore")]
    [ValidateNotNull]
    public object Backup { get; set; } = null!;

    /// <summary>The database to restore into, by its name in the environment file. The backup's own by default.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <summary>The tenant to restore. By default what the backup is of; with a backup of the whole database, one tenant out of it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Tenant { get; set; }

    /// <summary>Restores a whole database beside the live one, under this name, and switches nothing.</summary>
    [Parameter(ParameterSetName = "Restore")]
    [ValidateNotNullOrEmpty]
    public string? As { get; set; }

    /// <summary>Looks for the backup only in these stores.</summary>
    [Parameter(ParameterSetName = "Restore")]
    [ValidateNotNullOrEmpty]
    public string[]? Store { get; set; }

    /// <summary>
    /// Seconds to wait and retry for a moment at which the switch disturbs nobody. After that what was restored is kept beside the live data,
    /// and -Resume switches it in later.
    /// </summary>
    [Parameter]
    [ValidateRange(1, 86400)]
    public int SwitchTimeout { get; set; } = 60;

    /// <summary>Goes on with the unfinished restore of the database or tenant.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Resume")]
    public SwitchParameter Resume { get; set; }

    /// <summary>Removes what the unfinished restore of the database or tenant left.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Undo")]
    public SwitchParameter Undo { get; set; }

    private TimeSpan Timeout => TimeSpan.FromSeconds(SwitchTimeout);

    /// <inheritdoc/>
    protected override Task ProcessAsync(CancellationToken cancellationToken) => AttemptAsync(async () =>
    {
        if (IsOn(Resume)) await ResumeAsync(cancellationToken).ConfigureAwait(false);
        else if (IsOn(Undo)) await UndoAsync(cancellationToken).ConfigureAwait(false);
        else await RestoreAsync(cancellationToken).ConfigureAwait(false);
    });

    private async Task RestoreAsync(CancellationToken cancellationToken)
    {
        BackupRecord backup = await new BackupCatalog(Context).ResolveAsync(Unwrap(Backup)!, Store, cancellationToken).ConfigureAwait(false);
        var request = new RestoreRequest { Backup = backup, Name = Name, Tenant = Tenant, As = As, SwitchTimeout = Timeout };
        var service = new RestoreService(Context);
        RestoreSummary summary = RestoreService.Summarize(request);
        if (await ShouldProcessAsync(summary.Target, summary.Action).ConfigureAwait(false))
            Emit(await service.RunAsync(request, cancellationToken).ConfigureAwait(false));
        else if (Output.IsBound("WhatIf"))
            Emit(await service.PlanAsync(request, cancellationToken).ConfigureAwait(false));
    }

    private async Task ResumeAsync(CancellationToken cancellationToken)
    {
        if (await ShouldProcessAsync(Described, "Go on with the unfinished restore and switch it in").ConfigureAwait(false))
            Emit(await new RestoreService(Context).ResumeAsync(Name, Tenant, Timeout, cancellationToken).ConfigureAwait(false));
    }

    private async Task UndoAsync(CancellationToken cancellationToken)
    {
        if (await ShouldProcessAsync(Described, "Remove what the unfinished restore has staged; the live data stays as it is").ConfigureAwait(false))
            Verbose($"{await new RestoreService(Context).UndoUnfinishedAsync(Name, Tenant, cancellationToken).ConfigureAwait(false)} unfinished restores were undone.");
    }

    private string Described => $"database {Name ?? "(the only one)"}" + (Tenant is null ? "" : $", tenant {Tenant}");
}
