using System.Net;
using OpsModule.Engine.Areas.Attacks.Allowing;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Network;

namespace OpsModule.Engine.Areas.Attacks.Blocking;

/// <summary>Addresses of hosts, as they may stand in a block list.</summary>
internal static class HostAddress
{
    // What can never be a client of somebody else: this machine, groups, reserved; also as old notations of IPv6 write them.
    private static readonly IPNetwork[] Never = [.. new[] { "0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/3", "::/96", "ff00::/8" }.Select(IPNetwork.Parse)];

    // Addresses of IPv6 that hold one of IPv4, and where it begins.
    private static readonly (IPNetwork Network, int Start)[] Holding = [(IPNetwork.Parse("64:ff9b::/96"), 12), (IPNetwork.Parse("2002::/16"), 2), (IPNetwork.Parse("::ffff:0:0:0/96"), 12)];

    // What is nobody's on the internet: this machine, private networks, carriers' own, link-local, groups, reserved.
    private static readonly IPNetwork[] NotPublic =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/3",
            "::/96", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
        }.Select(IPNetwork.Parse),
    ];

    /// <summary>Reads one address; IPv4 inside IPv6 becomes IPv4. Null for anything else.</summary>
    public static IPAddress? Parse(string? text)
    {
        if (text is null || AllowEntry.ParseNetwork(text) is not { } network || text.Contains('/')) return null;
        return network.BaseAddress.IsIPv4MappedToIPv6 ? network.BaseAddress.MapToIPv4() : network.BaseAddress;
    }

    /// <summary>True when it can be somebody's on the internet.</summary>
    public static bool IsPublic(IPAddress address) => !Any(NotPublic, address);

    /// <summary>True for what is blocked in no case: this machine by any of its names, groups of hosts, reserved numbers.</summary>
    public static bool IsNever(IPAddress address, IEnumerable<IPAddress> own) => Any(Never, address) || own.Contains(address);

    /// <summary>The addresses that this machine has.</summary>
    /// <exception cref="OpsException">ReadError, OwnAddressesUnread: they cannot be read, and a list without them could block this machine itself.</exception>
    public static IReadOnlyList<IPAddress> Own()
    {
        try { return OwnAddresses.Read(); }
        catch (IOException e) { throw Unread(e); }
    }

    private static OpsException Unread(Exception cause) => new("OwnAddressesUnread", OpsErrorCategory.ReadError,
        $"The addresses of this machine could not be read ({cause.Message}): a list made without them could block this machine itself.",
        "Run it again when no network interface comes and goes.", inner: cause);

    /// <summary>True when one of the networks has it, or the address of IPv4 that it holds.</summary>
    private static bool Any(IPNetwork[] networks, IPAddress address)
    {
        if (networks.Any(n => n.Contains(address))) return true;
        foreach ((IPNetwork network, int start) in Holding)
            if (network.Contains(address) && Any(networks, new IPAddress(address.GetAddressBytes().AsSpan(start, 4)))) return true;
        return false;
    }
}
