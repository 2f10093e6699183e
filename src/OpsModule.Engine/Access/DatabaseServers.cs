using OpsModule.Connections.Platforms.Compose;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Docker;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Names;

namespace OpsModule.Engine.Access;

/// <summary>Finds the databases of an environment, and where they can be reached.</summary>
public static class DatabaseServers
{
    /// <summary>Finds the database of this name (null when the environment has just one) and where it can be reached.</summary>
    /// <exception cref="OpsException"><c>DatabaseUnknown</c>, <c>ServiceNotRunning</c>, <c>PlatformUnsupported</c>.</exception>
    public static async Task<PostgresServer> ResolveAsync(OpsContext context, string? name, CancellationToken cancellationToken)
    {
        DatabaseSettings settings = FindSettings(context.Environment, name);
        if (settings.Service is null || context.Environment.Platform.Kind == PlatformKind.Host) return PostgresServer.Direct(settings);
        if (context.Environment.Platform.Kind == PlatformKind.Kubernetes)
            throw new OpsException("PlatformUnsupported", OpsErrorCategory.InvalidOperation,
                $"Database {settings.Name} is a service on Kubernetes, which this version cannot reach yet.",
                $"Give databases.{settings.Name} a host and a port (for example of a port-forward) instead of a service.", settings.Name);
        ContainerAddress container = await ComposeContainers.FindAsync(context.Environment.Platform, settings.Service, settings.Port, cancellationToken).ConfigureAwait(false);
        return PostgresServer.Inside(container, settings);
    }

    /// <summary>The settings of the database of this name.</summary>
    /// <exception cref="OpsException"><c>DatabaseUnknown</c>.</exception>
    public static DatabaseSettings FindSettings(OpsEnvironment environment, string? name)
    {
        if (name is null && environment.Databases.Count == 1) return environment.Databases.Values.First();
        if (name is not null && environment.Databases.TryGetValue(name, out DatabaseSettings? settings)) return settings;
        throw Unknown(environment, name);
    }

    /// <summary>The databases of these names, which may have wildcards.</summary>
    /// <param name="environment">The environment.</param>
    /// <param name="names">The names as they were written.</param>
    /// <param name="fail">Told of each that means none.</param>
    public static IReadOnlyList<string> FindNames(OpsEnvironment environment, IEnumerable<string> names, Action<OpsException> fail) =>
        NamePattern.ChooseAll(names, [.. environment.Databases.Keys], "database", name => Unknown(environment, name), fail);

    private static OpsException Unknown(OpsEnvironment environment, string? name)
    {
        string known = environment.Databases.Count == 0 ? "none" : string.Join(", ", environment.Databases.Keys);
        return new OpsException("DatabaseUnknown", OpsErrorCategory.ObjectNotFound,
            name is null
                ? $"The environment {environment.Name} has {environment.Databases.Count} databases ({known}); none was named."
                : $"The environment {environment.Name} has no database named {name}; it has: {known}.",
            "Name one with -Name, or add it under databases: in the environment file.", name);
    }
}
