using System.Management.Automation;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Changing;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Backups;

/// <summary>
/// <para>Says that what a backup lacks, and the one before had, was meant to go.</para>
/// </summary>
/// <remarks>
/// <para>A backup that has half of the rows of the one before, or a table less, is told by Backup-OpsDatabase and Test-OpsHealth, and retention keeps
/// it and the one before until this is said. The property Losses tells what is missing. Who said it and why stays in the journal.</para>
/// </remarks>
/// <example>
/// <code>Get-OpsBackup main -Latest | Approve-OpsBackup -Reason "old scans were purged, CHG-81"</code>
/// <para>Says that the rows which the newest backup lacks were purged on purpose.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Approve, "OpsBackup", SupportsShouldProcess = true)]
[OutputType(typeof(BackupRecord), typeof(ChangePlan))]
public sealed class ApproveOpsBackupCommand : OpsBackupMarkCmdlet
{
    /// <summary>Why it was meant.</summary>
    [Parameter(Mandatory = true)]
    [ValidateNotNullOrEmpty]
    public string Reason { get; set; } = "";

    private protected override Task<ChangePlan?> PlanAsync(BackupMarker marker, BackupRecord backup, CancellationToken cancellationToken) =>
        marker.ApproveAsync(backup, Reason, cancellationToken);
}
