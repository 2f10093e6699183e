using System.Text;
using System.Text.Json;

namespace OpsModule.Connections.Postgres.Globals;

/// <summary>
/// Globals as one text for two readers: first a line of JSON for each object, as SQL comments, which this module reads; then the
/// statements for
/// psql, which a person runs who has nothing else. The module never runs the statements: it makes its own of the objects.
/// </summary>
public static class GlobalsScript
{
    private const string First = "-- globals 1 ", Last = "-- end of objects";

    /// <summary>Writes it.</summary>
    public static string Write(ClusterGlobals globals)
    {
        var text = new StringBuilder();
        // JSON has no line breaks of its own, whatever is in a name.
        text.Append(First).Append(JsonSerializer.Serialize(new GlobalsHead(globals.ServerVersion, globals.HasVerifiers),
            GlobalsJson.Default.GlobalsHead)).Append('\n');
        foreach (ClusterRole role in globals.Roles) Line("role", JsonSerializer.Serialize(role, GlobalsJson.Default.ClusterRole));
        foreach (RoleMembership one in globals.Memberships) Line("member",
            JsonSerializer.Serialize(one, GlobalsJson.Default.RoleMembership));
        foreach (RoleSetting setting in globals.Settings) Line("setting",
            JsonSerializer.Serialize(setting, GlobalsJson.Default.RoleSetting));
        foreach (ClusterTablespace space in globals.Tablespaces) Line("tablespace",
            JsonSerializer.Serialize(space, GlobalsJson.Default.ClusterTablespace));
        text.Append(Last).Append('\n');
        foreach (string sql in Statements(globals)) text.Append(sql).Append('\n');
        return text.ToString();

        void Line(string kind, string json) => text.Append("-- ").Append(kind).Append(' ').Append(json).Append('\n');
    }

    /// <summary>Reads it; the statements are not looked at.</summary>
    /// <exception cref="InvalidDataException">It is no such text.</exception>
    public static async Task<ClusterGlobals> ReadAsync(TextReader reader, CancellationToken cancellationToken)
    {
        List<ClusterRole> roles = [];
        List<RoleMembership> memberships = [];
        List<RoleSetting> settings = [];
        List<ClusterTablespace> spaces = [];
        string? first = await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false);
        if (first?.StartsWith(First, StringComparison.Ordinal) is not true) throw new InvalidDataException("It does not begin as "
            + "roles and tablespaces do.");
        try
        {
            GlobalsHead head = JsonSerializer.Deserialize(first[First.Length..], GlobalsJson.Default.GlobalsHead)!;
            while (await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line)
            {
                if (line == Last)
                    return new ClusterGlobals { ServerVersion = head.ServerVersion, HasVerifiers = head.HasVerifiers, Roles = roles,
                        Memberships = memberships, Settings = settings, Tablespaces = spaces };
                string[] parts = line.Split(' ', 3);
                if (parts is not ["--", var kind, var json]) break;
                switch (kind)
                {
                    case "role": roles.Add(JsonSerializer.Deserialize(json, GlobalsJson.Default.ClusterRole)!); break;
                    case "member": memberships.Add(JsonSerializer.Deserialize(json, GlobalsJson.Default.RoleMembership)!); break;
                    case "setting": settings.Add(JsonSerializer.Deserialize(json, GlobalsJson.Default.RoleSetting)!); break;
                    case "tablespace": spaces.Add(JsonSerializer.Deserialize(json, GlobalsJson.Default.ClusterTablespace)!); break;
                }
            }
        }
        catch (JsonException e) { throw new InvalidDataException("A line of roles and tablespaces cannot be read.", e); }
        throw new InvalidDataException("Roles and tablespaces break off.");
    }

    /// <summary>What psql runs, as a superuser.</summary>
    private static IEnumerable<string> Statements(ClusterGlobals globals)
    {
        yield return "SET client_encoding = 'UTF8';";
        // What the server keeps of passwords must not get into its log on the way.
        yield return "SET log_statement = 'none'; SET log_min_duration_statement = -1; SET log_min_error_statement = 'panic';";
        foreach (ClusterRole role in globals.Roles)
        {
            yield return Unless("pg_roles", "rolname", role.Name, GlobalsSql.Create(role));
            if (role.Comment is { } comment) yield return $"COMMENT ON ROLE {SqlName.Quote(role.Name)} IS {SqlName.Literal(comment)};";
        }
        bool options = globals.Memberships.Any(m => m.Set is not null);
        foreach ((RoleMembership one, bool withGrantor) in GlobalsSql.Ordered(globals.Memberships)) yield return GlobalsSql.Grant(
            one, withGrantor, options) + ";";
        // Those of a database come with the database: pg_restore --create sets them.
        foreach (RoleSetting setting in globals.Settings.Where(s => s.Database is null
            && s.Role is not null)) yield return GlobalsSql.Set(setting) + ";";
        foreach (ClusterTablespace space in globals.Tablespaces)
        {
            yield return Unless("pg_tablespace", "spcname", space.Name, GlobalsSql.Create(space));
            foreach (string sql in GlobalsSql.Finish(space)) yield return sql + ";";
        }
    }

    private static string Unless(string catalogue, string column, string name, string sql) =>
        $"SELECT {SqlName.Literal(sql)} WHERE NOT EXISTS (SELECT FROM pg_catalog.{catalogue} WHERE {column} = "
            + $"{SqlName.Literal(name)}) \\gexec";
}
