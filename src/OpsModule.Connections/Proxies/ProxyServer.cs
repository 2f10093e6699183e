using System.Globalization;

namespace OpsModule.Connections.Proxies;

/// <summary>Where a proxy sends requests of a service to.</summary>
/// <param name="Address">An IP address.</param>
/// <param name="Port">The port there.</param>
/// <param name="Draining">True when it gets no new requests and keeps those it has.</param>
public sealed record ProxyServer(string Address, int Port, bool Draining = false)
{
    /// <summary>Address and port, an IPv6 address in brackets.</summary>
    public string EndPoint => Address.Contains(':', StringComparison.Ordinal)
        ? string.Create(CultureInfo.InvariantCulture, $"[{Address}]:{Port}") : string.Create(CultureInfo.InvariantCulture,
            $"{Address}:{Port}");

    /// <inheritdoc/>
    public override string ToString() => Draining ? EndPoint + " (drains)" : EndPoint;
}
