using Npgsql;
using OpsModule.Engine.Postgres;

namespace OpsModule.Engine.Recovery;

/// <summary>Drops a schema that is not live, without holding up anything that is.</summary>
internal static class SchemaDrop
{
    private const int Batch = 200;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Drops the schema; nothing happens when there is none.</summary>
    public static async Task RunAsync(NpgsqlConnection connection, string schema, CancellationToken ct)
    {
        if (!await ExistsAsync(connection, schema, ct).ConfigureAwait(false)) return;
        await OutsideReferences.RefuseAsync(connection, schema, ct).ConfigureAwait(false);
        await DropForeignKeysAsync(connection, schema, ct).ConfigureAwait(false);
        try
        {
            await connection.ExecuteAsync($"DROP SCHEMA {SqlName.Quote(schema)} CASCADE", ct).ConfigureAwait(false);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.OutOfMemory)
        {
            // More tables than one transaction may lock (max_locks_per_transaction): some at a time.
            await DropTablesAsync(connection, schema, ct).ConfigureAwait(false);
            await connection.ExecuteAsync($"DROP SCHEMA IF EXISTS {SqlName.Quote(schema)} CASCADE", ct).ConfigureAwait(false);
        }
    }

    public static Task<bool> ExistsAsync(NpgsqlConnection connection, string schema, CancellationToken ct) =>
        connection.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = $1)", ct, schema);

    /// <summary>A foreign key out of the schema locks the live table it refers to when it goes: each goes alone, quickly.</summary>
    private static async Task DropForeignKeysAsync(NpgsqlConnection connection, string schema, CancellationToken ct)
    {
        List<(string Table, string Name)> keys = await connection.ListAsync("""
            SELECT c.relname, k.conname FROM pg_catalog.pg_constraint k
            JOIN pg_catalog.pg_class c ON c.oid = k.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_catalog.pg_class f ON f.oid = k.confrelid
            WHERE n.nspname = $1 AND k.contype = 'f' AND f.relnamespace <> c.relnamespace AND k.conparentid = 0
            """, r => (r.GetString(0), r.GetString(1)), ct, schema).ConfigureAwait(false);
        foreach ((string table, string name) in keys)
        {
            string drop = $"ALTER TABLE {SqlName.Quote(schema, table)} DROP CONSTRAINT IF EXISTS {SqlName.Quote(name)};";
            if (await ShortLock.RunAsync(connection, Patience, drop, ct).ConfigureAwait(false) is null)
                throw new OpsException("DropBlocked", OpsErrorCategory.ResourceBusy,
                    $"The foreign key {name} of {schema}.{table} could not be dropped within {Patience.TotalSeconds:0} s, because the table it refers to is in use all the time.",
                    "Run the command again at a quieter time.", schema);
        }
    }

    private static async Task DropTablesAsync(NpgsqlConnection connection, string schema, CancellationToken ct)
    {
        while (true)
        {
            List<string> tables = await connection.NamesAsync($"""
                SELECT c.relname::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY c.oid DESC LIMIT {Batch}
                """, ct, schema).ConfigureAwait(false);
            if (tables.Count == 0) return;
            await connection.ExecuteAsync($"DROP TABLE IF EXISTS {string.Join(", ", tables.Select(t => SqlName.Quote(schema, t)))} CASCADE", ct).ConfigureAwait(false);
        }
    }
}
