using Npgsql;
using OpsModule.Connections.Postgres;

namespace OpsModule.Engine.Areas.Secrets.Postgres;

/// <summary>Reads pg_hba.conf through the server.</summary>
internal static class HbaReader
{
    private const string Lines = """
        SELECT line_number, type, database, user_name,
          CASE WHEN netmask IS NULL THEN address ELSE address || ' ' || netmask END, auth_method
        FROM pg_catalog.pg_hba_file_rules WHERE error IS NULL ORDER BY line_number
        """;

    // Membership counts whatever INHERIT says.
    private const string Groups = """
        SELECT g.rolname::text FROM pg_catalog.pg_roles g, pg_catalog.pg_roles r
        WHERE r.rolname = $1 AND NOT r.rolsuper AND g.oid <> r.oid AND pg_catalog.pg_has_role(r.oid, g.oid, 'MEMBER')
        """;

    /// <summary>The lines; null where this session may not read them.</summary>
    public static async Task<IReadOnlyList<HbaLine>?> ReadAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        try
        {
            return await connection.ListAsync(Lines, r => new HbaLine(r.GetInt32(0), r.GetString(1), r.GetFieldValue<string[]>(2),
                r.GetFieldValue<string[]>(3), r.Text(4), r.GetString(5)), ct).ConfigureAwait(false);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege) { return null; }
    }

    /// <summary>The roles that a role is a member of, by others too.</summary>
    public static Task<List<string>> GroupsAsync(NpgsqlConnection connection, string role, CancellationToken ct) =>
        connection.NamesAsync(Groups, ct, role);
}
