using System.Net;
using OpsModule.Foundations.Errors;
using StackExchange.Redis;
using StackExchange.Redis.Configuration;

namespace OpsModule.Connections.Redis;

/// <summary>A connection to a Redis server. One command at a time.</summary>
public sealed class RedisConnection : IDisposable
{
    /// <summary>Longer than anybody waits: who asks says when it has been enough.</summary>
    private static readonly int NoLimit = (int)TimeSpan.FromDays(1).TotalMilliseconds;

    // Without SUBSCRIBE there is no second connection. Without QUIT nobody waits for a server that hangs to say goodbye.
    private static readonly CommandMap Commands = CommandMap.Create(["SUBSCRIBE", "QUIT"], available: false);

    private readonly RedisStream _stream;
    private readonly RedisServer _server;
    private readonly ConnectionMultiplexer _library;

    private RedisConnection(RedisStream stream, RedisServer server, ConnectionMultiplexer library) => (_stream, _server, _library) = (stream, server, library);

    /// <summary>Sends a command and returns what the server answers, an error too.</summary>
    /// <exception cref="OpsException"><c>CacheUnreachable</c> when the connection breaks, <c>CacheProtocol</c> when no Redis answers.</exception>
    public async Task<RedisReply> CallAsync(IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        _stream.BeginCommand(command is [_, var echo] ? echo : null);
        try
        {
            RedisResult result = await _library.GetServers()[0].ExecuteAsync(command[0], Arguments(command), CommandFlags.NoRedirect).WaitAsync(cancellationToken).ConfigureAwait(false);
            return RedisReply.Of(result);
        }
        // The library has words of its own for some, such as MOVED.
        catch (RedisServerException e) { return new RedisError(_stream.Error ?? e.Message); }
        catch (Exception e) when (e is RedisConnectionException or RedisCommandException or RedisTimeoutException or ObjectDisposedException) { throw Broken(_stream.Failure ?? e); }
    }

    /// <summary>Written so that the stream does not take it for a question of the library's own, which does not reach the server.</summary>
    private static object[] Arguments(IReadOnlyList<string> command) => string.Join(' ', command).ToUpperInvariant() switch
    {
        "PING" => ["PONG"],
        "CLIENT ID" => ["id"],
        _ => [.. command.Skip(1)],
    };

