using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Network;
using OpsModule.Engine.Platforms;

namespace OpsModule.Engine.Redis;

/// <summary>One Redis server of the environment: where it is, and how to connect.</summary>
public sealed class RedisServer
{
    private RedisServer(CacheSettings settings, string host, int port) => (Settings, Host, Port) = (settings, host, port);

    /// <summary>The settings it was made from.</summary>
    public CacheSettings Settings { get; }

    /// <summary>The address it is reached at from here.</summary>
    public string Host { get; }

    /// <summary>The port it is reached at from here.</summary>
    public int Port { get; }

    /// <summary>Finds the cache of this name (null when the environment has just one) and where it can be reached.</summary>
    /// <exception cref="OpsException"><c>CacheUnknown</c>, <c>ServiceNotRunning</c>, <c>PlatformUnsupported</c>.</exception>
    public static async Task<RedisServer> ResolveAsync(OpsEnvironment environment, string? name, CancellationToken cancellationToken)
    {
        CacheSettings settings = FindSettings(environment, name);
        if (settings.Service is null || environment.Platform.Kind == PlatformKind.Host) return new RedisServer(settings, settings.Host ?? "127.0.0.1", settings.Port);
        if (environment.Platform.Kind == PlatformKind.Kubernetes)
            throw new OpsException("PlatformUnsupported", OpsErrorCategory.InvalidOperation, $"Cache {settings.Name} is a service on Kubernetes, which this version cannot reach yet.",
                $"Give caches.{settings.Name} a host and a port (for example of a port-forward) instead of a service.", settings.Name);
        ContainerAddress found = await ComposeContainers.FindAsync(environment.Platform, settings.Service, settings.Port, cancellationToken).ConfigureAwait(false);
        return new RedisServer(settings, found.Host, found.Port);
    }

    /// <summary>Connects and logs in.</summary>
    /// <exception cref="OpsException"><c>CacheUnreachable</c>, <c>CacheTls</c>, <c>CacheLoginRefused</c>, <c>CacheProtocol</c>, <c>CertificateFileInvalid</c>.</exception>
    public async Task<RedisConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        string? password = Settings.Password?.Resolve();
        X509ChainPolicy? trusted = TrustedRoots.Policy(Settings.CaFile);
        Stream stream = await OpenAsync(cancellationToken).ConfigureAwait(false);
        if (Settings.Tls) stream = await SecureAsync(stream, trusted, cancellationToken).ConfigureAwait(false);
        RedisConnection connection = await RedisConnection.OpenAsync(stream, this).ConfigureAwait(false);
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

    private async Task<Stream> OpenAsync(CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(Host, Port, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new OpsException("CacheUnreachable", OpsErrorCategory.ResourceUnavailable, $"Redis at {Host}:{Port} cannot be reached: {SocketWords.Of(e)}.",
                "Start the cache, or correct host and port.", Settings.Name, e);
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
                TargetHost = Settings.TlsName ?? Settings.Host ?? Settings.Service ?? Host,
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

    private static CacheSettings FindSettings(OpsEnvironment environment, string? name)
    {
        if (name is null && environment.Caches.Count == 1) return environment.Caches.Values.First();
        if (name is not null && environment.Caches.TryGetValue(name, out CacheSettings? settings)) return settings;
        string known = environment.Caches.Count == 0 ? "none" : string.Join(", ", environment.Caches.Keys);
        throw new OpsException("CacheUnknown", OpsErrorCategory.ObjectNotFound,
            name is null ? $"The environment {environment.Name} has {environment.Caches.Count} caches ({known}); none was named." : $"The environment {environment.Name} has no cache named {name}; it has: {known}.",
            "Name one of these, or add it under caches: in the environment file.", name);
    }
}
