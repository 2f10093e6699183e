namespace OpsModule.Connections.Proxies;

/// <summary>Whether a proxy was seen to have a server.</summary>
/// <param name="IsProven">True when a request through the proxy was answered by it.</param>
/// <param name="Words">How that is known, or why it is not.</param>
public sealed record ProxyProof(bool IsProven, string Words)
{
    /// <inheritdoc/>
    public override string ToString() => Words;
}