    /// <summary>The values of INFO, by name.</summary>
    /// <exception cref="OpsException"><c>CacheRefused</c>.</exception>
    public async Task<IReadOnlyDictionary<string, string>> InfoAsync(CancellationToken cancellationToken)
    {
        RedisReply reply = await CallAsync(["INFO"], cancellationToken).ConfigureAwait(false);
        if (reply is RedisError error) throw Refused("INFO", error);
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string line in reply.Text.Split("\r\n"))
            if (line.IndexOf(':') is > 0 and var colon && line[0] != '#') values[line[..colon]] = line[(colon + 1)..];
        return values;
    }

    /// <summary>The error of a command that the server refused.</summary>
    public OpsException Refused(string command, RedisError error) => error.Code is "NOAUTH" or "WRONGPASS" or "NOPERM" or "DENIED"
        ? new OpsException("CacheLoginRefused", OpsErrorCategory.PermissionDenied, $"{_server.Host}:{_server.Port} refuses {command}: {error.Message.TrimEnd('.')}.",
            $"Check caches.{_server.Settings.Name}.user and .password ({_server.Settings.Password?.ToString() ?? "none is set"}).", _server.Settings.Name)
        : new OpsException("CacheRefused", OpsErrorCategory.InvalidOperation, $"{_server.Host}:{_server.Port} refuses {command}: {error.Message.TrimEnd('.')}.",
            error.Code == "LOADING" ? "Wait until the server has loaded its data."
                : IsFull(error) ? "All connections are taken. End clients that idle (CLIENT LIST, timeout), pool connections in the application, or raise maxclients."
                : "Mend what the server reports, then run the command again.", _server.Settings.Name);

    private static bool IsFull(RedisError error) => error.Message.Contains("max number of clients", StringComparison.Ordinal);

    /// <inheritdoc/>
    public void Dispose()
    {
        _library.Dispose();
        _stream.Dispose();
    }

    /// <summary>Gives the library an open connection. Nothing is sent to the server by that.</summary>
    public static async Task<RedisConnection> OpenAsync(Stream stream, RedisServer server)
    {
        var given = new RedisStream(stream);
        return new RedisConnection(given, server, await ConnectionMultiplexer.ConnectAsync(Options(server, new OneConnection(given))).ConfigureAwait(false));
    }

    internal async Task LogInAsync(string? password, CancellationToken cancellationToken)
    {
        string? user = _server.Settings.User;
        RedisReply reply = password is null
            ? await CallAsync(["PING"], cancellationToken).ConfigureAwait(false)
            : await CallAsync(user is null ? ["AUTH", password] : ["AUTH", user, password], cancellationToken).ConfigureAwait(false);
        if (reply is not RedisError error) return;
        // Who may log in but not ping is in; so is who asks a server that can save nothing any more.
        if (password is null && error.Code is "NOPERM" or "LOADING" or "MASTERDOWN" or "MISCONF") return;
        if (IsFull(error)) throw Refused("the connection", error);
        // ERR AUTH <password> called without any password configured: what protects the server is not what the file says.
        if (error.Code == "ERR" && password is not null)
            throw new OpsException("CacheLoginRefused", OpsErrorCategory.PermissionDenied, $"{_server.Host}:{_server.Port} knows no password, and caches.{_server.Settings.Name}.password is set.",
                "Set requirepass on the server, or remove the password from the environment file.", _server.Settings.Name);
        throw Refused(password is null ? "PING" : "the login", error);
    }

    private static ConfigurationOptions Options(RedisServer server, Tunnel way) => new()
    {
        EndPoints = { new DnsEndPoint(server.Host, server.Port) },
        Tunnel = way,
        CommandMap = Commands,
        AllowAdmin = true,
        Protocol = RedisProtocol.Resp2,
        // The library asks a proxy, and a server this old, nothing on its own account: no CONFIG, no INFO, no key, which would count as lookups and refusals.
        Proxy = Proxy.Envoyproxy,
        DefaultVersion = new Version(2, 6),
        ClientName = " ",
        SetClientLibrary = false,
        // The connection is there already, and one that breaks is not made anew.
        AbortOnConnectFail = true,
        ConnectRetry = 1,
        ConnectTimeout = 30_000,
        ReconnectRetryPolicy = new LinearRetry(NoLimit),
        BacklogPolicy = BacklogPolicy.FailFast,
        AsyncTimeout = NoLimit,
        KeepAlive = NoLimit / 1000,
    };

    private OpsException Broken(Exception why) => why is IOException or System.Net.Sockets.SocketException or ObjectDisposedException || why is not RespException && !_stream.Heard
        ? new OpsException("CacheUnreachable", OpsErrorCategory.ResourceUnavailable,
            $"{_server.Host}:{_server.Port} closed the connection{(why is EndOfStreamException ? "" : ": " + why.Message.TrimEnd('.'))}.",
            _server.Settings.Tls
                ? "Look at the cache's log. A server that wants a client certificate (tls-auth-clients yes) does this, too; this version has none."
                : $"Look at the cache's log. A server that speaks only TLS does this, too: then caches.{_server.Settings.Name} needs tls: true.", _server.Settings.Name, why)
        : new OpsException("CacheProtocol", OpsErrorCategory.InvalidData,
            $"What answers at {_server.Host}:{_server.Port} is no Redis server: it sent {(why as RespException)?.Message ?? "no answer of a Redis server"}.",
            $"Correct host and port. A port that speaks TLS needs tls: true in caches.{_server.Settings.Name}.", _server.Settings.Name, why);

    /// <summary>The way to the server: one connection, and no other when that has broken.</summary>
    private sealed class OneConnection(RedisStream stream) : Tunnel
    {
        private int _given;

        public override ValueTask<EndPoint?> GetSocketConnectEndpointAsync(EndPoint endpoint, CancellationToken cancellationToken) => default;

        public override ValueTask<Stream?> BeforeAuthenticateAsync(EndPoint endpoint, ConnectionType connectionType, System.Net.Sockets.Socket? socket, CancellationToken cancellationToken) =>
            Interlocked.Exchange(ref _given, 1) == 0 ? new(stream) : throw new IOException("The connection is not made anew.");
    }
}
