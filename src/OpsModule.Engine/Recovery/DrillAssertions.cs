using Npgsql;
using OpsModule.Engine.Backups;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Postgres;

namespace OpsModule.Engine.Recovery;

/// <summary>
/// Asks the environment's own assertions of a restored database. A query with <c>{schema}</c> in it is asked of tenants' backups, with the
/// tenant's schema in its place; one without is asked of whole databases.
/// </summary>
internal static class DrillAssertions
{
    private const string SchemaPlace = "{schema}";

    /// <summary>What does not hold, in words.</summary>
    public static async Task<IReadOnlyList<string>> CheckAsync(PostgresServer server, string database, BackupRecord backup, DrillSettings settings, CancellationToken ct)
    {
        var failures = new List<string>();
        await using NpgsqlConnection connection = await server.ConnectAsync(ct, database).ConfigureAwait(false);
        if (settings.MinTables is { } least)
        {
            long tables = await connection.ScalarAsync<long>("SELECT pg_catalog.count(*) FROM pg_catalog.pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')", ct).ConfigureAwait(false);
            if (tables < least) failures.Add($"The restored database has {tables} tables; the environment expects {least} at least.");
        }
        foreach (DrillQuery query in settings.Queries)
        {
            if (query.Database is not null && query.Database != backup.Name) continue;
            if (query.Sql.Contains(SchemaPlace, StringComparison.Ordinal) != backup.Schema is not null) continue;
            string sql = backup.Schema is null ? query.Sql : query.Sql.Replace(SchemaPlace, SqlName.Quote(backup.Schema), StringComparison.Ordinal);
            if (await AskAsync(connection, sql, ct).ConfigureAwait(false) is { } why) failures.Add($"'{query.Name}' does not hold: {why}.");
        }
        return failures;
    }

    private static async Task<string?> AskAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        try
        {
            object? answer = await connection.ScalarAsync<object>(sql, ct).ConfigureAwait(false);
            return answer switch
            {
                null or DBNull => "the query returned nothing",
                true => null,
                false => "the query returned false",
                short or int or long or decimal or double or float => Convert.ToDouble(answer, System.Globalization.CultureInfo.InvariantCulture) > 0 ? null : $"the query returned {answer}",
                _ => $"the query returned a {answer.GetType().Name}, not true or a number above zero",
            };
        }
        catch (PostgresException e)
        {
            return $"the query failed: {e.MessageText} (SQLSTATE {e.SqlState})";
        }
    }
}
