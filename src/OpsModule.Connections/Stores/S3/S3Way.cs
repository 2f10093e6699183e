using System.Net.Sockets;
using Amazon.Runtime;

namespace OpsModule.Connections.Stores.S3;

/// <summary>Has a client make its connections in another network than this machine's.</summary>
/// <param name="way">Makes one, to a host and a port.</param>
internal sealed class S3Way(Func<string, int, CancellationToken, Task<Socket>> way) : HttpClientFactory
{
    /// <inheritdoc/>
    public override HttpClient CreateHttpClient(IClientConfig clientConfig) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        // A proxy of this machine's is none of the network that is meant.
        UseProxy = false,
        ConnectCallback = async (there, token) => new NetworkStream(await way(there.DnsEndPoint.Host, there.DnsEndPoint.Port, token)
            .ConfigureAwait(false), ownsSocket: true),
    }) { Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>The next one may be of another network.</summary>
    public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;

    /// <inheritdoc/>
    public override bool DisposeHttpClientsAfterUse(IClientConfig clientConfig) => true;
}
