using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Areas.Recovery;

/// <summary>Gathers a staged schema's statistics, so that the first queries after the switch are planned as the last ones before it.</summary>
internal static class StagedStatistics
{
    private const string Tables = """
        SELECT c.relname::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = $1 AND NOT c.relispartition AND 
        """;

    /// <summary>Of the rows, which needs no index. A partitioned table stands for its partitions.</summary>
    public static Task<IEnumerable<ConnectionWork>> OfTablesAsync(NpgsqlConnection connection, string stage, IOpsReporter reporter, CancellationToken ct) =>
        ListAsync(connection, Tables + "c.relkind IN ('r', 'p') ORDER BY pg_catalog.pg_relation_size(c.oid) DESC", stage, reporter, ct);

    /// <summary>Of what exists only when everything is built: materialized views, extended statistics, and expressions in indexes.</summary>
    public static Task<IEnumerable<ConnectionWork>> OfExpressionsAsync(NpgsqlConnection connection, string stage, IOpsReporter reporter, CancellationToken ct) =>
        ListAsync(connection, Tables + """
            (c.relkind = 'm' OR c.relkind IN ('r', 'p') AND (EXISTS (SELECT FROM pg_catalog.pg_statistic_ext s WHERE s.stxrelid = c.oid)
              OR EXISTS (SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid AND i.indexprs IS NOT NULL)))
            """, stage, reporter, ct);

    private static async Task<IEnumerable<ConnectionWork>> ListAsync(NpgsqlConnection connection, string sql, string stage, IOpsReporter reporter, CancellationToken ct) =>
        from table in await connection.NamesAsync(sql, ct, stage).ConfigureAwait(false)
        select (ConnectionWork)(async (c, token) =>
        {
            if (await DatabaseStatistics.TryAsync(c, "ANALYZE " + SqlName.Quote(stage, table), token).ConfigureAwait(false) is { } why) DatabaseStatistics.Warn(reporter, table, why);
        });
}
