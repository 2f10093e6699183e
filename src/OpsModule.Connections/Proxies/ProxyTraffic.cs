namespace OpsModule.Connections.Proxies;

/// <summary>What a proxy has answered from one server.</summary>
/// <param name="Server">The server; <see cref="Nobody"/> where it had none to send a request to.</param>
/// <param name="Requests">Requests that it was sent.</param>
/// <param name="ServerErrors">Those of them that were answered by a status of 500 and above, the proxy's own ones (502, 504) with
/// them.</param>
/// <param name="P95">The time that 95 of 100 of its answers took at most; null where the proxy does not tell.</param>
public sealed record ProxyTraffic(ProxyServer Server, long Requests, long ServerErrors, TimeSpan? P95)
{
    /// <summary>Stands for no server: the proxy had none to send a request to, and answered with an error of its own.</summary>
    public static readonly ProxyServer Nobody = new("none", 0);
}
