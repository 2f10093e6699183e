using System.Data;
using System.Globalization;
using Npgsql;

namespace OpsModule.Connections.Postgres.Queries;

/// <summary>
/// A session for the statement that somebody writes: in one transaction, that only reads unless it is opened for writing.
/// </summary>
public sealed class QuerySession : IAsyncDisposable
{
    private readonly PostgresSession _session;

    private QuerySession(PostgresSession session) => _session = session;

    /// <summary>Opens one and begins its transaction.</summary>
    /// <param name="server">The database.</param>
    /// <param name="schema">The schema that names are looked for in; null for the search_path that the database itself sets.</param>
    /// <param name="timeout">How long the statement may run; null for no limit but the database's own.</param>
    /// <param name="writes">True for one that may change something.</param>
    /// <param name="ct">Cancels.</param>
    public static async Task<QuerySession> OpenAsync(PostgresServer server, string? schema, TimeSpan? timeout, bool writes,
        CancellationToken ct)
    {
        PostgresSession session = await server.ConnectForQueriesAsync(ct).ConfigureAwait(false);
        try
        {
            // One row of functions, each named in full; what the values are shown like is ValueText's to count on.
            await session.Connection.ExecuteAsync("""
                SELECT pg_catalog.set_config('default_transaction_read_only', $1, false),
                    pg_catalog.set_config('bytea_output', 'hex', false), pg_catalog.set_config('extra_float_digits', '3', false),
                    pg_catalog.set_config('TimeZone', 'UTC', false)
                """, ct, writes ? "off" : "on").ConfigureAwait(false);
            if (timeout is { } longest)
                await session.Connection.ExecuteAsync("SELECT pg_catalog.set_config('statement_timeout', $1, false)", ct,
                    Math.Max(1, (long)longest.TotalMilliseconds).ToString(CultureInfo.InvariantCulture)).ConfigureAwait(false);
            // What somebody asks for themselves may well be worth compiling: that is the database's own setting again.
            await session.Connection.ExecuteAsync("RESET jit; BEGIN " + (writes ? "READ WRITE" : "READ ONLY"), ct).ConfigureAwait(false);
            await session.Connection.ExecuteAsync("SELECT pg_catalog.set_config('search_path', $1, true)", ct, schema is null
                ? session.OwnPath : SqlName.Quote(schema)).ConfigureAwait(false);
            return new QuerySession(session);
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Runs the statement. That it is one alone is proven before: the server is asked what it gives, and refuses to say that of several.
    /// </summary>
    /// <exception cref="PostgresException">The server refuses it.</exception>
    /// <exception cref="NotSupportedException">There are several.</exception>
    public async Task<StatementResult> RunAsync(string sql, IReadOnlyList<NpgsqlParameter> parameters, CancellationToken ct)
    {
        await DescribeAsync(sql, parameters, ct).ConfigureAwait(false);
        var command = new NpgsqlCommand(sql, _session.Connection) { AllResultTypesAreUnknown = true };
        try
        {
            foreach (NpgsqlParameter parameter in parameters) command.Parameters.Add(parameter.Clone());
            return new StatementResult(command, await command.ExecuteReaderAsync(ct).ConfigureAwait(false));
        }
        catch
        {
            await command.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Has the server read a statement without running it.</summary>
    /// <inheritdoc cref="RunAsync" path="/exception"/>
    public async Task DescribeAsync(string sql, IReadOnlyList<NpgsqlParameter> parameters, CancellationToken ct)
    {
        var said = new NpgsqlBatchCommand(sql);
        foreach (NpgsqlParameter parameter in parameters) said.Parameters.Add(parameter.Clone());
        await using var batch = new NpgsqlBatch(_session.Connection) { BatchCommands = { said } };
        await using NpgsqlDataReader reader = await batch.ExecuteReaderAsync(CommandBehavior.SchemaOnly, ct).ConfigureAwait(false);
    }

    /// <summary>
    /// How many rows of which tables this transaction has changed so far, by the server's own account: also those of other tables that
    /// triggers and foreign keys changed. Constraints that wait for the end are checked first.
    /// </summary>
    public async Task<IReadOnlyList<TableEffect>> CountAsync(CancellationToken ct)
    {
        await _session.Connection.ExecuteAsync("SET CONSTRAINTS ALL IMMEDIATE", ct).ConfigureAwait(false);
        // No operator in it: the search_path is the statement's.
        List<TableEffect> all = await _session.Connection.ListAsync("SELECT schemaname, relname, n_tup_ins, n_tup_upd, n_tup_del FROM "
            + "pg_catalog.pg_stat_xact_user_tables",
            r => new TableEffect(r.GetString(0), r.GetString(1), r.GetInt64(2), r.GetInt64(3), r.GetInt64(4)), ct).ConfigureAwait(false);
        return [.. all.Where(t => t.Rows > 0).OrderBy(t => t.Schema, StringComparer.Ordinal).ThenBy(t => t.Table, StringComparer.Ordinal)];
    }

    /// <summary>Whether the server counts rows at all.</summary>
    public async Task<bool> CountsAsync(CancellationToken ct) =>
        await _session.Connection.ScalarAsync<string>("SELECT pg_catalog.current_setting('track_counts')", ct)
            .ConfigureAwait(false) == "on";

    /// <summary>
    /// Whether something was done that locks a whole table against everybody, such as TRUNCATE or DROP in a function: of that nothing is
    /// counted.
    /// </summary>
    public Task<bool> EmptiesAsync(CancellationToken ct) => _session.Connection.ScalarAsync<bool>("""
        SELECT EXISTS (SELECT FROM pg_catalog.pg_locks WHERE pid = pg_catalog.pg_backend_pid()
            AND locktype = 'relation' AND mode = 'AccessExclusiveLock' AND granted)
        """, ct);

    /// <summary>The number of the transaction; a statement that ends it begins another.</summary>
    public Task<long> TransactionAsync(CancellationToken ct) =>
        _session.Connection.ScalarAsync<long>("SELECT pg_catalog.txid_current()", ct);

    /// <summary>Makes what was done last.</summary>
    public Task CommitAsync() => _session.Connection.ExecuteAsync("COMMIT", CancellationToken.None);

    /// <summary>Ends the transaction; nothing of it is left.</summary>
    public Task RollbackAsync() => _session.Connection.RollbackAsync();

    /// <summary>Closes the session; what was not committed is undone by the server.</summary>
    public ValueTask DisposeAsync() => _session.DisposeAsync();
}
