using Npgsql;

namespace OpsModule.Connections.Postgres.Globals;

/// <summary>Reads what belongs to a server, by statements of its own: pg_dumpall would need a superuser, and another moment.</summary>
public static class GlobalsReader
{
    private const string Roles = """
        SELECT rolname::text, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls, rolconnlimit,
               rolvaliduntil::text, VERIFIER, pg_catalog.shobj_description(oid, 'pg_authid')
        FROM pg_catalog.SOURCE WHERE rolname !~ '^pg_' ORDER BY 1
        """;

    // 10 is the role that initdb made, whatever its name: on another server it may have another one.
    private const string Memberships = """
        SELECT r.rolname::text, m.rolname::text, CASE WHEN a.grantor <> 10 THEN g.rolname::text END, a.admin_option, OPTIONS
        FROM pg_catalog.pg_auth_members a JOIN pg_catalog.pg_roles r ON r.oid = a.roleid JOIN pg_catalog.pg_roles m ON m.oid = a.member
        LEFT JOIN pg_catalog.pg_roles g ON g.oid = a.grantor WHERE m.rolname !~ '^pg_' ORDER BY 1, 2, 3
        """;

    private const string Settings = """
        SELECT r.rolname::text, d.datname::text, c.setting FROM pg_catalog.pg_db_role_setting s
        LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole LEFT JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
        CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) WITH ORDINALITY c (setting, place)
        WHERE (s.setdatabase = 0 OR d.datname = pg_catalog.current_database())
          AND (s.setrole = 0 OR r.rolname !~ '^pg_') ORDER BY 1, 2, c.place
        """;

    private const string Tablespaces = """
        SELECT spcname::text, pg_catalog.pg_get_userbyid(spcowner)::text, pg_catalog.pg_tablespace_location(oid),
               coalesce(spcoptions, '{}'),
               pg_catalog.shobj_description(oid, 'pg_tablespace')
        FROM pg_catalog.pg_tablespace WHERE spcname !~ '^pg_' ORDER BY 1
        """;

    private const string TablespaceGrants = """
        SELECT s.spcname::text, CASE WHEN a.grantee <> 0 THEN pg_catalog.pg_get_userbyid(a.grantee)::text END, a.is_grantable
        FROM pg_catalog.pg_tablespace s CROSS JOIN LATERAL pg_catalog.aclexplode(s.spcacl) a
        WHERE a.grantee <> s.spcowner AND s.spcname !~ '^pg_' ORDER BY 1, 2
        """;

    /// <summary>Reads it in the connection's open transaction.</summary>
    /// <param name="connection">In a transaction; its settings change until the end of that.</param>
    /// <param name="withVerifiers">True to read what the server keeps of passwords, where that may be read.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static async Task<ClusterGlobals> ReadAsync(NpgsqlConnection connection, bool withVerifiers, CancellationToken cancellationToken)
    {
        await connection.ExecuteAsync("SET LOCAL search_path = pg_catalog; SET LOCAL DateStyle = ISO; SET LOCAL TimeZone = 'UTC'",
            cancellationToken)
            .ConfigureAwait(false);
        bool verifiers = withVerifiers && await connection.ScalarAsync<bool>(
            "SELECT pg_catalog.has_table_privilege('pg_catalog.pg_authid', 'SELECT')", cancellationToken).ConfigureAwait(false);
        string roles = Roles.Replace("VERIFIER", verifiers ? "rolpassword" : "NULL::text").Replace("SOURCE", verifiers ? "pg_authid"
            : "pg_roles");
        string options = connection.PostgreSqlVersion.Major >= 16 ? "a.inherit_option, a.set_option" : "NULL::bool, NULL::bool";
        ILookup<string, TablespaceGrant> grants = (await connection.ListAsync(TablespaceGrants,
            r => (Space: r.GetString(0), Grant: new TablespaceGrant(r.Text(1), r.GetBoolean(2))), cancellationToken)
                .ConfigureAwait(false)).ToLookup(g => g.Space, g => g.Grant);
        return new ClusterGlobals
        {
            ServerVersion = connection.PostgreSqlVersion.ToString(),
            HasVerifiers = verifiers,
            Roles = await connection.ListAsync(roles, RoleOf, cancellationToken).ConfigureAwait(false),
            Memberships = await connection.ListAsync(Memberships.Replace("OPTIONS", options), r =>
                new RoleMembership(r.GetString(0), r.GetString(1), r.Text(2),
                r.GetBoolean(3), Flag(r, 4), Flag(r, 5)), cancellationToken).ConfigureAwait(false),
            Settings = await connection.ListAsync(Settings, SettingOf, cancellationToken).ConfigureAwait(false),
            Tablespaces = await connection.ListAsync(Tablespaces, r => new ClusterTablespace(r.GetString(0), r.GetString(1), r.GetString(2),
                r.GetFieldValue<string[]>(3), [.. grants[r.GetString(0)]], r.Text(4)), cancellationToken).ConfigureAwait(false),
        };
    }

    private static ClusterRole RoleOf(NpgsqlDataReader row) => new()
    {
        Name = row.GetString(0), Superuser = row.GetBoolean(1), Inherit = row.GetBoolean(2), CreateRole = row.GetBoolean(3),
            CreateDatabase = row.GetBoolean(4),
        Login = row.GetBoolean(5), Replication = row.GetBoolean(6), BypassRowSecurity = row.GetBoolean(7),
            ConnectionLimit = row.GetInt32(8),
        ValidUntil = row.Text(9), Verifier = row.Text(10), Comment = row.Text(11),
    };

    private static RoleSetting SettingOf(NpgsqlDataReader row)
    {
        string setting = row.GetString(2);
        int equals = setting.IndexOf('=');
        return new RoleSetting(row.Text(0), row.Text(1), setting[..equals], setting[(equals + 1)..]);
    }

    private static bool? Flag(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetBoolean(column);
}
