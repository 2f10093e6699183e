using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Tenants.Asking;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Tenants.Cutting;

/// <summary>
/// The privileges of the tenant's schema: everybody loses them, its owner too, and they come back byte for byte. That they do is tried
/// before, in a transaction that is taken back; what cannot be brought back is not taken away.
/// </summary>
internal sealed class SchemaCut(OpsContext context, string database) : ITenantCut
{
    private const string Acl = "acl", Grants = "grants";

    public string Step => "schema";

    public bool IsLifted => true;

    public string WordsFor(string tenant) => $"take away all privileges on schema {SchemaOf(tenant)} of database {database}, also its "
        + "owner's; they are kept, and come back exactly";

    public string WhatFor(string tenant) => $"{database} {SchemaOf(tenant)}";

    public async Task<CutLook> LookAsync(string tenant, CancellationToken cancellationToken)
    {
        string schema = SchemaOf(tenant);
        NpgsqlConnection connection = await TenantDatabase.OpenAsync(context, database, cancellationToken,
            strong: true).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        SchemaAcl acl = await ReadAsync(connection, tenant, cancellationToken).ConfigureAwait(false);
        bool isSuperuser = await IsSuperuserAsync(connection, cancellationToken).ConfigureAwait(false);
        if (acl.Text == SchemaAcl.None && !isSuperuser)
            throw NotRestorable(schema, "nobody was ever granted anything on it, and to write that again only a superuser can");
        if (acl.Grants.Any(g => g.Grantor.Length == 0 || g.Grantee?.Length == 0))
            throw NotRestorable(schema, "it names roles that are not there any more");
        if (acl.Text != SchemaAcl.Empty) await TryAsync(connection, schema, acl, cancellationToken).ConfigureAwait(false);
        var warnings = new List<string>();
        if (acl.Text == SchemaAcl.Empty) warnings.Add($"Nobody has a privilege on schema {schema} as it is; lifting leaves it so.");
        List<string> over = await connection.NamesAsync("SELECT DISTINCT a.usename::text FROM pg_catalog.pg_stat_activity a JOIN "
            + "pg_catalog.pg_roles r ON r.oid = a.usesysid WHERE r.rolsuper AND a.datname = pg_catalog.current_database() AND a.pid <> "
            + "pg_catalog.pg_backend_pid() ORDER BY 1", cancellationToken).ConfigureAwait(false);
        if (over.Count > 0)
            warnings.Add($"Sessions of {string.Join(", ", over)} are at database {database}, and no privilege keeps a superuser out.");
        IReadOnlyList<PlanIdentity> identities =
        [
            .. await DatabaseIdentities.OfSchemaAsync(connection, schema, cancellationToken).ConfigureAwait(false),
            new($"privileges of schema {schema}", acl.Text),
        ];
        return new CutLook(new Dictionary<string, string>
        {
            [Acl] = acl.Text, [Grants] = acl.WriteGrants(),
        }, identities, warnings);
    }

    public async Task CutAsync(ChangeRun run, string tenant, IReadOnlyDictionary<string, string> before,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(run);
        NpgsqlConnection connection = await TenantDatabase.OpenAsync(context, database, cancellationToken,
            strong: true).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        SchemaAcl now = await ReadAsync(connection, tenant, cancellationToken).ConfigureAwait(false);
        if (now.Text == SchemaAcl.Empty) return;
        if (now.Text != before[Acl]) throw Differs(tenant, now.Text, "they were others when this was planned");
        await InTransactionAsync(connection, () => RevokeAsync(connection, SchemaOf(tenant), now, cancellationToken), cancellationToken)
            .ConfigureAwait(false);
    }

    public async Task LiftAsync(ChangeRun run, string tenant, IReadOnlyDictionary<string, string> before,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(run);
        NpgsqlConnection connection = await TenantDatabase.OpenAsync(context, database, cancellationToken,
            strong: true).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        SchemaAcl was = SchemaAcl.Of(before[Acl], before[Grants]), now = await ReadAsync(connection, tenant, cancellationToken)
            .ConfigureAwait(false);
        if (now.Text == was.Text) return;
        if (now.Text != SchemaAcl.Empty)
            throw Differs(tenant, now.Text, "somebody has granted something since, which bringing the old ones back would mix with them");
        await InTransactionAsync(connection, async () =>
        {
            await was.RestoreAsync(connection, SchemaOf(tenant), cancellationToken).ConfigureAwait(false);
            SchemaAcl made = await ReadAsync(connection, tenant, cancellationToken).ConfigureAwait(false);
            if (made.Text != was.Text) throw Differs(tenant, made.Text, $"they were to become {was.Text} again");
        }, cancellationToken).ConfigureAwait(false);
    }

