using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Stores.Contract;

/// <summary>The errors that every store speaks in.</summary>
internal static class StoreErrors
{
    public static OpsException Missing(string store, string key) => new("ObjectMissing", OpsErrorCategory.ObjectNotFound,
        $"The store {store} has no object {key}.", "List what it has with Get-OpsBackup, or look into another store.", key);

    public static OpsException Exists(string store, string key) => new("ObjectExists", OpsErrorCategory.ResourceExists,
        $"The store {store} already has an object {key}; stored objects are never overwritten.",
        "Run the backup again: it takes a new id. If this comes again, two runs share one id.", key);

    public static OpsException Unavailable(string store, string why, string what, Exception? cause) => new("StoreUnavailable",
        OpsErrorCategory.ResourceUnavailable, $"The store {store} cannot be reached: {why.TrimEnd('.')}.", what, store, cause);

    public static OpsException Denied(string store, string why, string what, Exception? cause) => new("StoreAccessDenied",
        OpsErrorCategory.PermissionDenied, $"The store {store} refuses access: {why.TrimEnd('.')}.", what, store, cause);
}
