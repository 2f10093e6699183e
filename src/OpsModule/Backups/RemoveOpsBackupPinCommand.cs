using System.Management.Automation;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Changing;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Backups;

/// <summary>
/// <para>Takes the pins of backups away; from then on the rules of retention count for them again.</para>
/// </summary>
/// <remarks>
/// <para>The backup itself stays. A backup without a pin is passed over.</para>
/// </remarks>
/// <example>
/// <code>Get-OpsBackup | Where-Object Pinned | Remove-OpsBackupPin -Confirm:$false</code>
/// <para>Takes all pins away.</para>
/// </example>
[Cmdlet(VerbsCommon.Remove, "OpsBackupPin", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(BackupRecord), typeof(ChangePlan))]
public sealed class RemoveOpsBackupPinCommand : OpsBackupMarkCmdlet
{
    private protected override Task<ChangePlan?> PlanAsync(BackupMarker marker, BackupRecord backup, CancellationToken cancellationToken) => marker.UnpinAsync(backup, cancellationToken);
}
