using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Recovery.Room;

/// <summary>
/// How many locks the server can hold at once, for all sessions together. A transaction that takes them all fails, and makes others fail; so
/// whatever touches each of thousands of objects goes in several transactions.
/// </summary>
/// <param name="Setting">max_locks_per_transaction.</param>
/// <param name="Sessions">Sessions and prepared transactions that the setting is multiplied by.</param>
internal sealed record LockSpace(int Setting, int Sessions)
{
    private const string SettingsSql = """
        SELECT pg_catalog.current_setting('max_locks_per_transaction')::int,
            pg_catalog.current_setting('max_connections')::int + pg_catalog.current_setting('max_prepared_transactions')::int
        """;

    // Table, its TOAST table and that one's index, its sequence, indexes: about eight for a statement; and half is left to others.
    private const int LocksOfStatement = 8, Share = 2;

    public static async Task<LockSpace> ReadAsync(NpgsqlConnection connection, CancellationToken ct) =>
        (await connection.ListAsync(SettingsSql, r => new LockSpace(r.GetInt32(0), r.GetInt32(1)), ct).ConfigureAwait(false))[0];

    /// <summary>Locks that fit.</summary>
    public int Capacity => Setting * Sessions;

    /// <summary>Statements that make or drop objects which one transaction may hold.</summary>
    public int Statements => Math.Max(10, Capacity / (LocksOfStatement * Share));

    /// <summary>Refuses when the switch, which has to lock every live table in one transaction, could not.</summary>
    /// <exception cref="OpsException"><c>TooManyTables</c>.</exception>
    public async Task RefuseSwitchAsync(NpgsqlConnection connection, string schema, CancellationToken ct)
    {
        long tables = await connection.ScalarAsync<long>("""
            SELECT pg_catalog.count(*) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'm', 'f')
            """, ct, schema).ConfigureAwait(false);
        // A tenth is left to the rest of the service.
        long needed = tables + tables / 10;
        if (needed <= Capacity) return;
        throw new OpsException("TooManyTables", OpsErrorCategory.ResourceUnavailable,
            $"The live schema {schema} has {tables:N0} tables; to switch, all of them are locked in one transaction, and the server has room for {Capacity:N0} locks (max_locks_per_transaction = {Setting}, times {Sessions} sessions).",
            $"Set max_locks_per_transaction to {(needed + Sessions - 1) / Sessions} or more and restart the server, or restore the whole database with -As and take the tenant's rows from there.", schema);
    }
}
