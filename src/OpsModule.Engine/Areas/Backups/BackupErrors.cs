using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Backups;

/// <summary>The catalogue of the area's errors, as far as they have been gathered.</summary>
public static class BackupErrors
{
    /// <summary>No store has a backup of this id, or the one that was named has it no more.</summary>
    public static readonly ErrorCode BackupNotFound = new("BackupNotFound", OpsErrorCategory.ObjectNotFound, "concepts/backups.md");

    /// <summary>The backup is of another kind than what it is to be used for: a cache's is no database's.</summary>
    public static readonly ErrorCode BackupOfAnotherKind = new("BackupOfAnotherKind", OpsErrorCategory.InvalidArgument,
        "concepts/backups.md#kinds");

    /// <summary>Somebody reads the backup that is to be removed.</summary>
    public static readonly ErrorCode BackupInUse = new("BackupInUse", OpsErrorCategory.ResourceBusy, "concepts/retention.md#leases");

    /// <summary>The store has locked the object.</summary>
    public static readonly ErrorCode ObjectLocked = new("ObjectLocked", OpsErrorCategory.PermissionDenied,
        "concepts/retention.md#locks-and-versions");

    /// <summary>A key is set, and the backup is not signed with it.</summary>
    public static readonly ErrorCode BackupNotSigned = new("BackupNotSigned", OpsErrorCategory.PermissionDenied,
        "concepts/backups.md#signed-backups") { IsOfTheSource = true };

    /// <summary>Encryption is asked for, and the backup is not encrypted.</summary>
    public static readonly ErrorCode BackupNotEncrypted = new("BackupNotEncrypted", OpsErrorCategory.PermissionDenied,
        "concepts/backups.md#signed-backups") { IsOfTheSource = true };

    /// <summary>The backup is pinned.</summary>
    public static readonly ErrorCode BackupPinned = new("BackupPinned", OpsErrorCategory.InvalidOperation, "concepts/retention.md#pins");

    /// <summary>The manifest's roles and tablespaces are not what was written.</summary>
    public static readonly ErrorCode GlobalsUnreadable = new("GlobalsUnreadable", OpsErrorCategory.InvalidData,
        "concepts/recovery-kit.md#roles-and-tablespaces");
}
