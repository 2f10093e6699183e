using OpsModule.Connections.Proxies;

namespace OpsModule.Engine.Areas.Rollouts.Watching;

/// <summary>What a proxy has answered for a service, by whose it is.</summary>
/// <param name="Own">Of the instances that are meant.</param>
/// <param name="Others">Of all other servers.</param>
/// <param name="Nobody">Where it had no server to send a request to: no instance's answer, and none of an old one.</param>
internal sealed record ProxyShare(IReadOnlyList<ProxyTraffic> Own, IReadOnlyList<ProxyTraffic> Others, IReadOnlyList<ProxyTraffic> Nobody)
{
    /// <summary>Parts what was answered.</summary>
    /// <param name="all">All of it.</param>
    /// <param name="own">The instances that are meant, as addresses with ports.</param>
    public static ProxyShare Of(IReadOnlyList<ProxyTraffic> all, IReadOnlySet<string> own)
    {
        ILookup<int, ProxyTraffic> parted = all.ToLookup(t => t.Server == ProxyTraffic.Nobody ? 2
            : own.Contains(t.Server.EndPoint) ? 0 : 1);
        return new ProxyShare([.. parted[0]], [.. parted[1]], [.. parted[2]]);
    }
}
