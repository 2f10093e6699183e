using OpsModule.Engine.Environments;

namespace OpsModule.Engine.Stores;

/// <summary>Opens the stores of an environment.</summary>
public static class StoreFactory
{
    /// <summary>Opens the store of this name.</summary>
    /// <exception cref="OpsException"><c>StoreUnknown</c> when the environment has none of that name.</exception>
    public static IBackupStore Open(OpsEnvironment environment, string name) => throw new NotImplementedException($"{environment} {name}");
}
