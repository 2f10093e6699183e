using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Network;
using OpsModule.Foundations.Processes;

namespace OpsModule.Connections.Redis;

/// <summary>One Redis server: where it is, and how to connect.</summary>
public sealed class RedisServer
{
    /// <summary>Takes what is known of it; nothing is sent.</summary>
    /// <param name="settings">How to log in.</param>
    /// <param name="host">The address it is reached at from here; null for the one of the settings.</param>
    /// <param name="port">The port it is reached at from here.</param>
    public RedisServer(RedisOptions settings, string? host = null, int? port = null) => (Settings, Host, Port) = (settings, host ?? settings.Host ?? "127.0.0.1", port ?? settings.Port);

    /// <summary>The settings it was made from.</summary>
    public RedisOptions Settings { get; }

    /// <summary>The address it is reached at from here.</summary>
    public string Host { get; }

    /// <summary>The port it is reached at from here.</summary>
    public int Port { get; }

    /// <summary>Makes the connection (to host, port) in another network than this machine's; null for this one.</summary>
    public Func<string, int, CancellationToken, Task<Socket>>? Way { get; init; }

    /// <summary>Where a platform runs it; null where it is at the address that the environment gives it.</summary>
    public ServerPlace? Place { get; init; }

    /// <summary>
    /// A call of redis-cli where the server lives (here, or inside of the service's instance). The password is in its environment alone.
    /// </summary>
    /// <param name="arguments">Its arguments; never a secret.</param>
    public ProgramCall Tool(params IReadOnlyList<string> arguments)
    {
        string password = Settings.Password?.Resolve() ?? "";
        string[] where = ["-h", Place is null ? Host : "127.0.0.1", "-p",
            (Place is null ? Port : Settings.Port).ToString(CultureInfo.InvariantCulture)];
        string[] user = Settings.User is { } name && password.Length > 0 ? ["--user", name] : [];
        // Inside of the instance nobody stands between, and our authorities are not there.
        string[] tls = !Settings.Tls ? [] : Place is not null ? ["--tls", "--insecure"]
            : ["--tls", "--sni", Settings.TlsName ?? Host, .. Settings.CaFile is { } ca ? new[] { "--cacert", ca } : []];
        var call = new ProgramCall("redis-cli", [.. where, .. user, .. tls, .. arguments])
        {
            Environment = new Dictionary<string, string?> { ["REDISCLI_AUTH"] = password.Length == 0 ? null : password },
            Secrets = password.Length == 0 ? [] : [password],
        };
        return Place is null ? call : Place.ProgramIn(call);
    }

    /// <summary>Connects and logs in.</summary>
    /// <exception cref="OpsException"><c>CacheUnreachable</c>, <c>CacheTls</c>, <c>CacheLoginRefused</c>, <c>CacheProtocol</c>, <c>CertificateFileInvalid</c>.</exception>
    public async Task<RedisConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        string? password = Settings.Password?.Resolve();
        RedisConnection connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await connection.LogInAsync(password, cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Connects and says nothing yet, for who wants to log in himself.</summary>
    /// <exception cref="OpsException"><c>CacheUnreachable</c>, <c>CacheTls</c>, <c>CertificateFileInvalid</c>.</exception>
    public async Task<RedisConnection> OpenAsync(CancellationToken cancellationToken) =>
        await RedisConnection.OpenAsync(await OpenStreamAsync(cancellationToken).ConfigureAwait(false), this).ConfigureAwait(false);

    internal async Task<Stream> OpenStreamAsync(CancellationToken cancellationToken)
    {
        X509ChainPolicy? trusted = TrustedRoots.Policy(Settings.CaFile);
        Stream stream = await ReachAsync(cancellationToken).ConfigureAwait(false);
        return Settings.Tls ? await SecureAsync(stream, trusted, cancellationToken).ConfigureAwait(false) : stream;
    }

    private async Task<Stream> ReachAsync(CancellationToken cancellationToken)
    {
        try
        {
            Socket socket = await (Way ?? HereAsync)(Host, Port, cancellationToken).ConfigureAwait(false);
            socket.NoDelay = true;
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (SocketException e)
        {
            throw new OpsException("CacheUnreachable", OpsErrorCategory.ResourceUnavailable, $"Redis at {Host}:{Port} cannot be reached: {SocketWords.Of(e)}.",
                "Start the cache, or correct host and port.", Settings.Name, e);
        }
    }

    private static async Task<Socket> HereAsync(string host, int port, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(host, port, cancellationToken).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<Stream> SecureAsync(Stream plain, X509ChainPolicy? trusted, CancellationToken cancellationToken)
    {
        string? problem = null;
        var tls = new SslStream(plain);
        try
        {
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                // Where the platform runs it, it is reached by an address that no certificate names.
                TargetHost = Settings.TlsName ?? Settings.Host ?? Host,
                CertificateChainPolicy = trusted,
                RemoteCertificateValidationCallback = (_, certificate, chain, errors) => (problem = TlsProblem.Of(certificate, chain, errors)) is null,
            }, cancellationToken).ConfigureAwait(false);
            return tls;
        }
        catch (Exception e)
        {
            await tls.DisposeAsync().ConfigureAwait(false);
            if (e is not (AuthenticationException or IOException) || cancellationToken.IsCancellationRequested) throw;
            (string what, string todo) = problem is not null ? (problem, $"{TlsProblem.Remedy} caches.{Settings.Name}.ca names the authorities to believe, tlsName the name it must be for.")
                : e is AuthenticationException refused ? TlsProblem.Of(refused) : ("it closed the connection", "Is it a port that speaks TLS?");
            throw new OpsException("CacheTls", OpsErrorCategory.InvalidData, $"No trusted TLS connection to Redis at {Host}:{Port}: {what}.", todo, Settings.Name, e);
        }
    }
}
