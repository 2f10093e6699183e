using OpsModule.Connections.Platforms.Contract;
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
    /// <exception cref="OpsException"><c>DatabaseUnknown</c>, <c>ServiceNotRunning</c>, <c>PortUnreachable</c>.</exception>
    public static async Task<PostgresServer> ResolveAsync(OpsContext context, string? name, CancellationToken cancellationToken)
    {
        DatabaseSettings settings = FindSettings(context.Environment, name);
        ServerPlace? place = settings.Service is null ? null
            : await ServerPlaces.FindAsync(context, settings.Service, settings.Port, cancellationToken).ConfigureAwait(false);
        return place is null ? PostgresServer.Direct(settings) : PostgresServer.Inside(place, settings);
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
