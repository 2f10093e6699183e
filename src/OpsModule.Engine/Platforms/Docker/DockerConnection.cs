using System.IO.Pipes;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace OpsModule.Engine.Platforms.Docker;

/// <summary>Makes HTTP go over what the engine listens on: a Unix socket, a named pipe, TCP with or without TLS.</summary>
internal static class DockerConnection
{
    public static HttpClient Open(DockerEndpoint endpoint)
    {
        Uri address = endpoint.Address;
        var handler = new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(10) };
        if (endpoint.IsLocal) handler.ConnectCallback = (_, ct) => ConnectAsync(endpoint, ct);
        else if (endpoint.UsesTls) handler.SslOptions = Tls(endpoint);
        string authority = endpoint.IsLocal ? "docker" : $"{address.Host}:{endpoint.Port}";
        // Logs and events stream for as long as they are wanted: every call brings its own limit.
        return new HttpClient(handler) { BaseAddress = new Uri((endpoint.UsesTls ? "https://" : "http://") + authority), Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>A connection of its own, with TLS where the endpoint wants it.</summary>
    public static async ValueTask<Stream> ConnectAsync(DockerEndpoint endpoint, CancellationToken ct)
    {
        Uri address = endpoint.Address;
        if (address.Scheme == "unix") return await SocketAsync(AddressFamily.Unix, new UnixDomainSocketEndPoint(address.LocalPath), ct).ConfigureAwait(false);
        if (address.Scheme == "npipe") return await PipeAsync(address, ct).ConfigureAwait(false);
        Stream plain = await SocketAsync(null, new DnsEndPoint(address.IdnHost, endpoint.Port), ct).ConfigureAwait(false);
        if (!endpoint.UsesTls) return plain;
        var secured = new SslStream(plain, leaveInnerStreamOpen: false);
        try
        {
            SslClientAuthenticationOptions options = Tls(endpoint);
            options.TargetHost = address.IdnHost;
            await secured.AuthenticateAsClientAsync(options, ct).ConfigureAwait(false);
            return secured;
        }
        catch
        {
            await secured.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static async ValueTask<Stream> SocketAsync(AddressFamily? family, EndPoint place, CancellationToken ct)
    {
        Socket socket = family is { } local ? new Socket(local, SocketType.Stream, ProtocolType.Unspecified) : new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(place, ct).ConfigureAwait(false);
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
            try { Load(options, Path.Combine(folder, "ca.pem"), Path.Combine(folder, "cert.pem"), Path.Combine(folder, "key.pem")); }
            catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
            {
                throw new OpsException("DockerCertificateInvalid", OpsErrorCategory.InvalidArgument,
                    $"The certificates for the Docker engine in {folder} cannot be used: {e.Message.TrimEnd('.')}.",
                    "Put ca.pem, cert.pem and key.pem there as the engine's administrator gave them, readable for this user.", folder, e);
            }
        }
        if (!endpoint.VerifyServer) options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
        return options;
    }

    private static void Load(SslClientAuthenticationOptions options, string authority, string certificate, string key)
    {
        if (File.Exists(certificate)) options.ClientCertificates = [X509Certificate2.CreateFromPemFile(certificate, key)];
        if (!File.Exists(authority)) return;
        options.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        options.CertificateChainPolicy.CustomTrustStore.ImportFromPemFile(authority);
    }
}
