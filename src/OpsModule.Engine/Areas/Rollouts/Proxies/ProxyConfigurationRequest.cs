namespace OpsModule.Engine.Areas.Rollouts.Proxies;

/// <summary>What a proxy's configuration is to be made fit for.</summary>
/// <param name="Proxy">The proxy, by its name in the environment.</param>
/// <param name="Service">The service.</param>
public sealed record ProxyConfigurationRequest(string Proxy, string Service)
{
    /// <summary>The user's own files, full paths; none for those that the proxy itself, or the environment, names.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>Its servers, as <c>address:port</c>; none for the instances that run.</summary>
    public IReadOnlyList<string> Servers { get; init; } = [];

    /// <summary>The port of its instances; null for the one that they have.</summary>
    public int? Port { get; init; }

    /// <summary>HAProxy: how many servers its backend has room for.</summary>
    public int Slots { get; init; } = 8;
}
