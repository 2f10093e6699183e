using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Signals;

namespace OpsModule.Engine.Areas.Recovery.Changing;

/// <summary>What is told of backups and restores that are gone on with, or carried out from a plan.</summary>
public static class DatabaseJobs
{
    /// <summary>The job; null for other changes.</summary>
    /// <param name="action">The cmdlet.</param>
    /// <param name="target">What it changes.</param>
    public static ObservedJob? Of(string action, string target)
    {
        AlertKind? kind = action switch
        {
            RestoreService.Action or RestoreService.UndoAction => AlertKind.Restore,
            BackupRequest.Action => AlertKind.Backup,
            _ => null,
        };
        return kind is { } told && RestoreNames.Parse(target) is var (name, tenant) ? new ObservedJob(told, ObservedJob.Of(name, tenant)) : null;
    }
}
