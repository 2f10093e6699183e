using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Proxies;
using OpsModule.Engine.Areas.Rollouts.Surveying;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Rollouts.Proxies.Changing;

/// <summary>The port at which a proxy's configuration, as its user wrote it, asks instances of a service.</summary>
internal static class ConfiguredPort
{
    /// <summary>The instances have one upstream, which asks all of them at one port.</summary>
    /// <exception cref="OpsException"><c>ProxyConfigurationUnclear</c> where a name leads to several ports.</exception>
    public static void Require(IReadOnlyList<ConfiguredServer> configured, string service)
    {
        // Servers with addresses may be instances by ports of the machine, which differ.
        ConfiguredServer[] named = [.. configured.Where(s => s.Host == service).DistinctBy(s => s.Port)];
        if (named.Length > 1) throw Several(named, service);
    }

    /// <summary>The port inside of the instances.</summary>
    /// <param name="configured">Where the configuration leads.</param>
    /// <param name="running">The instances that run.</param>
    /// <param name="asked">The port that was asked for; null for none.</param>
    /// <param name="service">The service.</param>
    /// <returns>Null where neither says one.</returns>
    /// <exception cref="OpsException"><c>ProxyConfigurationUnclear</c> where it leads to several ports, or to another than
    /// asked.</exception>
    public static int? Of(IReadOnlyList<ConfiguredServer> configured, IReadOnlyList<ServiceInstance> running, int? asked, string service)
    {
        ConfiguredServer[] inside = [.. configured.Select(s => s with { Port = Inside(s, running) ?? 0 }).Where(s => s.Port > 0)
            .DistinctBy(s => s.Port)];
        if (inside.Length > 1) throw Several(inside, service);
        if (inside is not [var one]) return asked;
        return asked is null || asked == one.Port ? one.Port : throw Unclear(
            $"The configuration asks {service} at the port {one.Port} ({one.Place}), and -Port is {asked}",
            "Correct the one that is wrong; without -Port that of the configuration is taken.", service);
    }

    /// <summary>What a port of this machine leads to; a name, and an address of elsewhere, have the port of the instance itself.</summary>
    private static int? Inside(ConfiguredServer server, IReadOnlyList<ServiceInstance> running) => ServedPort.IsHere(server.Host)
        ? ServedPort.Of(new ProxyServer(server.Host, server.Port), running.SelectMany(i => i.Ports)) : server.Port;

    private static OpsException Several(ConfiguredServer[] ports, string service) => Unclear(
        $"The configuration asks {service} at several ports: {string.Join(", ", ports.Select(p => $"{p.Port} ({p.Place})"))}; all of it "
            + "would lead to one upstream, whose servers have one", "Give those that mean something else another name.", service);

    private static OpsException Unclear(string what, string action, string service) =>
        ProxyErrors.ProxyConfigurationUnclear.Make($"{what}. Nothing was changed.", action, service);
}
