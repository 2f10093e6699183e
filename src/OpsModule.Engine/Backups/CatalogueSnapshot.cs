using Npgsql;
using OpsModule.Engine.Postgres;

namespace OpsModule.Engine.Backups;

/// <summary>
/// A snapshot of the database in which the catalogue was read and pg_dump reads all the rest: so what a restore is compared with is of
/// the same moment as what it restores. It lasts until it is disposed.
/// </summary>
internal sealed class CatalogueSnapshot : IAsyncDisposable
{
    private readonly NpgsqlConnection? _connection;

    private CatalogueSnapshot(NpgsqlConnection? connection, string? id, IReadOnlyList<CatalogueObject>? objects)
    {
        _connection = connection;
        Id = id;
        Objects = objects;
    }

    /// <summary>For pg_dump's <c>--snapshot</c>; null where there is none.</summary>
    public string? Id { get; }

    /// <summary>What the catalogue held; null where it could not be read.</summary>
    public IReadOnlyList<CatalogueObject>? Objects { get; }

    /// <summary>Reads the catalogue. Where the server refuses that, the backup is made without: it is warned of.</summary>
    public static async Task<CatalogueSnapshot> TakeAsync(OpsContext context, PostgresServer server, string? schema, CancellationToken ct)
    {
        NpgsqlConnection connection = await server.ConnectAsync(ct).ConfigureAwait(false);
        try
        {
            await RunAsync(connection, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", ct).ConfigureAwait(false);
            string id = (string)(await RunAsync(connection, "SELECT pg_catalog.pg_export_snapshot()::text", ct).ConfigureAwait(false))!;
            // What reading locks is given back before pg_dump locks the same tables: together they could need more locks than the server has.
            await RunAsync(connection, "SAVEPOINT catalogue", ct).ConfigureAwait(false);
            IReadOnlyList<CatalogueObject> objects = await CatalogueReader.ReadAsync(connection, schema, ct).ConfigureAwait(false);
            await RunAsync(connection, "ROLLBACK TO SAVEPOINT catalogue", ct).ConfigureAwait(false);
            return new CatalogueSnapshot(connection, id, objects);
        }
        catch (PostgresException e) when (!ct.IsCancellationRequested)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            context.Reporter.Warning($"The catalogue of database {server.Settings.Name} could not be read: {e.MessageText} (SQLSTATE {e.SqlState}). "
                + "The backup is made all the same; a restore of it compares rows, but not owners, privileges, row security and the like.");
            return new CatalogueSnapshot(null, null, null);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection is not null) await _connection.DisposeAsync().ConfigureAwait(false);
    }

    private static async Task<object?> RunAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(ct).ConfigureAwait(false);
    }
}
