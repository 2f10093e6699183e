using System.Net.Sockets;
using Npgsql;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Network;

namespace OpsModule.Connections.Postgres;

/// <summary>Turns Npgsql's exceptions into errors that say what to do.</summary>
public static class PostgresErrors
{
    /// <summary>Why a connection could not be made.</summary>
    public static OpsException Connecting(Exception cause, PostgresOptions settings, string database, string address)
    {
        string what = $"database {database} at {address} as {settings.User}";
        if (cause.Message.Contains("authentication method is not allowed", StringComparison.Ordinal)) return InClear(cause, settings, address);
        // Poolers take no start-up options but those they know.
        if (cause is PostgresException { SqlState: PostgresErrorCodes.ProtocolViolation or PostgresErrorCodes.FeatureNotSupported } pooler
            && pooler.MessageText.Contains("parameter", StringComparison.Ordinal)) return Pooled(settings, address, cause);
        if (cause.Message.Contains("No password has been provided", StringComparison.Ordinal)) return new OpsException(
            "DatabaseLoginRefused",
            OpsErrorCategory.PermissionDenied, $"The server asks for a password for {what}, and none was given.",
            $"Give databases.{settings.Name}.password: env:NAME, or file:PATH#KEY.", settings.Name, cause);
        return cause is not PostgresException server
            ? new OpsException("DatabaseUnreachable", OpsErrorCategory.ResourceUnavailable, $"Cannot reach {what}: {Reason(cause)}.",
                $"Check that the server runs and that databases.{settings.Name} has the right host and port.", settings.Name, cause)
            : server.SqlState switch
            {
                PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification => new OpsException(
                    "DatabaseLoginRefused", OpsErrorCategory.PermissionDenied, $"The server refused the login to {what}: {server.MessageText}.",
                    settings.Password is { IsLiteral: true }
                        ? $"Check the user and the password that databases.{settings.Name} holds, perhaps in its url."
                    : $"Check databases.{settings.Name}.user and .password ({settings.Password?.ToString() ?? "none is set"}).",
                        settings.Name, cause),
                PostgresErrorCodes.InvalidCatalogName => new OpsException("DatabaseMissing", OpsErrorCategory.ObjectNotFound,
                    $"The server at {address} has no database named {database}.", $"Check databases.{settings.Name}.name.", settings.Name, cause),
                _ => new OpsException("DatabaseUnreachable", OpsErrorCategory.ResourceUnavailable,
                    $"The server refused the connection to {what}: {server.MessageText} (SQLSTATE {server.SqlState}).",
                    Refused(server, settings), settings.Name, cause),
            };
    }

    /// <summary>What to do about a server that is there and lets nobody in.</summary>
    private static string Refused(PostgresException server, PostgresOptions settings) => server.SqlState switch
    {
        PostgresErrorCodes.TooManyConnections when server.MessageText.Contains("for role", StringComparison.Ordinal) =>
            $"End sessions of {settings.User} that idle, or raise its limit: ALTER ROLE {settings.User} CONNECTION LIMIT ...;",
        PostgresErrorCodes.TooManyConnections when server.MessageText.Contains("for database", StringComparison.Ordinal) =>
            $"End sessions that idle, or raise the database's limit: ALTER DATABASE {settings.Database} CONNECTION LIMIT ...;",
        PostgresErrorCodes.TooManyConnections =>
            "All connections are taken. End sessions that idle (as a superuser, for whom some places are kept: "
            + "SELECT pid, usename, state, state_change FROM pg_stat_activity ORDER BY state_change), pool connections in the application, "
            + "or raise max_connections.",
        PostgresErrorCodes.CannotConnectNow when server.MessageText.Contains("shutting down", StringComparison.Ordinal) =>
            "Somebody stops it. When that is not meant, find out who, and start it again.",
        PostgresErrorCodes.CannotConnectNow =>
            "Wait until it has started; when it takes long, look at the server's log. A standby that lets nobody in has hot_standby off.",
        _ => "Mend what the server reports, then run the command again.",
    };

    /// <summary>A pooler stands between: sessions behind it do not keep what is set for them.</summary>
    public static OpsException Pooled(PostgresOptions settings, string address, Exception? cause = null) => new("PoolerBetween", OpsErrorCategory.InvalidOperation,
        $"What answers at {address} is a pooler such as PgBouncer, not PostgreSQL itself: behind it a session does not keep its settings, so that the database's owner could say what our statements mean.",
        $"Give databases.{settings.Name} the host and port of PostgreSQL itself. The application may go on using the pooler.", settings.Name, cause);

    private static OpsException InClear(Exception cause, PostgresOptions settings, string address) => new("CredentialsInClear", OpsErrorCategory.PermissionDenied,
        $"The server at {address} asks for the password of {settings.User} in clear, and no TLS with a verified certificate protects it. It was not sent.",
        $"Let pg_hba.conf ask for scram-sha-256, or say 'sslmode: verify-full' (and 'ca: FILE' for an authority of your own) in databases.{settings.Name}. If you expected neither, find out who answers there.",
        settings.Name, cause);

    /// <summary>Why a statement failed.</summary>
    public static OpsException Statement(PostgresException cause, string doing, object? target) => new("StatementFailed",
        cause.SqlState == PostgresErrorCodes.InsufficientPrivilege ? OpsErrorCategory.PermissionDenied : OpsErrorCategory.InvalidOperation,
        $"{doing} failed: {cause.MessageText} (SQLSTATE {cause.SqlState}).",
        cause.SqlState == PostgresErrorCodes.InsufficientPrivilege
            ? "Grant the role what it needs, or use another one, then run the command again."
            : "Mend what the server reports, then run the command again.", target, cause);

    private static string Reason(Exception cause) => (cause.InnerException ?? cause) switch
    {
        TimeoutException => "no answer in 15 seconds",
        SocketException socket => SocketWords.Of(socket),
        var other => other.Message.TrimEnd('.'),
    };
}
