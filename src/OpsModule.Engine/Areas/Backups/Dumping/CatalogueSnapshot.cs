using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Connections.Postgres.Catalogues;
using OpsModule.Connections.Postgres.Globals;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Backups.Dumping;

/// <summary>
/// A snapshot of the database in which the catalogue is read while pg_dump reads all the rest in it: so what a restore is compared with is of
/// the same moment as what it restores. It lasts until it is disposed.
/// </summary>
internal sealed class CatalogueSnapshot : IAsyncDisposable
{
    private const string RewrittenSql = """
        SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND c.relfilenode <> 0 AND pg_catalog.pg_relation_filenode(c.oid) <> c.relfilenode
          AND n.nspname !~ '^(pg_|ops_stage_)' AND ($1::text IS NULL OR n.nspname = $1) ORDER BY 1
        """;

    private readonly OpsContext _context;
    private readonly PostgresServer _server;
    private readonly NpgsqlConnection? _connection;
    private readonly CancellationTokenSource _stop = new();
    private Task<IReadOnlyList<CatalogueObject>>? _reading;
    private Task<ClusterGlobals>? _globals;

    private CatalogueSnapshot(OpsContext context, PostgresServer server, NpgsqlConnection? connection, string? id)
    {
        (_context, _server, _connection, Id) = (context, server, connection, id);
    }

    /// <summary>What a manifest says of the database beside its content. In the snapshot where there is one that can still be asked.</summary>
    public async Task<DatabaseFacts> DescribeAsync(string? schema, CancellationToken ct)
    {
        if (_connection is not null && _reading is { IsCompletedSuccessfully: true }
            && _globals is null or { IsCompletedSuccessfully: true })
            return await DatabaseFacts.ReadAsync(_connection, schema, ct).ConfigureAwait(false);
        await using NpgsqlConnection another = await _server.ConnectAsync(ct).ConfigureAwait(false);
        return await DatabaseFacts.ReadAsync(another, schema, ct).ConfigureAwait(false);
    }

    /// <summary>For pg_dump's <c>--snapshot</c>; null where there is none.</summary>
    public string? Id { get; }

    /// <summary>Takes it. Where the server refuses that, the backup is made without: it is warned of.</summary>
    public static async Task<CatalogueSnapshot> TakeAsync(OpsContext context, PostgresServer server, CancellationToken ct)
    {
        NpgsqlConnection connection = await server.ConnectAsync(ct).ConfigureAwait(false);
        try
        {
            await RunAsync(connection, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", ct).ConfigureAwait(false);
            string id = (string)(await RunAsync(connection, "SELECT pg_catalog.pg_export_snapshot()::text", ct).ConfigureAwait(false))!;
            return new CatalogueSnapshot(context, server, connection, id);
        }
        catch (PostgresException e) when (!ct.IsCancellationRequested)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            Warn(context, server, e);
            return new CatalogueSnapshot(context, server, null, null);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Tables, as SQL, that were truncated or rewritten between the snapshot and now: PostgreSQL shows them empty to the snapshot, whatever was and is
    /// in them. To be asked when pg_dump has locked them.
    /// </summary>
    public async Task<IReadOnlyList<string>> RewrittenAsync(string? schema, CancellationToken ct)
    {
        if (_connection is null) return [];
        await using var command = new NpgsqlCommand(RewrittenSql, _connection);
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)schema ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(ct).ConfigureAwait(false);
        var names = new List<string>();
        while (await reader.ReadAsync(ct).ConfigureAwait(false)) names.Add(reader.GetString(0));
        return names;
    }

    /// <summary>Begins to read the catalogue and, for a whole database, what belongs to its server.</summary>
    /// <param name="schema">The schema; null for the whole database.</param>
    public void BeginReading(string? schema)
    {
        if (_connection is null) return;
        _reading = Task.Run(() => CatalogueReader.ReadAsync(_connection, schema, _stop.Token));
        if (schema is null) _globals = BeginGlobalsAsync(_connection, _reading);
    }

    /// <summary>What belongs to the server; null for a tenant, and where it could not be read: it is warned of.</summary>
    public async Task<ClusterGlobals?> ReadGlobalsAsync(CancellationToken ct)
    {
        if (_globals is null) return null;
        try { return await _globals.WaitAsync(ct).ConfigureAwait(false); }
        catch (NpgsqlException e) when (!ct.IsCancellationRequested)
        {
            _context.Reporter.Warning($"Roles and tablespaces of the server of database {_server.Settings.Name} could not be read: "
                + $"{Why(e)}. The backup is made without them.");
            return null;
        }
    }

    // One connection does one thing at a time.
    private async Task<ClusterGlobals> BeginGlobalsAsync(NpgsqlConnection connection, Task before)
    {
        await before.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default).ConfigureAwait(false);
        // What the server keeps of passwords is read only into what is encrypted.
        bool withVerifiers = _context.Environment.Backups.Recipients.Count > 0;
        return await GlobalsReader.ReadAsync(connection, withVerifiers, _stop.Token).ConfigureAwait(false);
    }

    /// <summary>What the catalogue held; null where it could not be read: it is warned of.</summary>
    public async Task<IReadOnlyList<CatalogueObject>?> ReadAsync(CancellationToken ct)
    {
        if (_reading is null) return null;
        try { return await _reading.WaitAsync(ct).ConfigureAwait(false); }
        catch (NpgsqlException e) when (!ct.IsCancellationRequested)
        {
            Warn(_context, _server, e);
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        foreach (Task? reading in new Task?[] { _reading, _globals })
            if (reading is not null) await reading.ContinueWith(static _ => { }, CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default).ConfigureAwait(false);
        if (_connection is not null) await _connection.DisposeAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    private static void Warn(OpsContext context, PostgresServer server, NpgsqlException e) => context.Reporter.Warning(
        $"The catalogue of database {server.Settings.Name} could not be read: {Why(e)}. "
        + "The backup is made all the same; a restore of it compares rows, but not owners, privileges, row security and the like, and "
        + "it holds no roles.");

    private static string Why(NpgsqlException e) => e is PostgresException p ? $"{p.MessageText} (SQLSTATE {p.SqlState})"
        : e.Message.TrimEnd('.');

    private static async Task<object?> RunAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(ct).ConfigureAwait(false);
    }
}
