using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Caches;

/// <summary>The catalogue of the area's errors.</summary>
public static class CacheErrors
{
    private const string Page = "concepts/caches.md";

    /// <summary>The backup was not made.</summary>
    public static readonly ErrorCode CacheBackupFailed = new("CacheBackupFailed", OpsErrorCategory.ReadError, Page + "#backing-up");

    /// <summary>The server could not write its data out.</summary>
    public static readonly ErrorCode CacheSaveFailed = new("CacheSaveFailed", OpsErrorCategory.ReadError, Page + "#backing-up");

    /// <summary>The server ended the connection because what it wrote was not read fast enough.</summary>
    public static readonly ErrorCode CacheOutputLimit = new("CacheOutputLimit", OpsErrorCategory.ResourceUnavailable, Page + "#backing-up");

    /// <summary>The user may not ask for the replication stream, or the server gives it to nobody.</summary>
    public static readonly ErrorCode CacheStreamRefused = new("CacheStreamRefused", OpsErrorCategory.PermissionDenied,
        Page + "#backing-up");

    /// <summary>A replica was asked that has lost its primary: what it holds is old, or not all of it.</summary>
    public static readonly ErrorCode CacheReplicaStale = new("CacheReplicaStale", OpsErrorCategory.InvalidData, Page + "#replicas");

    /// <summary>The server is none that this module backs up or restores.</summary>
    public static readonly ErrorCode CacheServerUnsupported = new("CacheServerUnsupported", OpsErrorCategory.InvalidOperation,
        Page + "#servers");

    /// <summary>The backup's format or types are newer than the server.</summary>
    public static readonly ErrorCode CacheVersionTooOld = new("CacheVersionTooOld", OpsErrorCategory.InvalidOperation, Page + "#servers");

    /// <summary>The server has not the modules that the backup needs.</summary>
    public static readonly ErrorCode CacheModulesMissing = new("CacheModulesMissing", OpsErrorCategory.InvalidOperation, Page + "#servers");

    /// <summary>The server would throw keys away, or refuse them, while it loads.</summary>
    public static readonly ErrorCode CacheWouldEvict = new("CacheWouldEvict", OpsErrorCategory.ResourceUnavailable, Page + "#memory");

    /// <summary>There is no empty database to load into.</summary>
    public static readonly ErrorCode CacheNoSpareDatabase = new("CacheNoSpareDatabase", OpsErrorCategory.ResourceUnavailable,
        Page + "#swap");

    /// <summary>What was loaded is not what the backup holds.</summary>
    public static readonly ErrorCode CacheDiffers = new("CacheDiffers", OpsErrorCategory.InvalidData, Page + "#what-is-compared");

    /// <summary>A key of the backup was refused by the server.</summary>
    public static readonly ErrorCode CacheKeyRefused = new("CacheKeyRefused", OpsErrorCategory.WriteError, Page + "#what-is-compared");

    /// <summary>The backup would restore nothing: it holds no key that is wanted and has not expired.</summary>
    public static readonly ErrorCode CacheNothingToRestore = new("CacheNothingToRestore", OpsErrorCategory.InvalidOperation,
        Page + "#expiries");

    /// <summary>This way of restoring cannot do what is asked for.</summary>
    public static readonly ErrorCode CacheMethodUnsupported = new("CacheMethodUnsupported", OpsErrorCategory.InvalidOperation,
        Page + "#methods");

    /// <summary>The file cannot be read.</summary>
    public static readonly ErrorCode CacheFileUnreadable = new("CacheFileUnreadable", OpsErrorCategory.ReadError, Page + "#measuring");

    /// <summary>What a restore has replaced is not there any more, so that it cannot be put back.</summary>
    public static readonly ErrorCode CacheReplacedGone = new("CacheReplacedGone", OpsErrorCategory.ObjectNotFound, Page + "#undo");
}