    private string SchemaOf(string tenant) => TenantSchemas.SchemaOf(DatabaseServers.FindSettings(context.Environment, database), tenant);

    private async Task<SchemaAcl> ReadAsync(NpgsqlConnection connection, string tenant, CancellationToken ct)
    {
        string schema = SchemaOf(tenant);
        return await SchemaAcl.ReadAsync(connection, schema, ct).ConfigureAwait(false)
            ?? throw TenantErrors.TenantNotFound.Make($"Database {database} has no schema {schema}, which would be tenant {tenant}'s.",
                $"Give the name of a tenant whose schema is there, or correct databases.{database}.tenantSchema.", tenant);
    }

    /// <summary>Takes all away and brings it back, and nothing of it stays.</summary>
    private static async Task TryAsync(NpgsqlConnection connection, string schema, SchemaAcl acl, CancellationToken ct)
    {
        NpgsqlTransaction trying = await connection.BeginTransactionAsync(ct).ConfigureAwait(false);
        await using var _ = trying.ConfigureAwait(false);
        try
        {
            await RevokeAsync(connection, schema, acl, ct).ConfigureAwait(false);
            await acl.RestoreAsync(connection, schema, ct).ConfigureAwait(false);
            string made = (await SchemaAcl.ReadAsync(connection, schema, ct).ConfigureAwait(false))!.Text;
            if (made != acl.Text) throw NotRestorable(schema, $"grants make {made} of it, and it is {acl.Text}");
        }
        catch (PostgresException e) { throw NotRestorable(schema, e.MessageText); }
        finally { await trying.RollbackAsync(CancellationToken.None).ConfigureAwait(false); }
    }

    private static async Task RevokeAsync(NpgsqlConnection connection, string schema, SchemaAcl acl, CancellationToken ct)
    {
        string owner = await connection.ScalarAsync<string>("SELECT r.rolname::text FROM pg_catalog.pg_namespace n JOIN "
            + "pg_catalog.pg_roles r ON r.oid = n.nspowner WHERE n.nspname = $1", ct, schema).ConfigureAwait(false) ?? "";
        string[] all = [.. acl.Grants.Select(g => g.To).Append(SqlName.Quote(owner)).Distinct(StringComparer.Ordinal)];
        await connection.ExecuteAsync($"REVOKE ALL ON SCHEMA {SqlName.Quote(schema)} FROM {string.Join(", ", all)} CASCADE", ct)
            .ConfigureAwait(false);
        // The server only warns of what it did not take away.
        string left = (await SchemaAcl.ReadAsync(connection, schema, ct).ConfigureAwait(false))!.Text;
        if (left != SchemaAcl.Empty) throw NotRestorable(schema, $"{left} is left of it when all is taken away");
    }

    private static async Task InTransactionAsync(NpgsqlConnection connection, Func<Task> work, CancellationToken ct)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(ct).ConfigureAwait(false);
        await using var _ = transaction.ConfigureAwait(false);
        await work().ConfigureAwait(false);
        await transaction.CommitAsync(ct).ConfigureAwait(false);
    }

    private static Task<bool> IsSuperuserAsync(NpgsqlConnection connection, CancellationToken ct) => connection.ScalarAsync<bool>(
        "SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user", ct);

    private OpsException Differs(string tenant, string now, string why) => TenantErrors.TenantAclDiffers.Make(
        $"The privileges of schema {SchemaOf(tenant)} of database {database} are {now}, and {why}. They were left as they are.",
        $"Take away what was granted since (REVOKE ALL ON SCHEMA ... CASCADE), then do this again.", tenant);

    private static OpsException NotRestorable(string schema, string why) => TenantErrors.TenantAclNotRestorable.Make(
        $"The privileges of schema {schema} cannot be taken away so that they come back exactly: {why}.",
        "Log in as a superuser (databases.NAME.restoreUser), or as the schema's owner; or leave schema out of tenants.suspend.", schema);
}
