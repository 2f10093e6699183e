using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Access;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Bytes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;
using OpsModule.Foundations.Names;

namespace OpsModule.Engine.Areas.Backups;

/// <summary>Looks at the real system and says what a backup would be.</summary>
internal sealed class BackupPlanner(OpsContext context)
{
    private const string SizeQuery = """
        SELECT count(*)::int, coalesce(sum(SIZE), 0)::bigint
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND ($1::text IS NULL OR n.nspname = $1)
        """;

    // Objects of the schema, and the members of extensions that they depend on.
    private const string ExtensionsOfSchema = """
        WITH own AS (
            SELECT 'pg_class'::regclass AS classid, oid AS objid FROM pg_class WHERE relnamespace = $1::text::regnamespace
            UNION ALL SELECT 'pg_proc'::regclass, oid FROM pg_proc WHERE pronamespace = $1::text::regnamespace
            UNION ALL SELECT 'pg_type'::regclass, oid FROM pg_type WHERE typnamespace = $1::text::regnamespace
            UNION ALL SELECT 'pg_constraint'::regclass, oid FROM pg_constraint WHERE connamespace = $1::text::regnamespace
            UNION ALL SELECT 'pg_attrdef'::regclass, d.oid FROM pg_attrdef d JOIN pg_class c ON c.oid = d.adrelid WHERE c.relnamespace = $1::text::regnamespace
            UNION ALL SELECT 'pg_trigger'::regclass, t.oid FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE c.relnamespace = $1::text::regnamespace
            UNION ALL SELECT 'pg_rewrite'::regclass, r.oid FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class WHERE c.relnamespace = $1::text::regnamespace)
        SELECT DISTINCT e.extname::text FROM own
        JOIN pg_depend d ON d.classid = own.classid AND d.objid = own.objid
        JOIN pg_depend m ON m.classid = d.refclassid AND m.objid = d.refobjid AND m.refclassid = 'pg_extension'::regclass AND m.deptype = 'e'
        JOIN pg_extension e ON e.oid = m.refobjid ORDER BY 1
        """;

    private const string AllExtensions = "SELECT extname::text FROM pg_extension WHERE extname <> 'plpgsql' AND $1::text IS NULL ORDER BY 1";

    /// <exception cref="OpsException">As the resolving of databases, tenants and stores has them; <c>TenantMissing</c>; <c>ToolTooOld</c>.</exception>
    public async Task<(PostgresServer Server, IReadOnlyList<BackupPlan> Plans)> PlanAsync(BackupRequest request, Action<OpsException> onUnknown, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> stores = new BackupCatalog(context).CheckStores(request.Stores.Count == 0 ? null : request.Stores, onUnknown);
        foreach (string store in stores)
            if (context.Environment.Backups.Stores[store].Path is { } path && Trust.Doubt(path) is { } doubt)
                context.Reporter.Warning($"Others can change or exchange backups in the store {store}: {doubt}. Make it a folder that nobody else may write to (chmod go-w).");
        Compression compression = CompressionOf(request.Compression);
        DatabaseSettings settings = DatabaseServers.FindSettings(context.Environment, request.Name);
        PostgresServer server = await DatabaseServers.ResolveAsync(context, request.Name, cancellationToken).ConfigureAwait(false);
        await using NpgsqlConnection connection = await server.ConnectAsync(cancellationToken).ConfigureAwait(false);
        await CheckToolAsync(server, connection, cancellationToken).ConfigureAwait(false);
        var labels = new Dictionary<string, string>(context.Environment.Backups.Labels);
        foreach ((string key, string value) in request.Labels) labels[key] = value;
        var plans = new List<BackupPlan>();
        foreach (string? tenant in await TenantsOfAsync(request, settings, connection, onUnknown, cancellationToken).ConfigureAwait(false))
        {
            string? schema = tenant is null ? null : TenantSchemas.SchemaOf(settings, tenant);
            (int tables, long bytes) = await SizeAsync(connection, schema, cancellationToken).ConfigureAwait(false);
            IReadOnlyList<string> extensions = await ExtensionsAsync(connection, schema, cancellationToken).ConfigureAwait(false);
            plans.Add(new BackupPlan(settings, tenant, schema, tables, bytes, stores, compression, extensions, connection.PostgreSqlVersion.ToString(), labels)
            {
                LeftOut = schema is null ? [] : await LeftOut.OfAsync(connection, schema, cancellationToken).ConfigureAwait(false),
            });
        }
        if (plans.Exists(p => p.Schema is null)) await WarnOfKeptAsync(connection, cancellationToken).ConfigureAwait(false);
        return (server, plans);
    }

