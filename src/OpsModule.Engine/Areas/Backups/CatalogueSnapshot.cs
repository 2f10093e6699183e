using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Backups;

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

    private CatalogueSnapshot(OpsContext context, PostgresServer server, NpgsqlConnection? connection, string? id)
    {
        (_context, _server, _connection, Id) = (context, server, connection, id);
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

    /// <summary>Begins to read the catalogue.</summary>
    /// <param name="schema">The schema; null for the whole database.</param>
    public void BeginReading(string? schema)
    {
        if (_connection is not null) _reading = Task.Run(() => CatalogueReader.ReadAsync(_connection, schema, _stop.Token));
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
        if (_reading is not null) await _reading.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default).ConfigureAwait(false);
        if (_connection is not null) await _connection.DisposeAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    private static void Warn(OpsContext context, PostgresServer server, NpgsqlException e) => context.Reporter.Warning(
        $"The catalogue of database {server.Settings.Name} could not be read: {(e is PostgresException p ? $"{p.MessageText} (SQLSTATE {p.SqlState})" : e.Message.TrimEnd('.'))}. "
        + "The backup is made all the same; a restore of it compares rows, but not owners, privileges, row security and the like.");

    private static async Task<object?> RunAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(ct).ConfigureAwait(false);
    }
}
