using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Backups;

/// <summary>The catalogue of the area's errors, as far as they have been gathered.</summary>
public static class BackupErrors
{
    /// <summary>No store has a backup of this id, or the one that was named has it no more.</summary>
    public static readonly ErrorCode BackupNotFound = new("BackupNotFound", OpsErrorCategory.ObjectNotFound, "backups.md");
}
