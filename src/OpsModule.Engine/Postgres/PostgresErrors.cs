using System.Net.Sockets;
using Npgsql;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Network;

namespace OpsModule.Engine.Postgres;

/// <summary>Turns Npgsql's exceptions into errors that say what to do.</summary>
public static class PostgresErrors
{
    /// <summary>Why a connection could not be made.</summary>
    public static OpsException Connecting(Exception cause, DatabaseSettings settings, string database, string address)
    {
        string what = $"database {database} at {address} as {settings.User}";
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
