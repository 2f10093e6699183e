using System.Text;
using Npgsql;

namespace OpsModule.Connections.Postgres;

/// <summary>
/// How every session of ours begins. The owner of a database may give it settings (ALTER DATABASE ... SET), and every role gives itself
/// some: a search_path with a schema of their own before pg_catalog would put their operators into our statements, which then run
/// with our rights. So nothing that decides what SQL means is left to them.
/// </summary>
public static class SessionStart
{
    /// <summary>Said expressly, pg_temp comes last; left out, it would come first.</summary>
    private const string SearchPath = "pg_catalog,pg_temp";

    private static readonly (string Name, string Value)[] Settings =
    [
        ("search_path", SearchPath),
        ("standard_conforming_strings", "on"), ("transform_null_equals", "off"), ("array_nulls", "on"), ("quote_all_identifiers", "off"), ("xmloption", "content"),
        ("DateStyle", "ISO,MDY"), ("IntervalStyle", "postgres"),
        ("default_transaction_isolation", "read committed"), ("default_transaction_read_only", "off"), ("default_transaction_deferrable", "off"),
        ("idle_in_transaction_session_timeout", "0"),
        // The server takes questions about a catalogue of many tables for dear ones, and compiles each for longer than it runs.
        ("jit", "off"),
    ];

    // One row of functions, each named in full, with neither operator nor type of the path: the path is not ours before it has run.
    private static readonly string Begin = "SELECT pg_catalog.current_setting('search_path'), pg_catalog.pg_backend_pid(), "
        + string.Join(", ", Settings.Select(s => Set(s.Name, s.Value)));

    /// <summary>As start-up options, which count before everything that is stored on the server.</summary>
    public static string Options { get; } = string.Join(' ', Settings.Select(s => $"-c {s.Name}={s.Value.Replace(" ", "\\ ", StringComparison.Ordinal)}"));

    /// <summary>From version 14 on the server notices while it computes that its client is gone, and stops (for nobody) at once.</summary>
    public const string WatchClient = "-c client_connection_check_interval=1s";

    /// <summary>The first statement of a session. Says which search_path it had before, and whether a pooler stands in between.</summary>
    public static async Task<(string OwnPath, bool Pooled)> ApplyAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(Begin, connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(ct).ConfigureAwait(false);
        await reader.ReadAsync(ct).ConfigureAwait(false);
        // A pooler makes up a process number of its own, and may give the next statement to another session, which has other settings.
        return (reader.GetString(0), reader.GetInt32(1) != connection.ProcessID);
    }

    /// <summary>
    /// A connection that waits for a long restore is idle, and must not be ended for that. True when the server also watches its
    /// client; some systems it runs on cannot.
    /// </summary>
    public static async Task<bool> StayAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await RunAsync(connection, "SELECT " + Set("idle_session_timeout", "0"), ct).ConfigureAwait(false);
        try
        {
            await RunAsync(connection, "SELECT " + Set("client_connection_check_interval", "1s"), ct).ConfigureAwait(false);
            return true;
        }
        catch (PostgresException) { return false; }
    }

    private static string Set(string name, string value) => $"pg_catalog.set_config('{name}', '{value}', false)";

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(ct).ConfigureAwait(false);
    }
}
