using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Recovery.Drills;

/// <summary>
/// Asks the environment's own assertions of a restored database. A query with <c>{schema}</c> in it is asked of tenants' backups, with the
/// tenant's schema in its place; one without is asked of whole databases. What is not asked is noted.
/// </summary>
internal sealed class DrillAssertions(OpsEnvironment environment, BackupRecord backup, List<string> notes)
{
    private const string SchemaPlace = "{schema}";

    /// <summary>What does not hold, in words.</summary>
    public async Task<IReadOnlyList<string>> CheckAsync(PostgresServer server, string database, CancellationToken ct)
    {
        var failures = new List<string>();
        await using PostgresSession session = await server.ConnectForQueriesAsync(ct, database).ConfigureAwait(false);
        if (environment.Drill.MinTables is { } least)
        {
            long tables = await session.Connection.ScalarAsync<long>("SELECT pg_catalog.count(*) FROM pg_catalog.pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')", ct).ConfigureAwait(false);
            if (tables < least) failures.Add($"The restored database has {tables} table{(tables == 1 ? "" : "s")}; the environment expects {least} at least.");
        }
        foreach (DrillQuery query in environment.Drill.Queries.Where(IsAsked))
        {
            string sql = backup.Schema is null ? query.Sql : query.Sql.Replace(SchemaPlace, SqlName.Quote(backup.Schema), StringComparison.Ordinal);
            if (await AskAsync(session, sql, query.Name, ct).ConfigureAwait(false) is { } why) failures.Add($"'{query.Name}' does not hold: {why}.");
        }
        return failures;
    }

    private bool IsAsked(DrillQuery query)
    {
        if (query.Database is not null && query.Database != backup.Name) return false;
        bool ofTenants = query.Sql.Contains(SchemaPlace, StringComparison.Ordinal);
        if (ofTenants != backup.Schema is not null)
        {
            notes.Add(ofTenants
                ? $"'{query.Name}' was not asked: it has {SchemaPlace} in it, and so is asked of tenants' backups only."
                : $"'{query.Name}' was not asked: it has no {SchemaPlace} in it, and so is asked of backups of the whole database only.");
            return false;
        }
        if (query.Database is null && !ofTenants && environment.Databases.Count > 1)
            notes.Add($"'{query.Name}' names no database, and so is asked of each of the {environment.Databases.Count} databases.");
        return true;
    }

    private static async Task<string?> AskAsync(PostgresSession session, string sql, string name, CancellationToken ct)
    {
        try
        {
            object? answer = await session.AskAsync(sql, name, ct).ConfigureAwait(false);
            return answer switch
            {
                null or DBNull => "the query returned nothing",
                true => null,
                false => "the query returned false",
                short or int or long or decimal or double or float => Convert.ToDouble(answer, System.Globalization.CultureInfo.InvariantCulture) > 0 ? null : $"the query returned {answer}",
                _ => $"the query returned a {answer.GetType().Name}, not true or a number above zero",
            };
        }
        catch (OpsException e) when (e.ErrorId == "QueryNotReading")
        {
            return e.Message.TrimEnd('.');
        }
        catch (PostgresException e)
        {
            return $"the query failed: {e.MessageText} (SQLSTATE {e.SqlState})";
        }
    }
}
