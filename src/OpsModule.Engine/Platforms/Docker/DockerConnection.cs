using System.IO.Pipes;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace OpsModule.Engine.Platforms.Docker;

/// <summary>Makes HTTP go over what the engine listens on: a Unix socket, a named pipe, TCP with or without TLS.</summary>
internal static class DockerConnection
{
    public static HttpClient Open(DockerEndpoint endpoint)
    {
        Uri address = endpoint.Address;
        var handler = new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(10) };
        bool tls = endpoint.CertificateFolder is not null || address.Scheme == "https";
        if (address.Scheme == "unix") handler.ConnectCallback = (_, ct) => SocketAsync(address.LocalPath, ct);
        else if (address.Scheme == "npipe") handler.ConnectCallback = (_, ct) => PipeAsync(address, ct);
        else if (tls) handler.SslOptions = Tls(endpoint);
        string authority = address.Scheme is "unix" or "npipe" ? "docker" : address.Authority;
        // Logs and events stream for as long as they are wanted: every call brings its own limit.
        return new HttpClient(handler) { BaseAddress = new Uri((tls && authority != "docker" ? "https://" : "http://") + authority), Timeout = Timeout.InfiniteTimeSpan };
    }

    private static async ValueTask<Stream> SocketAsync(string path, CancellationToken ct)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), ct).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async ValueTask<Stream> PipeAsync(Uri address, CancellationToken ct)
    {
        string[] parts = address.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var pipe = new NamedPipeClientStream(".", parts[^1], PipeDirection.InOut, PipeOptions.Asynchronous);
        await pipe.ConnectAsync(ct).ConfigureAwait(false);
        return pipe;
    }

    private static SslClientAuthenticationOptions Tls(DockerEndpoint endpoint)
    {
        var options = new SslClientAuthenticationOptions();
        if (endpoint.CertificateFolder is { } folder)
        {
            string certificate = Path.Combine(folder, "cert.pem"), authority = Path.Combine(folder, "ca.pem");
            if (File.Exists(certificate)) options.ClientCertificates = [X509Certificate2.CreateFromPemFile(certificate, Path.Combine(folder, "key.pem"))];
            if (File.Exists(authority))
            {
                options.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
                options.CertificateChainPolicy.CustomTrustStore.ImportFromPemFile(authority);
            }
        }
        if (!endpoint.VerifyServer) options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
        return options;
    }
}
