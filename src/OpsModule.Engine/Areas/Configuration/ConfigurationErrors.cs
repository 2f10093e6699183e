using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Configuration;

/// <summary>The catalogue of what goes wrong with backups of the configuration.</summary>
public static class ConfigurationErrors
{
    private const string Page = "concepts/configuration.md";

    /// <summary>It holds secrets, and nothing says how they are kept.</summary>
    public static readonly ErrorCode NotProtected = new("ConfigurationNotProtected", OpsErrorCategory.InvalidOperation,
        Page + "#encrypted-or-redacted");

    /// <summary>The environment names no file.</summary>
    public static readonly ErrorCode Empty = new("ConfigurationEmpty", OpsErrorCategory.ObjectNotFound, Page + "#what-is-taken");

    /// <summary>Folders cannot be walked safely on this system.</summary>
    public static readonly ErrorCode Unsupported = new("ConfigurationUnsupported", OpsErrorCategory.ResourceUnavailable,
        Page + "#what-is-taken");

    /// <summary>The archive is not what its manifest says, or holds what no backup of ours does.</summary>
    public static readonly ErrorCode Altered = new("ConfigurationAltered", OpsErrorCategory.InvalidData, Page + "#what-is-in-a-backup")
    { IsOfTheSource = true };

    /// <summary>Values were taken out of files that would be restored.</summary>
    public static readonly ErrorCode Redacted = new("ConfigurationRedacted", OpsErrorCategory.InvalidOperation,
        Page + "#a-redacted-backup");

    /// <summary>The way to a file leads through a link, or something else lies in its place.</summary>
    public static readonly ErrorCode PlaceRefused = new("ConfigurationPlaceRefused", OpsErrorCategory.PermissionDenied,
        Page + "#where-files-are-written");

    /// <summary>A file was changed by somebody else.</summary>
    public static readonly ErrorCode Moved = new("ConfigurationMoved", OpsErrorCategory.InvalidOperation, Page + "#restore");

    /// <summary>A file cannot be written.</summary>
    public static readonly ErrorCode NotWritten = new("ConfigurationNotWritten", OpsErrorCategory.WriteError, Page + "#restore");

    /// <summary>A file cannot be read.</summary>
    public static readonly ErrorCode Unreadable = new("ConfigurationUnreadable", OpsErrorCategory.ReadError, Page + "#what-is-taken");

    /// <summary>What a restore replaced is not kept any more.</summary>
    public static readonly ErrorCode KeptGone = new("ConfigurationKeptGone", OpsErrorCategory.ObjectNotFound, Page + "#undo");

    /// <summary>More than memory should hold.</summary>
    public static readonly ErrorCode TooLarge = new("ConfigurationTooLarge", OpsErrorCategory.InvalidData, Page + "#limits");
}
