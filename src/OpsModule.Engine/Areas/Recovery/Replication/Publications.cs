using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Connections.Postgres.Archives;
using OpsModule.Engine.Areas.Recovery.Archives;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Areas.Recovery.Replication;

/// <summary>
/// Logical replication and restores. Publications and subscriptions know tables by object id and databases by theirs, so they stay with what is
/// replaced; and a publication of all tables would publish the tables that are being built.
/// </summary>
internal static class Publications
{
    private const string SubscribedSql = """
        SELECT DISTINCT s.subname::text || ' (' || c.relname || ')' FROM pg_catalog.pg_subscription_rel r
        JOIN pg_catalog.pg_subscription s ON s.oid = r.srsubid JOIN pg_catalog.pg_class c ON c.oid = r.srrelid
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1
        """;

    private const string SlotsSql = """
        SELECT slot_name::text || CASE WHEN active THEN '' ELSE ' (nobody reads it now)' END FROM pg_catalog.pg_replication_slots
        WHERE slot_type = 'logical' AND database = $1 ORDER BY 1
        """;

    private const string SubscriptionsSql = """
        SELECT s.subname::text FROM pg_catalog.pg_subscription s JOIN pg_catalog.pg_database d ON d.oid = s.subdbid WHERE d.datname = $1 ORDER BY 1
        """;

    /// <summary>True for an entry that makes tables members of a publication.</summary>
    public static bool IsMembership(ArchiveEntry entry) => entry.Description.StartsWith("PUBLICATION TABLE", StringComparison.Ordinal);

    /// <summary>Refuses a tenant's restore that would break a subscriber, and tells what has to be done for others afterwards.</summary>
    /// <exception cref="OpsException"><c>PublishedToSubscribers</c>.</exception>
    public static async Task CheckAsync(NpgsqlConnection connection, string schema, ArchiveScope scope, IOpsReporter reporter, CancellationToken ct)
    {
        List<string> all = await connection.NamesAsync("SELECT pubname::text FROM pg_catalog.pg_publication WHERE puballtables ORDER BY 1", ct).ConfigureAwait(false);
        List<string> slots = await connection.NamesAsync(SlotsSql, ct, connection.Database).ConfigureAwait(false);
        string tables = string.Join(", ", all);
        if (all.Count > 0 && slots.Count > 0)
            throw new OpsException("PublishedToSubscribers", OpsErrorCategory.InvalidOperation,
                $"The database {connection.Database} publishes all its tables ({tables}) and somebody subscribes to it (logical slots: {string.Join(", ", slots)}). The tables being restored would be published under their staging names, which no subscriber has: replication would stop for good.",
                $"Nothing was changed. Drop the subscription (and its slot) and the publication before the restore, and make both again after it, with a new copy of the rows; or publish the tables by name instead of FOR ALL TABLES.", schema);
        if (all.Count > 0)
            reporter.Warning($"The publication {tables} is FOR ALL TABLES and nobody subscribes to it now. Let nobody subscribe until the restore is done: the tables being restored are published under their staging names.");
        else if (slots.Count > 0)
            reporter.Warning($"Logical replication slots read the database ({string.Join(", ", slots)}). Readers that take all changes, rather than those of a publication, will see the tables being restored under their staging names.");
        List<string> named = await PublishedTables.FindAsync(connection, schema, ct).ConfigureAwait(false);
        if (named.Count > 0)
            reporter.Warning($"Publications that name {schema} or tables of it will go on publishing the replaced tables; add the restored ones after the restore: {string.Join(", ", named)}.");
        string[] gone = [.. scope.Entries.Where(IsMembership).Select(e => e.Tag).Except(named.Select(n => AsTag(n, schema))).Distinct()];
        if (gone.Length > 0)
            reporter.Warning($"In the backup, publications name {schema} or tables of it: {string.Join(", ", gone)}. A tenant's restore adds no tables to publications; do so after it.");
        List<string> subscribed = await connection.NamesAsync(SubscribedSql, ct, schema).ConfigureAwait(false);
        if (subscribed.Count > 0)
            reporter.Warning($"Subscriptions fill tables of {schema} and will not fill the restored ones: {string.Join(", ", subscribed)}. Run ALTER SUBSCRIPTION ... REFRESH PUBLICATION after the restore.");
    }

    /// <summary>Tells what a whole database's restore leaves with the database that it replaces.</summary>
    public static async Task WarnOfDatabaseAsync(NpgsqlConnection connection, string database, IOpsReporter reporter, CancellationToken ct)
    {
        List<string> slots = await connection.NamesAsync(SlotsSql, ct, database).ConfigureAwait(false);
        if (slots.Count > 0)
            reporter.Warning($"Logical replication slots stay with the database that is replaced: {string.Join(", ", slots)}. Who reads them gets nothing of the restored one, and has to subscribe anew, with a new copy of the rows; Remove-OpsRestore drops them along with that database.");
        List<string> subscriptions = await connection.NamesAsync(SubscriptionsSql, ct, database).ConfigureAwait(false);
        if (subscriptions.Count > 0)
            reporter.Warning($"Subscriptions of the database that is replaced are disabled at the switch, and those of the restored one are disabled, too, as pg_dump makes them: {string.Join(", ", subscriptions)}. Enable them after the restore: ALTER SUBSCRIPTION ... ENABLE. What the publisher has sent since the backup is not sent again.");
    }

    // "publication (table)" as the archive's tag, "publication table".
    private static string AsTag(string named, string schema) => named.Replace("(the whole schema)", $"({schema})").Replace(" (", " ").TrimEnd(')');
}
