using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Recovery;

/// <summary>Turns what a server or a broken connection throws in the middle of a restore into errors that say what to do.</summary>
internal static class RestoreErrors
{
    /// <summary>Runs something; whatever the server throws is told as an error of ours.</summary>
    /// <param name="doing">What is being done, in words: <c>Restoring main</c>.</param>
    /// <param name="target">The item.</param>
    /// <param name="body">Does it.</param>
    public static async Task<T> TranslateAsync<T>(string doing, object? target, Func<Task<T>> body)
    {
        try { return await body().ConfigureAwait(false); }
        catch (Exception e) when (Translate(e, doing, target) is { } known && known != e) { throw known; }
    }

    /// <summary>The error to tell; null when it is none of the server's.</summary>
    public static OpsException? Translate(Exception cause, string doing, object? target) => cause switch
    {
        OpsException known => known,
        PostgresException { SqlState: PostgresErrorCodes.DiskFull } full => DiskTooFull($"{doing} failed: {full.MessageText} (SQLSTATE {full.SqlState}).", target, cause),
        PostgresException { SqlState: PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow } ended =>
            Broken(ended.MessageText, doing, target, cause),
        PostgresException refused => PostgresErrors.Statement(refused, doing, target),
        NpgsqlException => Broken((cause.InnerException ?? cause).Message.TrimEnd('.'), doing, target, cause),
        _ => null,
    };

    /// <summary>The server has no space left.</summary>
    public static OpsException DiskTooFull(string message, object? target, Exception cause) => new("DiskTooFull", OpsErrorCategory.ResourceUnavailable, message,
        "Nothing live was changed. Free space on the server, for example with Get-OpsRestore | Remove-OpsRestore, then run the command again.", target, cause);

    private static OpsException Broken(string why, string doing, object? target, Exception cause) => new("DatabaseUnreachable", OpsErrorCategory.ResourceUnavailable,
        $"{doing} ended, because the connection to the server broke: {why}.", "Check the server, then see what is left with Get-OpsRestore and run the command again.", target, cause);
}
