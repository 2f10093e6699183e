using Npgsql;
using OpsModule.Connections.Postgres;

namespace OpsModule.Engine.Areas.Secrets.Postgres;

/// <summary>
/// Servers that follow this one: a password that is taken away is gone there, too, but sessions there are told by none of its views.
/// </summary>
internal static class Standbys
{
    // Who may not read the addresses sees that there is one. Subscribers and copies that are being made have no sessions of our logins.
    private const string Following = """
        SELECT DISTINCT coalesce(pg_catalog.host(r.client_addr), 'an address that is not told')
        FROM pg_catalog.pg_stat_replication r
        WHERE coalesce(r.state, '') <> 'backup' AND coalesce(r.application_name, '') NOT IN ('pg_basebackup', 'pg_receivewal')
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_replication_slots s WHERE s.active_pid = r.pid AND s.slot_type = 'logical')
        ORDER BY 1
        """;

    /// <summary>Their addresses.</summary>
    public static Task<List<string>> FindAsync(NpgsqlConnection connection, CancellationToken ct) => connection.NamesAsync(Following, ct);
}
