using System.Net;
using OpsModule.Engine.Attacks.Allowing;

namespace OpsModule.Engine.Attacks.Blocking;

/// <summary>Addresses of hosts, as they may stand in a block list.</summary>
internal static class HostAddress
{
    // What is nobody's on the internet: this machine, private networks, carriers' own, link-local, groups, reserved.
    private static readonly IPNetwork[] NotPublic =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/3",
            "::/128", "::1/128", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
        }.Select(IPNetwork.Parse),
    ];

    /// <summary>Reads one address; IPv4 inside IPv6 becomes IPv4. Null for anything else.</summary>
    public static IPAddress? Parse(string? text)
    {
        if (text is null || AllowEntry.ParseNetwork(text) is not { } network || text.Contains('/')) return null;
        return network.BaseAddress.IsIPv4MappedToIPv6 ? network.BaseAddress.MapToIPv4() : network.BaseAddress;
    }

    /// <summary>True when it can be somebody's on the internet.</summary>
    public static bool IsPublic(IPAddress address) => !NotPublic.Any(n => n.Contains(address));
}
