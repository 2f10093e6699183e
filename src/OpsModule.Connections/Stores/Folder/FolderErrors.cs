using OpsModule.Connections.Stores.Contract;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;

namespace OpsModule.Connections.Stores.Folder;

/// <summary>Turns what the file system says into what the operator can act on.</summary>
internal static class FolderErrors
{
    /// <summary>True for the errors that <see cref="Translate"/> knows.</summary>
    public static bool Knows(Exception error) => error is IOException or UnauthorizedAccessException;

    public static OpsException Translate(Exception error, string store, string root, long written)
    {
        if (Disk.IsFull(error))
        {
            string free = Disk.FreeBytes(root) is { } bytes ? $"{bytes:N0} bytes are free" : "no space is left";
            return new OpsException("StoreFull", OpsErrorCategory.WriteError,
                $"The store {store} is full after {written:N0} bytes of this object: {free} at {root}, more than that is needed. Nothing of the object was kept.",
                "Free space there (Remove-OpsBackup removes old backups), or use another store.", store, error);
        }
        if (Disk.IsReadOnly(error))
        {
            return new OpsException("StoreReadOnly", OpsErrorCategory.PermissionDenied, $"The store {store} at {root} is on a file system mounted read-only.",
                "Mount it for writing, or use another store. A disk that failed is often mounted read-only by itself: look into the kernel's log.", store, error);
        }
        return error is UnauthorizedAccessException
            ? StoreErrors.Denied(store, $"{error.Message} (user {Environment.UserName})", $"Give {Environment.UserName} the right to {root}, or run as its owner.", error)
            : StoreErrors.Unavailable(store, error.Message, $"See that {root} is a folder, mounted and healthy.", error);
    }
}
