using System.Text;
using Npgsql;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Postgres;

/// <summary>Which schema belongs to which tenant.</summary>
public static class TenantSchemas
{
    /// <summary>Schemas that a restore makes for itself begin like this; they are never a tenant's.</summary>
    public static readonly IReadOnlyList<string> ReservedPrefixes = ["ops_stage_", "ops_replaced_"];

    private const string Placeholder = "{tenant}";

    /// <summary>The schema of a tenant.</summary>
    /// <exception cref="OpsException"><c>TenantsUnknown</c>, <c>TenantNameTooLong</c>.</exception>
    public static string SchemaOf(PostgresOptions database, string tenant)
    {
        string schema = Template(database).Replace(Placeholder, tenant);
        int bytes = Encoding.UTF8.GetByteCount(schema);
        return bytes <= SqlName.MaxBytes ? schema : throw new OpsException("TenantNameTooLong", OpsErrorCategory.InvalidArgument,
            $"The schema of tenant {tenant} would be named {schema}, which is {bytes} bytes long; PostgreSQL keeps {SqlName.MaxBytes}.",
            "Check the tenant's name and databases." + database.Name + ".tenantSchema.", tenant);
    }

    /// <summary>All tenants that have a schema, by name.</summary>
    public static async Task<IReadOnlyList<string>> ListAsync(NpgsqlConnection connection, PostgresOptions database, CancellationToken cancellationToken)
    {
        Template(database);
        await using var command = new NpgsqlCommand(
            "SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' ORDER BY nspname", connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var tenants = new List<string>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (TenantOf(database, reader.GetString(0)) is { } tenant) tenants.Add(tenant);
        }
        return tenants;
    }

    /// <summary>The tenant that a schema is of, or null when it is none's.</summary>
    /// <exception cref="OpsException"><c>TenantsUnknown</c>.</exception>
    public static string? TenantOf(PostgresOptions database, string schema)
    {
        string template = Template(database);
        int place = template.IndexOf(Placeholder, StringComparison.Ordinal);
        (string before, string after) = (template[..place], template[(place + Placeholder.Length)..]);
        bool fits = schema.Length > before.Length + after.Length && schema.StartsWith(before, StringComparison.Ordinal)
            && schema.EndsWith(after, StringComparison.Ordinal) && !ReservedPrefixes.Any(p => schema.StartsWith(p, StringComparison.Ordinal));
        return fits ? schema[before.Length..^after.Length] : null;
    }

    private static string Template(PostgresOptions database) =>
        database.TenantSchema is { } template && template.Contains(Placeholder, StringComparison.Ordinal)
            ? template
            : throw new OpsException("TenantsUnknown", OpsErrorCategory.InvalidArgument,
                $"The environment does not say how database {database.Name} names its tenants' schemas.",
                $"Set databases.{database.Name}.tenantSchema, for example \"tenant_{Placeholder}\".", database.Name);
}
