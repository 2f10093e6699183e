using System.Net.Sockets;
using Npgsql;
using OpsModule.Foundations.Network;

namespace OpsModule.Connections.Postgres.Passwords;

/// <summary>Logs in with a password to see whether it is the right one. Only a handshake that asks for it proves anything.</summary>
public static class LoginAttempt
{
    private const string Sasl = "ScramSHA256", Md5 = "MD5", Nothing = "None";

    /// <summary>Tries once.</summary>
    /// <param name="server">Where.</param>
    /// <param name="user">The login.</param>
    /// <param name="password">The password. It goes nowhere in clear.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static Task<LoginOutcome> TryAsync(PostgresServer server, string user, string password, CancellationToken cancellationToken) =>
        TryAsync(server.StringFor(user, password), $"{server.Settings.Database} at {server.Host}:{server.Port}", cancellationToken);

    /// <summary>Tries once over a port of loopback that leads to the server, as somebody else reaches it.</summary>
    /// <param name="server">The server.</param>
    /// <param name="relay">The port.</param>
    /// <param name="there">The address that it leads to.</param>
    /// <param name="user">The login.</param>
    /// <param name="password">The password. It goes nowhere in clear.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static Task<LoginOutcome> TryAsync(PostgresServer server, int relay, (string Host, int Port) there, string user, string password,
        CancellationToken cancellationToken)
    {
        NpgsqlConnectionStringBuilder login = server.StringFor(user, password);
        (login.Host, login.Port) = ("127.0.0.1", relay);
        return TryAsync(login, $"{server.Settings.Database} at {there.Host}:{there.Port}", cancellationToken, there.Host);
    }

    /// <summary>Tries once, at something that speaks PostgreSQL's protocol, such as a pooler.</summary>
    /// <param name="login">Host, port, database, user and password.</param>
    /// <param name="where">The place in words.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <param name="tlsName">The name that its certificate must be for, where that is another one than the host; null for the host.</param>
    public static async Task<LoginOutcome> TryAsync(NpgsqlConnectionStringBuilder login, string where, CancellationToken cancellationToken,
        string? tlsName = null)
    {
        string user = login.Username!;
        foreach ((string method, string words) in new[] { (Sasl, "scram-sha-256"), (Md5, "md5"), (Nothing, "") })
        {
            login.RequireAuth = method;
            try
            {
                await OpenAsync(login.ConnectionString, tlsName, cancellationToken).ConfigureAwait(false);
                return method == Nothing
                    ? new LoginOutcome(LoginAnswer.NotAsked,
                        $"{where} let {user} in without asking for a password (trust, peer or a certificate)")
                    : new LoginOutcome(LoginAnswer.Right, $"{user} logged in to {where} over {words}");
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InvalidPassword)
            {
                return new LoginOutcome(LoginAnswer.Wrong, $"{where} refused the password of {user} (SQLSTATE 28P01)", e.SqlState);
            }
            catch (PostgresException e)
            {
                return new LoginOutcome(LoginAnswer.Unknown,
                    $"{where} refused {user} for another reason: {e.MessageText} (SQLSTATE {e.SqlState})",
                    e.SqlState);
            }
            catch (NpgsqlException e) when (e.Message.Contains("authentication method is not allowed", StringComparison.Ordinal)) { }
            catch (Exception e) when (e is NpgsqlException or TimeoutException or SocketException)
            {
                return new LoginOutcome(LoginAnswer.Unknown, $"{where} could not be reached: {Reason(e)}");
            }
        }
        return new LoginOutcome(LoginAnswer.NotSent,
            $"{where} asks {user} for the password in clear (password, ldap, pam, radius) or for something else; it was not sent");
    }

    private static async Task OpenAsync(string login, string? tlsName, CancellationToken cancellationToken)
    {
        var builder = new NpgsqlDataSourceBuilder(login);
        builder.ConfigureTypeLoading(loading => loading.EnableTypeLoading(false));
        if (tlsName is not null) builder.UseSslClientAuthenticationOptionsCallback(options => options.TargetHost = tlsName);
        // Not pooled: it holds nothing open.
        NpgsqlConnection connection = builder.Build().CreateConnection();
        Task opening = connection.OpenAsync(cancellationToken);
        try
        {
            await opening.WaitAsync(cancellationToken).ConfigureAwait(false);
            await connection.DisposeAsync().ConfigureAwait(false);
        }
        catch
        {
            _ = opening.ContinueWith(ended => { _ = ended.Exception; connection.Dispose(); }, TaskScheduler.Default);
            throw;
        }
    }

    private static string Reason(Exception cause) => (cause.InnerException ?? cause) switch
    {
        TimeoutException => "no answer in 15 seconds",
        SocketException socket => SocketWords.Of(socket),
        var other => other.Message.TrimEnd('.'),
    };
}
