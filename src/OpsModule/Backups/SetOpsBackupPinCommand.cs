using System.Management.Automation;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Changing;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Backups;

/// <summary>
/// <para>Pins backups: no rule of retention removes them, and Remove-OpsBackup only with -Force.</para>
/// </summary>
/// <remarks>
/// <para>The pin lies in the store beside the backup, so that every machine sees it. A backup that is pinned already gets the new pin in the place of
/// the old one. A pin with an end is over by itself.</para>
/// </remarks>
/// <example>
/// <code>Get-OpsBackup main -Latest | Set-OpsBackupPin -Until 2027-06-30 -Reason "as of the year's accounts"</code>
/// <para>Keeps the newest backup until the middle of next year.</para>
/// </example>
/// <example>
/// <code>Set-OpsBackupPin 20261121T031600Z-1f3a9c -Reason "before the migration to v5" -Store offsite</code>
/// <para>Keeps one backup in one store until Remove-OpsBackupPin.</para>
/// </example>
[Cmdlet(VerbsCommon.Set, "OpsBackupPin", SupportsShouldProcess = true)]
[OutputType(typeof(BackupRecord), typeof(ChangePlan))]
public sealed class SetOpsBackupPinCommand : OpsBackupMarkCmdlet
{
    /// <summary>Why it is kept, for whoever finds it later.</summary>
    [Parameter(Mandatory = true)]
    [ValidateNotNullOrEmpty]
    public string Reason { get; set; } = "";

    /// <summary>Until when, or for how long from now: 90d, 52w. Without it until the pin is removed.</summary>
    [Parameter]
    [Moment(Ahead = true)]
    public DateTimeOffset? Until { get; set; }

    private protected override async Task<ChangePlan?> PlanAsync(BackupMarker marker, BackupRecord backup, CancellationToken cancellationToken) =>
        await marker.PinAsync(backup, Until, Reason, cancellationToken).ConfigureAwait(false);
}
