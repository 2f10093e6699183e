using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Redis;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Names;

namespace OpsModule.Engine.Access;

/// <summary>Finds the caches of an environment, and where they can be reached.</summary>
public static class CacheServers
{
    /// <summary>Finds the cache of this name (null when the environment has just one) and where it can be reached.</summary>
    /// <exception cref="OpsException"><c>CacheUnknown</c>, <c>ServiceNotRunning</c>, <c>PortUnreachable</c>.</exception>
    public static async Task<RedisServer> ResolveAsync(OpsContext context, string? name, CancellationToken cancellationToken)
    {
        CacheSettings settings = FindSettings(context.Environment, name);
        ServerPlace? found = settings.Service is null ? null
            : await ServerPlaces.FindAsync(context, settings.Service, settings.Port, cancellationToken).ConfigureAwait(false);
        // Where the platform runs it, it is reached by an address that no certificate names.
        return found is null ? new RedisServer(settings)
            : new RedisServer(settings with { TlsName = settings.TlsName ?? settings.Host ?? settings.Service }, found.Host,
                found.Port) { Place = found };
    }

    /// <summary>The caches of these names, which may have wildcards.</summary>
    /// <param name="environment">The environment.</param>
    /// <param name="names">The names as they were written.</param>
    /// <param name="fail">Told of each that means none.</param>
    public static IReadOnlyList<string> FindNames(OpsEnvironment environment, IEnumerable<string> names, Action<OpsException> fail) =>
        NamePattern.ChooseAll(names, [.. environment.Caches.Keys], "cache", name => Unknown(environment, name), fail);

    /// <summary>The settings of the cache of this name.</summary>
    /// <exception cref="OpsException"><c>CacheUnknown</c>.</exception>
    public static CacheSettings FindSettings(OpsEnvironment environment, string? name)
    {
        if (name is null && environment.Caches.Count == 1) return environment.Caches.Values.First();
        if (name is not null && environment.Caches.TryGetValue(name, out CacheSettings? settings)) return settings;
        throw Unknown(environment, name);
    }

    private static OpsException Unknown(OpsEnvironment environment, string? name)
    {
        string known = environment.Caches.Count == 0 ? "none" : string.Join(", ", environment.Caches.Keys);
        return new OpsException("CacheUnknown", OpsErrorCategory.ObjectNotFound,
            name is null ? $"The environment {environment.Name} has {environment.Caches.Count} caches ({known}); none was named." : $"The environment {environment.Name} has no cache named {name}; it has: {known}.",
            "Name one of these, or add it under caches: in the environment file.", name);
    }
}
