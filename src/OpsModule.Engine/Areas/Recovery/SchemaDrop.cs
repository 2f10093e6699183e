using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Recovery.Room;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Recovery;

/// <summary>Drops a schema that is not live, without holding up anything that is.</summary>
internal static class SchemaDrop
{
    private const string RanOut = "ops_module.locks_ran_out";

    // Views first, then tables, partitions before what they are parts of; what goes along with something else is left to that.
    private const string StatementsSql = """
        WITH ns AS (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = $1)
        SELECT d.sql FROM (
            SELECT CASE c.relkind WHEN 'v' THEN 0 WHEN 'm' THEN 0 WHEN 'S' THEN 3 ELSE CASE WHEN c.relispartition THEN 1 ELSE 2 END END AS turn, c.relkind = 'p' AS later, c.oid,
                pg_catalog.format('DROP %s IF EXISTS %I.%I CASCADE', CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'f' THEN 'FOREIGN TABLE'
                    WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, $1, c.relname) AS sql
            FROM pg_catalog.pg_class c WHERE c.relnamespace = (SELECT oid FROM ns) AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
              AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend p WHERE p.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND p.objid = c.oid AND p.deptype IN ('i', 'a') AND c.relkind = 'S')
            UNION ALL
            SELECT 4, false, p.oid, pg_catalog.format('DROP ROUTINE IF EXISTS %s CASCADE', p.oid::pg_catalog.regprocedure)
            FROM pg_catalog.pg_proc p WHERE p.pronamespace = (SELECT oid FROM ns)
              AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend i WHERE i.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND i.objid = p.oid AND i.deptype IN ('i', 'e'))
            UNION ALL
            SELECT 5, false, t.oid, pg_catalog.format('DROP TYPE IF EXISTS %I.%I CASCADE', $1, t.typname)
            FROM pg_catalog.pg_type t WHERE t.typnamespace = (SELECT oid FROM ns)
              AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend i WHERE i.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND i.objid = t.oid AND i.deptype IN ('i', 'e'))) d
        ORDER BY d.turn, d.later, d.oid DESC LIMIT $2
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Drops the schema; nothing happens when there is none.</summary>
    public static async Task RunAsync(NpgsqlConnection connection, string schema, CancellationToken ct)
    {
        if (!await ExistsAsync(connection, schema, ct).ConfigureAwait(false)) return;
        await OutsideReferences.RefuseAsync(connection, schema, ct).ConfigureAwait(false);
        await DropForeignKeysAsync(connection, schema, ct).ConfigureAwait(false);
        // More than one transaction may lock goes some at a time. Others need locks as well: how many are free is only known by trying.
        int room = (await LockSpace.ReadAsync(connection, ct).ConfigureAwait(false)).Statements;
        while (true)
        {
            List<string> statements = await connection.NamesAsync(StatementsSql, ct, schema, room).ConfigureAwait(false);
            bool last = statements.Count < room;
            string sql = last ? $"DROP SCHEMA IF EXISTS {SqlName.Quote(schema)} CASCADE" : string.Join("; ", statements);
            if (await TryAsync(connection, sql, ct).ConfigureAwait(false))
            {
                if (last) return;
                continue;
            }
            room = Math.Min(room, statements.Count) / 2;
            if (room < 1)
                throw new OpsException("LocksExhausted", OpsErrorCategory.ResourceUnavailable,
                    $"The schema {schema} could not be dropped, because the server has no room for more locks (max_locks_per_transaction).",
                    "Run the command again at a quieter time, or set max_locks_per_transaction higher and restart the server.", schema);
        }
    }

    /// <summary>
    /// Runs statements in one transaction; false when the server had no room for their locks. It is told by a setting, as the error itself
    /// would end the connection, and with it the lock that keeps other restores away.
    /// </summary>
    private static async Task<bool> TryAsync(NpgsqlConnection connection, string statements, CancellationToken ct)
    {
        string tag = "$ops_" + Guid.NewGuid().ToString("N") + "$";
        await connection.ExecuteAsync($"SET {RanOut} = ''", ct).ConfigureAwait(false);
        await connection.ExecuteAsync($"DO {tag} BEGIN {statements}; EXCEPTION WHEN out_of_memory THEN PERFORM pg_catalog.set_config('{RanOut}', 'yes', false); END {tag}", ct).ConfigureAwait(false);
        return await connection.ScalarAsync<string>($"SELECT pg_catalog.current_setting('{RanOut}')", ct).ConfigureAwait(false) != "yes";
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
}
