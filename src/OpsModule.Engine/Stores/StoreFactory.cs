using OpsModule.Engine.Environments;

namespace OpsModule.Engine.Stores;

/// <summary>Opens the stores of an environment.</summary>
public static class StoreFactory
{
    /// <summary>Opens the store of this name.</summary>
    /// <exception cref="OpsException"><c>StoreUnknown</c> when the environment has none of that name.</exception>
    public static IBackupStore Open(OpsEnvironment environment, string name)
    {
        if (!environment.Backups.Stores.TryGetValue(name, out StoreSettings? settings))
            throw new OpsException("StoreUnknown", OpsErrorCategory.ObjectNotFound,
                $"The environment {environment.Name} has no store named {name}; it has: {string.Join(", ", environment.Backups.Stores.Keys)}.",
                "Name one of these, or add it under backups.stores.", name);
        return settings.Path is { } path ? new FolderStore(name, path) : throw new NotImplementedException("S3");
    }
}
