using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Connections.Postgres.Passwords;

namespace OpsModule.Engine.Areas.Secrets.Postgres;

/// <summary>Reads what roles are and have in the connection's database.</summary>
internal static class LoginFactsReader
{
    private const string Role = """
        SELECT r.oid::text, rolcanlogin, rolsuper, rolconnlimit, rolvaliduntil::text, coalesce(rolvaliduntil <= pg_catalog.now(), false),
          ARRAY(SELECT w FROM (VALUES (rolinherit, 'INHERIT'), (rolcreaterole, 'CREATEROLE'), (rolcreatedb, 'CREATEDB'),
            (rolreplication, 'REPLICATION'), (rolbypassrls, 'BYPASSRLS')) AS a(has, w) WHERE has),
          pg_catalog.has_database_privilege(r.oid, pg_catalog.current_database(), 'CONNECT'),
          (SELECT pg_catalog.count(*)::int FROM pg_catalog.pg_stat_activity s
            WHERE s.usesysid = r.oid AND s.pid <> pg_catalog.pg_backend_pid())
        FROM pg_catalog.pg_roles r WHERE rolname = $1
        """;

    // What is for the database alone stands over what is for all.
    private const string Settings = """
        SELECT c.one FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_roles r ON r.oid = s.setrole
        LEFT JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS c(one)
        WHERE r.rolname = $1 AND (s.setdatabase = 0 OR d.datname = pg_catalog.current_database()) ORDER BY s.setdatabase = 0 DESC, 1
        """;

    private const string Memberships = """
        SELECT g.rolname::text || CASE WHEN bool_or(m.admin_option) THEN ' (may grant it on)' ELSE '' END
        FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles r ON r.oid = m.member JOIN pg_catalog.pg_roles g ON g.oid = m.roleid
        WHERE r.rolname = $1 GROUP BY g.rolname ORDER BY 1
        """;

    private const string Depends = """
        SELECT DISTINCT d.deptype = 'o', pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid)
        FROM pg_catalog.pg_shdepend d
        WHERE d.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND d.refobjid = $1::text::pg_catalog.oid
          AND d.dbid IN (0, (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())) ORDER BY 2 LIMIT 200
        """;

    private const string Elsewhere = """
        SELECT DISTINCT b.datname::text FROM pg_catalog.pg_shdepend d JOIN pg_catalog.pg_database b ON b.oid = d.dbid
        WHERE d.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND d.refobjid = $1::text::pg_catalog.oid
          AND b.datname <> pg_catalog.current_database() ORDER BY 1
        """;

    /// <summary>Reads a role; null when there is none of this name.</summary>
    public static async Task<LoginFacts?> ReadAsync(NpgsqlConnection connection, string role, CancellationToken ct)
    {
        if ((await connection.ListAsync(Role, r => Of(role, r), ct, role).ConfigureAwait(false))
            .FirstOrDefault() is not { } facts) return null;
        List<string> settings = await connection.NamesAsync(Settings, ct, role).ConfigureAwait(false);
        var last = settings.GroupBy(Name).ToDictionary(g => g.Key, g => g.Last(), StringComparer.OrdinalIgnoreCase);
        string? actsAs = last.GetValueOrDefault("role") is { } acts ? acts[(acts.IndexOf('=') + 1)..] : null;
        List<(bool IsOwner, string What)> depends = await connection.ListAsync(Depends, r => (r.GetBoolean(0),
            r.Text(1) ?? "something that is gone"), ct, facts.Oid)
            .ConfigureAwait(false);
        (bool isKnown, string? verifier) = await RolePassword.ReadAsync(connection, role, ct).ConfigureAwait(false);
        return facts with
        {
            Settings = [.. last.Where(s => s.Key != "role").Select(s => s.Value).Order(StringComparer.Ordinal)],
            ActsAs = actsAs is null or "none" ? null : actsAs,
            Memberships = await connection.NamesAsync(Memberships, ct, role).ConfigureAwait(false),
            Owned = [.. depends.Where(d => d.IsOwner).Select(d => d.What)], Granted = [.. depends.Where(d => !d.IsOwner).Select(d =>
                d.What)],
            Elsewhere = await connection.NamesAsync(Elsewhere, ct, facts.Oid).ConfigureAwait(false),
            Password = !isKnown ? null : verifier is null ? "none" : ScramVerifier.TryParse(verifier, out _) ? "scram" : "md5",
            Iterations = ScramVerifier.TryParse(verifier, out ScramVerifier? scram) ? scram.Iterations : 0,
        };
    }

    private static LoginFacts Of(string role, NpgsqlDataReader row) => new()
    {
        Name = role, Oid = row.GetString(0), CanLogin = row.GetBoolean(1), Superuser = row.GetBoolean(2), ConnectionLimit = row.GetInt32(3),
        ValidUntil = row.Text(4), IsExpired = row.GetBoolean(5), Attributes = row.GetFieldValue<string[]>(6),
            MayConnect = row.GetBoolean(7),
        Sessions = row.GetInt32(8),
    };

    private static string Name(string setting) => setting[..setting.IndexOf('=')].ToLowerInvariant();
}
