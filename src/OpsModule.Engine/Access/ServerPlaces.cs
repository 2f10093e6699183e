using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Access;

/// <summary>Finds where servers are that are services of the platform.</summary>
internal static class ServerPlaces
{
    /// <summary>Where the server is; null where it is at the address that the environment gives it.</summary>
    /// <exception cref="OpsException"><c>ServiceNotRunning</c>, <c>PortUnreachable</c>, and what the platform reports.</exception>
    public static async Task<ServerPlace?> FindAsync(OpsContext context, string service, int port, CancellationToken ct)
    {
        IServicePlatform platform = context.Platform();
        if (await platform.FindServerAsync(service, ct).ConfigureAwait(false) is not { } instance) return null;
        PortRoute route = await context.ReachAsync(instance, port, ct).ConfigureAwait(false);
        return new ServerPlace(instance.Id, route.Host, route.Port, call => platform.ProgramIn(instance, call));
    }
}
