using System.Globalization;
using System.Text;

namespace OpsModule.Connections.Postgres.Globals;

/// <summary>The statements that make a server's globals on another one. Every name is quoted, every value is a literal.</summary>
public static class GlobalsSql
{
    /// <summary>Settings whose values are lists that are stored in the form in which they are written.</summary>
    private static readonly HashSet<string> Lists = new(StringComparer.OrdinalIgnoreCase)
        { "search_path", "temp_tablespaces", "local_preload_libraries", "session_preload_libraries", "shared_preload_libraries",
            "unix_socket_directories" };

    /// <summary>Makes a role, with its verifier where it has one.</summary>
    public static string Create(ClusterRole role)
    {
        var sql = new StringBuilder($"CREATE ROLE {SqlName.Quote(role.Name)} WITH ");
        sql.AppendJoin(' ', Word(role.Superuser, "SUPERUSER"), Word(role.Inherit, "INHERIT"), Word(role.CreateRole, "CREATEROLE"),
            Word(role.CreateDatabase, "CREATEDB"),
            Word(role.Login, "LOGIN"), Word(role.Replication, "REPLICATION"), Word(role.BypassRowSecurity, "BYPASSRLS"));
        sql.Append(CultureInfo.InvariantCulture, $" CONNECTION LIMIT {role.ConnectionLimit}");
        if (role.Verifier is { } verifier) sql.Append(" PASSWORD ").Append(SqlName.Literal(verifier));
        if (role.ValidUntil is { } until) sql.Append(" VALID UNTIL ").Append(SqlName.Literal(until));
        return sql.ToString();

        static string Word(bool has, string word) => has ? word : "NO" + word;
    }

    /// <summary>Makes a role a member of another one.</summary>
    /// <param name="membership">The membership.</param>
    /// <param name="withGrantor">True to say who granted it; the server wants that role to be allowed to.</param>
    /// <param name="withOptions">True for PostgreSQL 16 and newer.</param>
    public static string Grant(RoleMembership membership, bool withGrantor, bool withOptions)
    {
        string sql = $"GRANT {SqlName.Quote(membership.Role)} TO {SqlName.Quote(membership.Member)}";
        if (withOptions && membership is { Inherit: { } inherit, Set: { } set })
            sql += $" WITH ADMIN {Word(membership.Admin)}, INHERIT {Word(inherit)}, SET {Word(set)}";
        else if (membership.Admin) sql += " WITH ADMIN OPTION";
        return withGrantor && membership.Grantor is { } grantor ? $"{sql} GRANTED BY {SqlName.Quote(grantor)}" : sql;

        static string Word(bool value) => value ? "TRUE" : "FALSE";
    }

    /// <summary>The memberships so that whoever grants on has been given the right to before.</summary>
    /// <returns>Each, and whether its grantor can be named: who has no such right by then is left out.</returns>
    public static IReadOnlyList<(RoleMembership Membership, bool WithGrantor)> Ordered(IReadOnlyList<RoleMembership> memberships)
    {
        var ordered = new List<(RoleMembership, bool)>();
        var admins = new HashSet<(string Role, string Member)>();
        var left = memberships.ToList();
        while (left.Count > 0)
        {
            List<RoleMembership> ready = [.. left.Where(m => m.Grantor is null || admins.Contains((m.Role, m.Grantor)))];
            bool stuck = ready.Count == 0;
            if (stuck) ready = [left[0]];
            foreach (RoleMembership one in ready)
            {
                ordered.Add((one, one.Grantor is not null && !stuck));
                if (one.Admin) admins.Add((one.Role, one.Member));
                left.Remove(one);
            }
        }
        return ordered;
    }

    /// <summary>Stores a setting of a role or a database.</summary>
    public static string Set(RoleSetting setting)
    {
        string of = setting switch
        {
            { Role: null } => $"DATABASE {SqlName.Quote(setting.Database!)}",
            { Database: null } => $"ROLE {SqlName.Quote(setting.Role)}",
            _ => $"ROLE {SqlName.Quote(setting.Role)} IN DATABASE {SqlName.Quote(setting.Database)}",
        };
        string name = string.Join('.', setting.Name.Split('.').Select(SqlName.Quote));
        string value = Lists.Contains(setting.Name) ? string.Join(", ", SettingList.Items(setting.Value).Select(SqlName.Literal))
            : SqlName.Literal(setting.Value);
        return $"ALTER {of} SET {name} TO {value}";
    }

    /// <summary>Makes a tablespace; its folder must be there, empty, and the server's own.</summary>
    public static string Create(ClusterTablespace space)
    {
        string sql = $"CREATE TABLESPACE {SqlName.Quote(space.Name)} OWNER {SqlName.Quote(space.Owner)} LOCATION "
            + $"{SqlName.Literal(space.Location)}";
        return space.Options.Count == 0 ? sql : $"{sql} WITH ({string.Join(", ", space.Options.Select(Option))})";

        static string Option(string text) => text.IndexOf('=') is var at and > 0
            ? $"{SqlName.Quote(text[..at])} = {SqlName.Literal(text[(at + 1)..])}" : SqlName.Quote(text);
    }

    /// <summary>What else a tablespace has: privileges and comment.</summary>
    public static IEnumerable<string> Finish(ClusterTablespace space)
    {
        foreach (TablespaceGrant grant in space.Grants)
            yield return $"GRANT CREATE ON TABLESPACE {SqlName.Quote(space.Name)} TO "
                + $"{(grant.Role is null ? "PUBLIC" : SqlName.Quote(grant.Role))}{(grant.Grantable ? " WITH GRANT OPTION" : "")}";
        if (space.Comment is { } comment) yield return $"COMMENT ON TABLESPACE {SqlName.Quote(space.Name)} IS {SqlName.Literal(comment)}";
    }
}