    /// <summary>They may hold the only copy of something, so a backup of everything holds them; but it need not be so for ever.</summary>
    private async Task WarnOfKeptAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        List<string> kept = await connection.NamesAsync("SELECT nspname::text FROM pg_catalog.pg_namespace WHERE nspname ~ '^ops_replaced_' ORDER BY 1", cancellationToken).ConfigureAwait(false);
        if (kept.Count > 0)
            context.Reporter.Warning($"The database holds {kept.Count} schema{(kept.Count == 1 ? "" : "s")} that restores have replaced, and so does its backup: {string.Join(", ", kept)}. Remove what nobody needs with Get-OpsRestore | Remove-OpsRestore.");
    }

    private static Compression CompressionOf(Compression asked) => asked switch
    {
        Compression.Auto => Zstd.IsAvailable ? Compression.Zstd : Compression.Gzip,
        Compression.Zstd when !Zstd.IsAvailable => throw new OpsException("ZstdMissing", OpsErrorCategory.ResourceUnavailable,
            "zstd was asked for, and the library libzstd is not installed here.", "Install it (Debian: libzstd1), or use -Compression Gzip.", "zstd"),
        _ => asked,
    };

    private static async Task CheckToolAsync(PostgresServer server, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        Version tool = await server.ToolVersionAsync("pg_dump", cancellationToken).ConfigureAwait(false);
        int major = connection.PostgreSqlVersion.Major;
        if (tool.Major < major)
            throw new OpsException("ToolTooOld", OpsErrorCategory.ResourceUnavailable,
                $"The server is PostgreSQL {connection.PostgreSqlVersion} and pg_dump is {tool}: a pg_dump cannot dump a newer server.",
                $"Install the client tools of version {major} (Debian: postgresql-client-{major}).", server.Settings.Name);
    }

    private static async Task<IReadOnlyList<string?>> TenantsOfAsync(BackupRequest request, DatabaseSettings settings, NpgsqlConnection connection, Action<OpsException> onUnknown, CancellationToken cancellationToken)
    {
        if (request.Tenants.Count == 0) return [null];
        IReadOnlyList<string> known = await TenantSchemas.ListAsync(connection, settings, cancellationToken).ConfigureAwait(false);
        if (request.Tenants.Contains("*"))
            return known.Count > 0 ? known : throw new OpsException("TenantMissing", OpsErrorCategory.InvalidOperation,
                $"Database {settings.Name} has no schema that fits {settings.TenantSchema}.", $"Check databases.{settings.Name}.tenantSchema.", settings.Name);
        return NamePattern.ChooseAll(request.Tenants, known, "tenant", tenant => Missing(settings, tenant, known), onUnknown);
    }

    private static OpsException Missing(DatabaseSettings settings, string tenant, IReadOnlyList<string> known)
    {
        // A name that can be none says so itself.
        string schema = TenantSchemas.SchemaOf(settings, tenant);
        return new OpsException("TenantMissing", OpsErrorCategory.ObjectNotFound, $"Database {settings.Name} has no schema {schema}; it has {known.Count} tenants"
            + (known.Count is > 0 and <= 12 ? ": " + string.Join(", ", known) : "") + ".", "Check the tenant's name.", tenant);
    }

    private static async Task<(int Tables, long Bytes)> SizeAsync(NpgsqlConnection connection, string? schema, CancellationToken cancellationToken)
    {
        try
        {
            return await SizeAsync(connection, "pg_catalog.pg_table_size(c.oid)", schema, cancellationToken).ConfigureAwait(false);
        }
        // Sizes are for the plan and the progress alone: a table that somebody has locked must not hold them up.
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            return await SizeAsync(connection, "greatest(c.relpages, 0) * 8192::bigint", schema, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<(int Tables, long Bytes)> SizeAsync(NpgsqlConnection connection, string size, string? schema, CancellationToken cancellationToken)
    {
        await using var patience = new NpgsqlCommand("SET lock_timeout = '500ms'", connection);
        await patience.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        await using var command = new NpgsqlCommand(SizeQuery.Replace("SIZE", size), connection) { Parameters = { new() { Value = (object?)schema ?? DBNull.Value } } };
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        return (reader.GetInt32(0), reader.GetInt64(1));
    }

    private static async Task<IReadOnlyList<string>> ExtensionsAsync(NpgsqlConnection connection, string? schema, CancellationToken cancellationToken)
    {
        // regnamespace reads its text as an identifier, so the name is quoted first.
        object value = schema is null ? DBNull.Value : SqlName.Quote(schema);
        await using var command = new NpgsqlCommand(schema is null ? AllExtensions : ExtensionsOfSchema, connection) { Parameters = { new() { Value = value } } };
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var names = new List<string>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false)) names.Add(reader.GetString(0));
        return names;
    }
}
