using System.IO.Pipes;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Platforms.Docker;

/// <summary>Opens connections to what an engine listens on: a Unix socket, a named pipe, TCP with or without TLS.</summary>
public sealed class DockerConnection
{
    private readonly DockerEndpoint _endpoint;
    private readonly SslClientAuthenticationOptions? _tls;

    /// <summary>Reads the certificates that the endpoint names; nothing is sent yet.</summary>
    /// <exception cref="OpsException"><c>DockerCertificateInvalid</c>.</exception>
    public DockerConnection(DockerEndpoint endpoint)
    {
        _endpoint = endpoint;
        if (endpoint.UsesTls) _tls = Tls(endpoint);
        Authority = new Uri("http://" + (endpoint.IsLocal ? "docker" : $"{endpoint.Address.Host}:{endpoint.Port}"));
    }

    /// <summary>What requests are addressed to. TLS is a matter of the connection.</summary>
    public Uri Authority { get; }

    /// <summary>.NET's own HTTP over such connections.</summary>
    /// <param name="opened">Is given every connection.</param>
    public SocketsHttpHandler Http(Action<Stream>? opened = null) => new()
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        ConnectCallback = async (_, ct) =>
        {
            Stream stream = await OpenAsync(ct).ConfigureAwait(false);
            opened?.Invoke(stream);
            return stream;
        },
    };

    private async ValueTask<Stream> OpenAsync(CancellationToken ct)
    {
        Uri address = _endpoint.Address;
        if (address.Scheme == "unix") return await SocketAsync(AddressFamily.Unix, new UnixDomainSocketEndPoint(address.LocalPath), ct).ConfigureAwait(false);
        if (address.Scheme == "npipe") return await PipeAsync(address, ct).ConfigureAwait(false);
        Stream plain = await SocketAsync(null, new DnsEndPoint(address.IdnHost, _endpoint.Port), ct).ConfigureAwait(false);
        if (_tls is null) return plain;
        var secured = new SslStream(plain, leaveInnerStreamOpen: false);
        try
        {
            await secured.AuthenticateAsClientAsync(_tls, ct).ConfigureAwait(false);
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
        Socket socket = family is { } local ? new Socket(local, SocketType.Stream, ProtocolType.Unspecified) : new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
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
        var options = new SslClientAuthenticationOptions { TargetHost = endpoint.Address.IdnHost };
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
