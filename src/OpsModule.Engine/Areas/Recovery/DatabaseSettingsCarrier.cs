using System.Text;
using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Connections.Postgres.Archives;

namespace OpsModule.Engine.Areas.Recovery;

/// <summary>
/// What belongs to a database but is not in it: settings, privileges, connection limit. They are taken over from the live database, or,
/// where there is none, from the archive.
/// </summary>
internal static class DatabaseSettingsCarrier
{
    /// <summary>Takes over what the live database has.</summary>
    public static async Task FromLiveAsync(NpgsqlConnection connection, string live, string target, CancellationToken ct)
    {
        string to = SqlName.Quote(target);
        await StoredSettings.CopyAsync(connection, live, target, ct).ConfigureAwait(false);
        var sql = new StringBuilder();
        if (await connection.ScalarAsync<bool>("SELECT datistemplate FROM pg_catalog.pg_database WHERE datname = $1", ct, live).ConfigureAwait(false))
            sql.Append($"ALTER DATABASE {to} IS_TEMPLATE true;\n");
        sql.Append($"ALTER DATABASE {to} CONNECTION LIMIT {await connection.ScalarAsync<int>("SELECT datconnlimit FROM pg_catalog.pg_database WHERE datname = $1", ct, live).ConfigureAwait(false)};\n");
        List<(string? Grantee, string Privilege, bool Grantable)> grants = await connection.ListAsync("""
            SELECT CASE WHEN a.grantee = 0 THEN NULL ELSE pg_catalog.pg_get_userbyid(a.grantee)::text END, a.privilege_type, a.is_grantable
            FROM pg_catalog.pg_database d CROSS JOIN LATERAL pg_catalog.aclexplode(d.datacl) a WHERE d.datname = $1 AND a.grantee <> d.datdba
            """, r => (r.Text(0), r.GetString(1), r.GetBoolean(2)), ct, live).ConfigureAwait(false);
        if (await connection.ScalarAsync<bool>("SELECT datacl IS NOT NULL FROM pg_catalog.pg_database WHERE datname = $1", ct, live).ConfigureAwait(false))
            sql.Append($"REVOKE ALL ON DATABASE {to} FROM PUBLIC;\n");
        foreach ((string? grantee, string privilege, bool grantable) in grants)
            sql.Append($"GRANT {privilege} ON DATABASE {to} TO {(grantee is null ? "PUBLIC" : SqlName.Quote(grantee))}{(grantable ? " WITH GRANT OPTION" : "")};\n");
        await connection.ExecuteAsync(sql.ToString(), ct).ConfigureAwait(false);
    }

    /// <summary>What the archive says of the database it is of, as statements for another name.</summary>
    public static IEnumerable<string> OfArchive(ArchiveHeader header, string target)
    {
        foreach (ArchiveEntry entry in header.Entries)
        {
            bool ofDatabase = entry.Description == "DATABASE PROPERTIES"
                || (entry.Description is "ACL" or "COMMENT" && entry.Schema is null && entry.Tag.StartsWith("DATABASE ", StringComparison.Ordinal));
            if (ofDatabase) yield return Rename(entry.Definition, target);
        }
    }

    /// <summary>Takes over what the archive says of the database it is of.</summary>
    public static async Task FromArchiveAsync(NpgsqlConnection connection, ArchiveHeader header, string target, CancellationToken ct)
    {
        foreach (string sql in OfArchive(header, target)) await connection.ExecuteAsync(sql, ct).ConfigureAwait(false);
    }

    /// <summary>The CREATE DATABASE of the archive, for another name: same encoding, same locale.</summary>
    public static string Create(ArchiveHeader header, string target, string? owner, bool noTablespaces = false)
    {
        ArchiveEntry? entry = header.Entries.FirstOrDefault(e => e.Description == "DATABASE");
        string sql = entry is null ? $"CREATE DATABASE {SqlName.Quote(target)} WITH TEMPLATE = template0" : Rename(entry.Definition, target).Trim().TrimEnd(';');
        if (noTablespaces) sql = WithoutTablespace(sql);
        return (owner ?? entry?.Owner) is { } role ? $"{sql} OWNER = {SqlName.Quote(role)}" : sql;
    }

    private static string WithoutTablespace(string sql)
    {
        List<SqlToken> tokens = SqlTokens.Read(sql);
        int at = tokens.FindIndex(t => t.Is("TABLESPACE"));
        return at < 0 || at + 2 >= tokens.Count || !tokens[at + 1].Is("=") ? sql : sql[..tokens[at].Start] + sql[tokens[at + 2].End..];
    }

    /// <summary>Puts another name behind every DATABASE of a definition that pg_dump wrote.</summary>
    private static string Rename(string definition, string target)
    {
        List<SqlToken> tokens = SqlTokens.Read(definition);
        var sql = new StringBuilder();
        int copied = 0;
        for (int i = 0; i + 1 < tokens.Count; i++)
        {
            if (!tokens[i].Is("DATABASE") || tokens[i + 1].Text.StartsWith('\'')) continue;
            sql.Append(definition, copied, tokens[i + 1].Start - copied).Append(SqlName.Quote(target));
            copied = tokens[i + 1].End;
        }
        return sql.Append(definition, copied, definition.Length - copied).ToString();
    }
}
