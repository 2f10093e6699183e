using System.Net.Sockets;
using System.Text;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Redis;

/// <summary>A connection to a Redis server. One command at a time.</summary>
public sealed class RedisConnection : IDisposable
{
    private readonly Stream _stream;
    private readonly RedisServer _server;
    private readonly RespReader _reader;

    public RedisConnection(Stream stream, RedisServer server)
    {
        (_stream, _server) = (stream, server);
        _reader = new RespReader(stream);
    }

    /// <summary>Sends a command and returns what the server answers, an error too.</summary>
    /// <exception cref="OpsException"><c>CacheUnreachable</c> when the connection breaks, <c>CacheProtocol</c> when no Redis answers.</exception>
    public async Task<RedisReply> CallAsync(IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        try
        {
            await _stream.WriteAsync(Encode(command), cancellationToken).ConfigureAwait(false);
            return await _reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (RespException e)
        {
            throw new OpsException("CacheProtocol", OpsErrorCategory.InvalidData, $"What answers at {_server.Host}:{_server.Port} is no Redis server: it sent {e.Message}.",
                $"Correct host and port. A port that speaks TLS needs tls: true in caches.{_server.Settings.Name}.", _server.Settings.Name, e);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            throw new OpsException("CacheUnreachable", OpsErrorCategory.ResourceUnavailable,
                $"{_server.Host}:{_server.Port} closed the connection{(e is EndOfStreamException ? "" : ": " + e.Message.TrimEnd('.'))}.",
                _server.Settings.Tls
                    ? "Look at the cache's log. A server that wants a client certificate (tls-auth-clients yes) does this, too; this version has none."
                    : $"Look at the cache's log. A server that speaks only TLS does this, too: then caches.{_server.Settings.Name} needs tls: true.", _server.Settings.Name, e);
        }
    }

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
            error.Code == "LOADING" ? "Wait until the server has loaded its data." : "Mend what the server reports, then run the command again.", _server.Settings.Name);

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    public async Task LogInAsync(string? password, CancellationToken cancellationToken)
    {
        string? user = _server.Settings.User;
        RedisReply reply = password is null
            ? await CallAsync(["PING"], cancellationToken).ConfigureAwait(false)
            : await CallAsync(user is null ? ["AUTH", password] : ["AUTH", user, password], cancellationToken).ConfigureAwait(false);
        if (reply is not RedisError error) return;
        // Who may log in but not ping is in; so is who asks a server that can save nothing any more.
        if (password is null && error.Code is "NOPERM" or "LOADING" or "MASTERDOWN" or "MISCONF") return;
        // ERR AUTH <password> called without any password configured: what protects the server is not what the file says.
        if (error.Code == "ERR" && password is not null)
            throw new OpsException("CacheLoginRefused", OpsErrorCategory.PermissionDenied, $"{_server.Host}:{_server.Port} knows no password, and caches.{_server.Settings.Name}.password is set.",
                "Set requirepass on the server, or remove the password from the environment file.", _server.Settings.Name);
        throw Refused(password is null ? "PING" : "the login", error);
    }

    private static byte[] Encode(IReadOnlyList<string> command)
    {
        using var bytes = new MemoryStream();
        Append($"*{command.Count}\r\n");
        foreach (string word in command)
        {
            Append($"${Encoding.UTF8.GetByteCount(word)}\r\n");
            Append(word);
            Append("\r\n");
        }
        return bytes.ToArray();

        void Append(string text) => bytes.Write(Encoding.UTF8.GetBytes(text));
    }
}
