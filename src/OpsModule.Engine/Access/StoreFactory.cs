using OpsModule.Connections.Stores.Contract;
using OpsModule.Connections.Stores.Folder;
using OpsModule.Connections.Stores.S3;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Access;

/// <summary>Opens the stores of an environment.</summary>
public static class StoreFactory
{
    /// <summary>Opens the store of this name, or at this location.</summary>
    /// <exception cref="OpsException"><c>StoreUnknown</c> when the environment has none of that name.</exception>
    public static IBackupStore Open(OpsEnvironment environment, string name)
    {
        if (!environment.Backups.Stores.TryGetValue(name, out StoreSettings? settings) && UnnamedStore.IsLocation(name))
            settings = UnnamedStore.SettingsOf(environment, name);
        if (settings is null)
        {
            string known = environment.Backups.Stores.Count == 0 ? "it has none" : "it has " + string.Join(", ", environment.Backups.Stores.Keys);
            throw new OpsException("StoreUnknown", OpsErrorCategory.ObjectNotFound, $"The environment {environment.Name} has no store {name}; {known}.",
                "Name one of those, or add it under backups.stores in the environment file.", name);
        }
        if (settings.Path is { } path) return new FolderStore(name, path);
        if (settings.Bucket is not null) return new S3Store(settings);
        throw new OpsException("StoreInvalid", OpsErrorCategory.InvalidArgument, $"The store {name} has neither a path nor an s3 bucket.",
            "Give it one of them in the environment file.", name);
    }
}
