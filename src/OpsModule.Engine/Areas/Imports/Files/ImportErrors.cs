using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Imports.Files;

/// <summary>The catalogue of the area's errors.</summary>
public static class ImportErrors
{
    /// <summary>The file has no bytes.</summary>
    public static readonly ErrorCode FileEmpty = new("ImportFileEmpty", OpsErrorCategory.InvalidData, "concepts/backups.md#import");

    /// <summary>The file is none, is not there or cannot be read.</summary>
    public static readonly ErrorCode FileUnreadable = new("ImportFileUnreadable", OpsErrorCategory.ReadError, "concepts/backups.md#import");

    /// <summary>The file was written to while it was read, or since it was planned for.</summary>
    public static readonly ErrorCode FileChanged = new("ImportFileChanged", OpsErrorCategory.InvalidData, "concepts/backups.md#import");

    /// <summary>The file is no dump of PostgreSQL.</summary>
    public static readonly ErrorCode NotADump = new("ImportNotADump", OpsErrorCategory.InvalidData, "concepts/backups.md#import");

    /// <summary>The dump does not go to its end.</summary>
    public static readonly ErrorCode Truncated = new("ImportTruncated", OpsErrorCategory.InvalidData, "concepts/backups.md#import");

    /// <summary>The dump is of a kind that cannot be taken.</summary>
    public static readonly ErrorCode Unsupported = new("ImportUnsupported", OpsErrorCategory.InvalidArgument, "concepts/backups.md#import");

    /// <summary>The script holds what no dump of one database holds.</summary>
    public static readonly ErrorCode Refused = new("ImportRefused", OpsErrorCategory.InvalidData, "concepts/backups.md#import");

    /// <summary>The dump is of a part of a database, or of another one than was said.</summary>
    public static readonly ErrorCode Partial = new("ImportPartial", OpsErrorCategory.InvalidArgument, "concepts/backups.md#import");

    /// <summary>The dump needs a server, or a program, that is newer than all that are here.</summary>
    public static readonly ErrorCode TooNew = new("ImportTooNew", OpsErrorCategory.ResourceUnavailable, "concepts/backups.md#import");

    /// <summary>The throwaway server refused something of the script.</summary>
    public static readonly ErrorCode LoadFailed = new("ImportLoadFailed", OpsErrorCategory.InvalidData, "concepts/backups.md#import");

    /// <summary>Something in the dump could be made by a superuser alone.</summary>
    public static readonly ErrorCode Incomplete = new("ImportIncomplete", OpsErrorCategory.InvalidData, "concepts/backups.md#import");

    /// <summary>The file's time is no time of a backup.</summary>
    public static readonly ErrorCode TimeInFuture = new("ImportTimeInFuture", OpsErrorCategory.InvalidData, "concepts/backups.md#import");

    /// <summary>The same file was imported before.</summary>
    public static readonly ErrorCode AlreadyThere = new("BackupExists", OpsErrorCategory.ResourceExists, "concepts/backups.md#import");
}
