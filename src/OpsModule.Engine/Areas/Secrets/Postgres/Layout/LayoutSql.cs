using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Connections.Postgres.Globals;
using OpsModule.Connections.Postgres.Passwords;
using OpsModule.Foundations.Changes;

namespace OpsModule.Engine.Areas.Secrets.Postgres.Layout;

/// <summary>
/// Makes two logins of one, in one transaction. The role itself is renamed and becomes the owner: whatever it owns, is granted or is named
/// by,
/// in every database, stays its own without being touched. Logins of the old and of a second name are made anew under it, the first with
/// what
/// the server keeps of the password: who logs in meanwhile is let in by the one or the other.
/// </summary>
internal static class LayoutSql
{
    private const string Role = """
        SELECT rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls, rolconnlimit, rolvaliduntil::text,
          rolpassword,
          pg_catalog.shobj_description(oid, 'pg_authid')
        FROM pg_catalog.pg_authid WHERE rolname = $1
        """;

    private const string Settings = """
        SELECT d.datname::text, c.one FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_roles r ON r.oid = s.setrole
        LEFT JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS c(one)
        WHERE r.rolname = $1 ORDER BY 1, 2
        """;

    private const string Rights = """
        SELECT pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(
          coalesce(pg_catalog.string_agg(q.x, ',' ORDER BY q.x COLLATE "C"), ''), 'UTF8')), 'hex') FROM (
          SELECT 'r' || c.oid || p FROM pg_catalog.pg_class c,
            pg_catalog.unnest(ARRAY['SELECT','INSERT','UPDATE','DELETE','TRUNCATE','REFERENCES','TRIGGER']) AS a(p)
          WHERE c.relkind IN ('r','p','v','m','f') AND c.relnamespace <> 'pg_catalog'::pg_catalog.regnamespace
            AND pg_catalog.has_table_privilege($1, c.oid, p)
          UNION ALL SELECT 's' || c.oid || p FROM pg_catalog.pg_class c, pg_catalog.unnest(ARRAY['USAGE','SELECT','UPDATE']) AS a(p)
          WHERE c.relkind = 'S' AND pg_catalog.has_sequence_privilege($1, c.oid, p)
          UNION ALL SELECT 'n' || n.oid || p FROM pg_catalog.pg_namespace n, pg_catalog.unnest(ARRAY['USAGE','CREATE']) AS a(p)
          WHERE pg_catalog.has_schema_privilege($1, n.oid, p)
          UNION ALL SELECT 'f' || f.oid FROM pg_catalog.pg_proc f WHERE pg_catalog.has_function_privilege($1, f.oid, 'EXECUTE')
          UNION ALL SELECT 'd' || d.oid || p FROM pg_catalog.pg_database d, pg_catalog.unnest(ARRAY['CONNECT','CREATE','TEMPORARY']) AS a(p)
          WHERE pg_catalog.has_database_privilege($1, d.oid, p)) AS q(x)
        """;

    /// <summary>A hash over all that a role may do in the connection's database, and to databases.</summary>
    public static Task<string?> RightsAsync(NpgsqlConnection connection, string role, CancellationToken ct) =>
        connection.ScalarAsync<string>(Rights, ct, role);

    /// <summary>Makes the layout in the open transaction.</summary>
    public static async Task MakeAsync(ChangeScope scope, NpgsqlConnection connection, LayoutNames names, CancellationToken ct)
    {
        ClusterRole role = (await connection.ListAsync(Role, r => Of(names.Login, r), ct, names.Login).ConfigureAwait(false))[0];
        List<RoleSetting> settings = await SettingsAsync(connection, names.Login, ct).ConfigureAwait(false);
        string owner = SqlName.Quote(names.Owner);
        await connection.ExecuteAsync($"ALTER ROLE {SqlName.Quote(names.Login)} RENAME TO {owner}", ct).ConfigureAwait(false);
        foreach (string login in new[] { names.Login, names.Second })
        {
            await connection.ExecuteAsync(GlobalsSql.Create(role with { Name = login, Verifier = null, Login = true }), ct)
                .ConfigureAwait(false);
            await connection.ExecuteAsync($"GRANT {owner} TO {SqlName.Quote(login)}", ct).ConfigureAwait(false);
            foreach (RoleSetting setting in settings) await connection.ExecuteAsync(GlobalsSql.Set(setting with { Role = login }), ct)
                .ConfigureAwait(false);
            await connection.ExecuteAsync($"ALTER ROLE {SqlName.Quote(login)} IN DATABASE {SqlName.Quote(connection.Database)} "
                + $"SET role TO {SqlName.Literal(names.Owner)}", ct)
                .ConfigureAwait(false);
            if (role.Comment is { } comment)
                await connection.ExecuteAsync($"COMMENT ON ROLE {SqlName.Quote(login)} IS {SqlName.Literal(comment)}", ct)
                    .ConfigureAwait(false);
        }
        if (role.Verifier is { } verifier) await RolePassword.SetAsync(scope, connection, names.Login, verifier, ct).ConfigureAwait(false);
        await connection.ExecuteAsync($"ALTER ROLE {owner} NOLOGIN PASSWORD NULL", ct).ConfigureAwait(false);
    }

    /// <summary>Makes one login of two again in the open transaction, with the password that the first has by then.</summary>
    public static async Task RemoveAsync(ChangeScope scope, NpgsqlConnection connection, LayoutNames names, CancellationToken ct)
    {
        ClusterRole role = (await connection.ListAsync(Role, r => Of(names.Login, r), ct, names.Login).ConfigureAwait(false))[0];
        string login = SqlName.Quote(names.Login);
        await connection.ExecuteAsync($"DROP ROLE {login}, {SqlName.Quote(names.Second)}", ct).ConfigureAwait(false);
        await connection.ExecuteAsync($"ALTER ROLE {SqlName.Quote(names.Owner)} RENAME TO {login}", ct).ConfigureAwait(false);
        await connection.ExecuteAsync($"ALTER ROLE {login} LOGIN", ct).ConfigureAwait(false);
        if (role.Verifier is { } verifier) await RolePassword.SetAsync(scope, connection, names.Login, verifier, ct).ConfigureAwait(false);
    }

    /// <summary>What sessions of a role begin with, in every database.</summary>
    public static Task<List<RoleSetting>> SettingsAsync(NpgsqlConnection connection, string role, CancellationToken ct) =>
        connection.ListAsync(Settings, r =>
    {
        string setting = r.GetString(1);
        int equals = setting.IndexOf('=');
        return new RoleSetting(role, r.Text(0), setting[..equals], setting[(equals + 1)..]);
    }, ct, role);

    private static ClusterRole Of(string name, NpgsqlDataReader row) => new()
    {
        Name = name, Superuser = row.GetBoolean(0), Inherit = row.GetBoolean(1), CreateRole = row.GetBoolean(2),
            CreateDatabase = row.GetBoolean(3),
        Replication = row.GetBoolean(4), BypassRowSecurity = row.GetBoolean(5), ConnectionLimit = row.GetInt32(6),
            ValidUntil = row.Text(7), Verifier = row.Text(8),
        Comment = row.Text(9),
    };
}
