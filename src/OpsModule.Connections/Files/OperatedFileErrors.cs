using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;

namespace OpsModule.Connections.Files;

/// <summary>The catalogue of what goes wrong with files that services read.</summary>
public static class OperatedFileErrors
{
    private const string Page = "concepts/env-files.md#how-a-file-is-written";

    /// <summary>A file is not there.</summary>
    public static readonly ErrorCode FileMissing = new("OperatedFileMissing", OpsErrorCategory.ObjectNotFound, Page);

    /// <summary>A file is there and cannot be read.</summary>
    public static readonly ErrorCode FileUnreadable = new("OperatedFileUnreadable", OpsErrorCategory.ReadError, Page);

    /// <summary>A file cannot be written; it is as it was.</summary>
    public static readonly ErrorCode FileNotWritten = new("OperatedFileNotWritten", OpsErrorCategory.WriteError, Page);

    /// <summary>Somebody else has written a file since it was read.</summary>
    public static readonly ErrorCode FileMoved = new("OperatedFileMoved", OpsErrorCategory.InvalidOperation, Page);

    internal static OpsException Unreadable(string path, Exception cause) => FileUnreadable.Make(
        $"{path} cannot be read: {cause.Message.TrimEnd('.')}.",
        cause is UnauthorizedAccessException ? $"Give {Environment.UserName} the right to read it." : "Look at what lies there.",
        path, cause);

    internal static OpsException NotWritten(string path, Exception cause) => FileNotWritten.Make(
        $"{path} cannot be written: {cause.Message.TrimEnd('.')}. It is as it was.",
        Disk.IsFull(cause) ? "Free space on its disk (or raise the quota)."
            : Disk.IsReadOnly(cause) ? "Its file system is mounted read-only: mount it for writing."
            : $"Give {Environment.UserName} the right to write the file and its folder.", path, cause);

    internal static OpsException Moved(string path) => FileMoved.Make(
        $"{path} was changed by somebody else since it was read. Nothing was written.", "Look at it, and begin again.", path);
}
