using OpsModule.Connections.Platforms.Compose;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Docker;
using OpsModule.Connections.Redis;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Access;

/// <summary>Finds the caches of an environment, and where they can be reached.</summary>
public static class CacheServers
{
    /// <summary>Finds the cache of this name (null when the environment has just one) and where it can be reached.</summary>
    /// <exception cref="OpsException"><c>CacheUnknown</c>, <c>ServiceNotRunning</c>, <c>PlatformUnsupported</c>.</exception>
    public static async Task<RedisServer> ResolveAsync(OpsEnvironment environment, string? name, CancellationToken cancellationToken)
    {
        CacheSettings settings = FindSettings(environment, name);
        if (settings.Service is null || environment.Platform.Kind == PlatformKind.Host) return new RedisServer(settings);
        if (environment.Platform.Kind == PlatformKind.Kubernetes)
            throw new OpsException("PlatformUnsupported", OpsErrorCategory.InvalidOperation, $"Cache {settings.Name} is a service on Kubernetes, which this version cannot reach yet.",
                $"Give caches.{settings.Name} a host and a port (for example of a port-forward) instead of a service.", settings.Name);
        ContainerAddress found = await ComposeContainers.FindAsync(environment.Platform, settings.Service, settings.Port, cancellationToken).ConfigureAwait(false);
        // Where the platform runs it, it is reached by an address that no certificate names.
        return new RedisServer(settings with { TlsName = settings.TlsName ?? settings.Host ?? settings.Service }, found.Host, found.Port);
    }

    private static CacheSettings FindSettings(OpsEnvironment environment, string? name)
    {
        if (name is null && environment.Caches.Count == 1) return environment.Caches.Values.First();
        if (name is not null && environment.Caches.TryGetValue(name, out CacheSettings? settings)) return settings;
        string known = environment.Caches.Count == 0 ? "none" : string.Join(", ", environment.Caches.Keys);
        throw new OpsException("CacheUnknown", OpsErrorCategory.ObjectNotFound,
            name is null ? $"The environment {environment.Name} has {environment.Caches.Count} caches ({known}); none was named." : $"The environment {environment.Name} has no cache named {name}; it has: {known}.",
            "Name one of these, or add it under caches: in the environment file.", name);
    }
}
