using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Areas.Recovery;

/// <summary>
/// Gathers a restored database's statistics. They are a help for the first queries and no part of the data: what cannot be gathered is told and
/// stops nothing.
/// </summary>
internal sealed class DatabaseStatistics(PostgresServer server, string database, IOpsReporter reporter)
{
    /// <summary>Gathers them all at once; when that fails, table by table.</summary>
    public async Task GatherAsync(CancellationToken ct)
    {
        await using NpgsqlConnection connection = await server.ConnectAsync(ct, database).ConfigureAwait(false);
        await CopySettings.ApplyAsync(connection, ct).ConfigureAwait(false);
        if (await TryAsync(connection, "ANALYZE", ct).ConfigureAwait(false) is null) return;
        List<(string Schema, string Table)> tables = await connection.ListAsync("""
            SELECT n.nspname, c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname <> 'pg_catalog' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_(toast|temp)' ORDER BY 1, 2
            """, r => (r.GetString(0), r.GetString(1)), ct).ConfigureAwait(false);
        foreach ((string schema, string table) in tables)
        {
            if (await TryAsync(connection, "ANALYZE " + SqlName.Quote(schema, table), ct).ConfigureAwait(false) is { } why) Warn(reporter, $"{schema}.{table}", why);
        }
    }

    /// <summary>Tells that a table has no statistics.</summary>
    public static void Warn(IOpsReporter reporter, string table, string why) =>
        reporter.Warning($"The statistics of {table} could not be gathered ({why}). Its rows are all there; run ANALYZE when the cause is mended, until then queries may be slow.");

    /// <summary>Null when it was done, else what the server said. That it was told to stop counts as ever.</summary>
    public static async Task<string?> TryAsync(NpgsqlConnection connection, string analyze, CancellationToken ct)
    {
        try
        {
            await connection.ExecuteAsync(analyze, ct).ConfigureAwait(false);
            return null;
        }
        catch (PostgresException e) when (!e.SqlState.StartsWith("57", StringComparison.Ordinal))
        {
            return e.MessageText;
        }
    }
}
