using OpsModule.Engine.Files;

namespace OpsModule.Engine.Stores;

/// <summary>What went wrong with a folder store, and what to do.</summary>
internal static class FolderErrors
{
    public static OpsException Explain(Exception cause, FolderStore store, string path)
    {
        if (Disk.IsFull(cause))
        {
            string free = Disk.FreeBytes(path) is { } bytes ? $" ({bytes / 1048576.0:N1} MiB are free)" : "";
            return new OpsException("StoreFull", OpsErrorCategory.WriteError, $"The disk of store {store.Name} is full: {path} could not be written{free}.",
                "Free space or remove old backups (Get-OpsBackup | Remove-OpsBackup), then run the command again.", store.Name, cause);
        }
        if (Disk.IsReadOnly(cause))
            return new OpsException("StoreReadOnly", OpsErrorCategory.WriteError, $"The file system of store {store.Name} is read-only: {path} cannot be written.",
                "Mount it writable, or use another store.", store.Name, cause);
        return cause is UnauthorizedAccessException
            ? new OpsException("StoreAccessDenied", OpsErrorCategory.PermissionDenied, $"Store {store.Name} may not be used: {cause.Message}",
                $"Give {Environment.UserName} access to the folder, or use another store.", store.Name, cause)
            : new OpsException("StoreUnavailable", OpsErrorCategory.ResourceUnavailable, $"Store {store.Name} cannot be used at {path}: {cause.Message}",
                "Check that the folder exists and its disk is mounted.", store.Name, cause);
    }

    public static OpsException Exists(FolderStore store, string key) => new("ObjectExists", OpsErrorCategory.ResourceExists,
        $"Store {store.Name} already has an object {key}; objects are never overwritten.", "Remove it first if it is not wanted.", key);

    public static OpsException Missing(FolderStore store, string key, string path) => new("ObjectMissing", OpsErrorCategory.ObjectNotFound,
        $"Store {store.Name} has no object {key} ({path}).", "Use the same backup from another store, or another backup.", key);
}
