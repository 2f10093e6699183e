using System.Text.Json;
using Npgsql;
using OpsModule.Connections.Postgres;

namespace OpsModule.Engine.Areas.Tenants.Cutting;

/// <summary>The privileges of a schema, as its catalogue has them, and as grants that make them again.</summary>
/// <param name="Text">nspacl as text; <see cref="None"/> where it has none, which is what a schema has that nobody granted anything
/// of.</param>
/// <param name="Grants">What stands in it, in its order.</param>
internal sealed record SchemaAcl(string Text, IReadOnlyList<SchemaGrant> Grants)
{
    /// <summary>Stands for a schema without any; the owner alone has all then.</summary>
    public const string None = "none";

    /// <summary>What is left when everybody has lost everything.</summary>
    public const string Empty = "{}";

    /// <summary>Reads it; null where there is no such schema.</summary>
    public static async Task<SchemaAcl?> ReadAsync(NpgsqlConnection connection, string schema, CancellationToken ct)
    {
        List<string> text = await connection.NamesAsync("SELECT coalesce(n.nspacl::text, 'none') FROM pg_catalog.pg_namespace n WHERE "
            + "n.nspname = $1", ct, schema).ConfigureAwait(false);
        if (text.Count == 0) return null;
        List<SchemaGrant> grants = await connection.ListAsync("""
            SELECT g.rolname::text, CASE WHEN x.grantee = 0 THEN NULL ELSE coalesce(r.rolname::text, '') END, x.privilege_type,
                x.is_grantable
            FROM pg_catalog.pg_namespace n, LATERAL pg_catalog.aclexplode(n.nspacl)
                WITH ORDINALITY AS x(grantor, grantee, privilege_type, is_grantable, number)
            LEFT JOIN pg_catalog.pg_roles g ON g.oid = x.grantor LEFT JOIN pg_catalog.pg_roles r ON r.oid = x.grantee
            WHERE n.nspname = $1 ORDER BY x.number
            """, r => new SchemaGrant(r.Text(0) ?? "", r.Text(1), r.GetString(2), r.GetBoolean(3)), ct, schema).ConfigureAwait(false);
        return new SchemaAcl(text[0], grants);
    }

    /// <summary>The grants as they are kept.</summary>
    public string WriteGrants() => JsonSerializer.Serialize(Grants);

    /// <summary>What was kept.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static SchemaAcl Of(string text, string grants)
    {
        try { return new SchemaAcl(text, JsonSerializer.Deserialize<SchemaGrant[]>(grants) ?? []); }
        catch (JsonException e) { throw new FormatException("What was kept of the privileges is not readable: " + e.Message, e); }
    }

    /// <summary>Makes them again, in the transaction that is open, in their order: so each stands where it stood.</summary>
    public async Task RestoreAsync(NpgsqlConnection connection, string schema, CancellationToken ct)
    {
        if (Text == None)
        {
            // No grant makes this again. There is no role in it but the owner, so nothing else in the catalogues tells of it.
            await connection.ExecuteAsync("UPDATE pg_catalog.pg_namespace SET nspacl = NULL WHERE nspname = $1", ct, schema)
                .ConfigureAwait(false);
            return;
        }
        foreach (SchemaGrant grant in Grants)
        {
            await connection.ExecuteAsync($"SET LOCAL ROLE {SqlName.Quote(grant.Grantor)}", ct).ConfigureAwait(false);
            await connection.ExecuteAsync($"GRANT {grant.Checked} ON SCHEMA {SqlName.Quote(schema)} TO {grant.To}"
                + (grant.Grantable ? " WITH GRANT OPTION" : ""), ct).ConfigureAwait(false);
            await connection.ExecuteAsync("SET LOCAL ROLE NONE", ct).ConfigureAwait(false);
        }
    }
}

/// <summary>One privilege of a schema.</summary>
/// <param name="Grantor">Who gave it.</param>
/// <param name="Grantee">Who has it; null for everybody.</param>
/// <param name="Privilege"><c>USAGE</c> or <c>CREATE</c>.</param>
/// <param name="Grantable">Whether it may be passed on.</param>
internal sealed record SchemaGrant(string Grantor, string? Grantee, string Privilege, bool Grantable)
{
    /// <summary>The privilege, which a file that somebody wrote may have made anything of.</summary>
    internal string Checked => Privilege is "USAGE" or "CREATE" ? Privilege : throw new FormatException($"'{Privilege}' is no "
        + $"privilege of a schema.");

    internal string To => Grantee is null ? "PUBLIC" : SqlName.Quote(Grantee);
}
