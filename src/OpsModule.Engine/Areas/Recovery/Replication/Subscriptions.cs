using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Areas.Recovery.Replication;

/// <summary>
/// Subscriptions of databases that restores stage and replace. A subscription goes on filling its database under whatever name that has, and
/// a database with one cannot be dropped. The restored one reads from the same slot of the publisher: that is never dropped with them.
/// </summary>
internal sealed class Subscriptions(PostgresServer server, NpgsqlConnection maintenance, IOpsReporter reporter)
{
    private const string ListSql = """
        SELECT s.subname::text FROM pg_catalog.pg_subscription s JOIN pg_catalog.pg_database d ON d.oid = s.subdbid
        WHERE d.datname = $1 AND (s.subenabled OR $2) ORDER BY 1
        """;

    /// <summary>Those of a database that run.</summary>
    public Task<List<string>> RunningAsync(string database, CancellationToken ct) => maintenance.NamesAsync(ListSql, ct, database, false);

    /// <summary>Stops those of a database that was replaced.</summary>
    public Task StopAsync(string database, IReadOnlyList<string> names, CancellationToken ct) => AlterAsync(database, names, "DISABLE", "goes on filling the replaced database", ct);

    /// <summary>Starts those that ran when their database was replaced, now that it is back.</summary>
    public Task StartAsync(string database, IReadOnlyList<string> names, CancellationToken ct) => AlterAsync(database, names, "ENABLE", "was not started again", ct);

    /// <summary>Takes all subscriptions out of a database that is to be dropped, without asking the publisher for anything.</summary>
    public async Task RemoveAsync(string database, CancellationToken ct)
    {
        List<string> names = await maintenance.NamesAsync(ListSql, ct, database, true).ConfigureAwait(false);
        if (names.Count == 0) return;
        await using NpgsqlConnection connection = await server.ConnectAsync(ct, database).ConfigureAwait(false);
        foreach (string name in names.Select(SqlName.Quote))
        {
            await connection.ExecuteAsync($"ALTER SUBSCRIPTION {name} DISABLE", ct).ConfigureAwait(false);
            await connection.ExecuteAsync($"ALTER SUBSCRIPTION {name} SET (slot_name = NONE)", ct).ConfigureAwait(false);
            await connection.ExecuteAsync($"DROP SUBSCRIPTION {name}", ct).ConfigureAwait(false);
        }
    }

    /// <summary>The switch has been made by now: what cannot be done is told.</summary>
    private async Task AlterAsync(string database, IReadOnlyList<string> names, string how, string otherwise, CancellationToken ct)
    {
        if (names.Count == 0) return;
        foreach (string name in names)
        {
            try
            {
                await using NpgsqlConnection connection = await server.ConnectAsync(ct, database).ConfigureAwait(false);
                await connection.ExecuteAsync($"ALTER SUBSCRIPTION {SqlName.Quote(name)} {how}", ct).ConfigureAwait(false);
            }
            catch (Exception e) when (e is NpgsqlException or OpsException)
            {
                reporter.Warning($"The subscription {name} of {database} {otherwise}: {e.Message.TrimEnd('.')}. Run there: ALTER SUBSCRIPTION {SqlName.Quote(name)} {how}");
            }
        }
    }
}
