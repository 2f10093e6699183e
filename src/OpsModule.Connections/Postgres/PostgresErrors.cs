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
        return cause is not PostgresException server
            ? new OpsException("DatabaseUnreachable", OpsErrorCategory.ResourceUnavailable, $"Cannot reach {what}: {Reason(cause)}.",
                $"Check that the server runs and that databases.{settings.Name} has the right host and port.", settings.Name, cause)
            : server.SqlState switch
            {
                PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification => new OpsException(
                    "DatabaseLoginRefused", OpsErrorCategory.PermissionDenied, $"The server refused the login to {what}: {server.MessageText}.",
                    $"Check databases.{settings.Name}.user and .password ({settings.Password?.ToString() ?? "none is set"}).", settings.Name, cause),
                PostgresErrorCodes.InvalidCatalogName => new OpsException("DatabaseMissing", OpsErrorCategory.ObjectNotFound,
                    $"The server at {address} has no database named {database}.", $"Check databases.{settings.Name}.name.", settings.Name, cause),
                _ => new OpsException("DatabaseUnreachable", OpsErrorCategory.ResourceUnavailable,
                    $"The server refused the connection to {what}: {server.MessageText} (SQLSTATE {server.SqlState}).",
                    "Mend what the server reports, then run the command again.", settings.Name, cause),
            };
    }

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
