using System.Globalization;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Platforms.Compose.Changing;

/// <summary>Says before anything is made that there cannot be so many containers of a service.</summary>
public static class ComposeScaling
{
    /// <summary>A number of containers, as Compose takes it.</summary>
    public static string Count(string service, int replicas) => string.Create(CultureInfo.InvariantCulture, $"{service}={replicas}");

    /// <summary>Refuses what cannot be: two containers of one name, or on one port of the host.</summary>
    /// <param name="written">The service of the compose file.</param>
    /// <param name="service">How it is now.</param>
    /// <param name="replicas">How many there are to be.</param>
    /// <exception cref="OpsException"><c>ScaleImpossible</c>.</exception>
    public static void Check(ComposeService written, ServiceRecord service, int replicas)
    {
        // Fewer can always be.
        if (replicas <= Math.Max(1, service.Instances.Count)) return;
        if (written.ContainerName is { } name)
            throw PlatformErrors.ScaleImpossible.Make(
                $"There can be only 1 container of {service.Name}, whose name is {name} in the compose file, and {replicas} were asked for.",
                "Take container_name out of the compose file.", service.Name);
        if (written.HostPorts is { } ports && ports.Most < replicas)
            throw PlatformErrors.ScaleImpossible.Make(
                $"There can be only {ports.Most} of {service.Name}, and {replicas} were asked for: the compose file publishes "
                    + $"{(ports.Most == 1 ? "the fixed port" : "the ports")} {ports.Port} of the host.",
                "Publish a range of as many ports as there may be containers (\"8200-8209:8200\"), or none, behind a proxy.", service.Name);
    }
}
