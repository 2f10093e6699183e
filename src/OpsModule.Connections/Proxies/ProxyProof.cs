namespace OpsModule.Connections.Proxies;

/// <summary>Whether a proxy was seen to have a server.</summary>
/// <param name="IsProven">True when a request through the proxy was answered by it, whatever it said.</param>
/// <param name="Words">How that is known, or why it is not.</param>
public sealed record ProxyProof(bool IsProven, string Words)
{
    /// <summary>True when it was seen serving: an answer of it had a status below 500.</summary>
    public bool Serves { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Words;
}
