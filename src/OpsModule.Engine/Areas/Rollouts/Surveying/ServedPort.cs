using System.Net;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Connections.Proxies;
using OpsModule.Foundations.Network;

namespace OpsModule.Engine.Areas.Rollouts.Surveying;

/// <summary>Which port of an instance a server of a proxy leads to: by an address of the instance itself, or by a port of this machine that
/// is published for one inside.</summary>
internal static class ServedPort
{
    /// <summary>The port inside of an instance.</summary>
    /// <returns>Null where the server leads to none of them.</returns>
    public static int? Of(ProxyServer server, IReadOnlyList<InstanceFacts> instances) =>
        instances.Any(i => i.Addresses.Values.Contains(server.Address)) ? server.Port
            : Of(server, instances.SelectMany(i => i.Instance.Ports));

    /// <summary>The port inside that a published one leads to.</summary>
    /// <returns>Null where the server is of another machine, or nothing is published there.</returns>
    public static int? Of(ProxyServer server, IEnumerable<ServicePort> ports) => !IsHere(server.Address) ? null
        : ports.FirstOrDefault(p => p.Protocol == "tcp" && p.Host == server.Port && Listens(p.HostAddress, server.Address))?.Container;

    /// <summary>True of an address of this machine.</summary>
    public static bool IsHere(string address)
    {
        if (!IPAddress.TryParse(address, out IPAddress? meant)) return false;
        if (IPAddress.IsLoopback(meant)) return true;
        try { return OwnAddresses.Read().Contains(meant); }
        // What cannot be seen to be of this machine is somebody else's: nothing of it is taken away.
        catch (IOException) { return false; }
    }

    private static bool Listens(string? published, string address) => published is null or "" or "0.0.0.0" or "::"
        || (IPAddress.TryParse(published, out IPAddress? at) && IPAddress.TryParse(address, out IPAddress? asked) && at.Equals(asked));
}
