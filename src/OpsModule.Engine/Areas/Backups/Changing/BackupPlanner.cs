using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Access;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Bytes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;
using OpsModule.Foundations.Names;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Backups.Changing;

/// <summary>Plans backups of databases: it looks at the real system and changes nothing.</summary>
/// <param name="context">The environment and what goes with it.</param>
public sealed class BackupPlanner(OpsContext context)
{
    private const string SizeQuery = """
        SELECT count(*)::int, coalesce(sum(SIZE), 0)::bigint
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND ($1::text IS NULL OR n.nspname = $1)
        """;

    /// <summary>The plans, one for each tenant; the first tenant or store that is unknown is thrown.</summary>
    /// <exception cref="OpsException">As the other.</exception>
    public Task<IReadOnlyList<ChangePlan>> PlanAsync(BackupRequest request, CancellationToken cancellationToken) =>
        PlanAsync(request, static unknown => throw unknown, cancellationToken);

    /// <summary>The plans, one for each tenant; a tenant or store that is unknown is told, and the plans are those of the others.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="onUnknown">Told of each tenant and store that is unknown.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OpsException">As the resolving of databases, tenants and stores has them; <c>TenantMissing</c>; <c>ToolTooOld</c>.</exception>
    public async Task<IReadOnlyList<ChangePlan>> PlanAsync(BackupRequest request, Action<OpsException> onUnknown,
        CancellationToken cancellationToken)
    {
        IReadOnlyList<string> stores = StoresOf(context, request.Stores, onUnknown);
        Compression compression = CompressionOf(request.Compression);
        DatabaseSettings settings = DatabaseServers.FindSettings(context.Environment, request.Name);
        PostgresServer server = await DatabaseServers.ResolveAsync(context, request.Name, cancellationToken).ConfigureAwait(false);
        await using NpgsqlConnection connection = await server.ConnectAsync(cancellationToken).ConfigureAwait(false);
        await CheckToolAsync(server, connection, cancellationToken).ConfigureAwait(false);
        IReadOnlyDictionary<string, string> labels = LabelsOf(context, request.Labels);
        var plans = new List<ChangePlan>();
        foreach (string? tenant in await TenantsOfAsync(request, settings, connection, onUnknown, cancellationToken).ConfigureAwait(false))
        {
            var what = new BackupArguments
            {
                Name = settings.Name, Tenant = tenant, Stores = stores, Compression = compression, Labels = labels,
            };
            plans.Add(await PlanAsync(what, settings, connection, cancellationToken).ConfigureAwait(false));
        }
        if (request.Tenants.Count == 0) await WarnOfKeptAsync(connection, cancellationToken).ConfigureAwait(false);
        return plans;
    }

    private async Task<ChangePlan> PlanAsync(BackupArguments what, DatabaseSettings settings, NpgsqlConnection connection,
        CancellationToken cancellationToken)
    {
        string? schema = what.Tenant is null ? null : TenantSchemas.SchemaOf(settings, what.Tenant);
        (int tables, long bytes) = await SizeAsync(connection, schema, cancellationToken).ConfigureAwait(false);
        string stores = string.Join(", ", what.Stores);
        return new ChangePlan
        {
            Environment = context.Environment.Name, Kind = BackUpDatabase.KindName, Action = BackupRequest.Action, Target = what.Target,
            Subject = $"{what.Words} ({tables} tables, {SizeText.Show(bytes)})", Summary = $"Back up with {what.Compression} to {stores}",
            Arguments = what.Write(), PlannedAt = context.Time.GetUtcNow(),
            Identities = await BackUpDatabase.IdentitiesAsync(context, connection, what, cancellationToken).ConfigureAwait(false),
            Undo = "a complete backup stays, for it changes nothing of what is operated; what is none yet is removed",
            Steps =
            [
                new PlannedStep(BackUpDatabase.Step,
                    $"Dump it in one snapshot, in one stream to {stores}; the manifest, which makes it a backup, comes last."),
            ],
            Figures =
            [
                new PlanFigure("tables", FormattableString.Invariant($"{tables:N0}")),
                new PlanFigure(BackupArguments.Bytes, FormattableString.Invariant($"{bytes:N0}")),
            ],
        };
    }

    /// <summary>They may hold the only copy of something, so a backup of everything holds them; but it need not be so for ever.</summary>
    private async Task WarnOfKeptAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        List<string> kept = await connection.NamesAsync("SELECT nspname::text FROM pg_catalog.pg_namespace WHERE nspname ~ '^ops_replaced_' ORDER BY 1", cancellationToken).ConfigureAwait(false);
        if (kept.Count > 0)
            context.Reporter.Warning($"The database holds {kept.Count} schema{(kept.Count == 1 ? "" : "s")} that restores have replaced, and so does its backup: {string.Join(", ", kept)}. Remove what nobody needs with Get-OpsRestore | Remove-OpsRestore.");
    }

    /// <summary>The stores that are meant, of which those that others can write to are told.</summary>
    internal static IReadOnlyList<string> StoresOf(OpsContext context, IReadOnlyList<string> asked, Action<OpsException> onUnknown)
    {
        IReadOnlyList<string> stores = new BackupCatalog(context).CheckStores(asked.Count == 0 ? null : asked, onUnknown);
        foreach (string store in stores)
        {
            StoreSettings settings = context.Environment.Backups.Stores.GetValueOrDefault(store)
                ?? UnnamedStore.SettingsOf(context.Environment, store);
            if (settings.Path is { } path && Trust.Doubt(path) is { } doubt)
                context.Reporter.Warning($"Others can change or exchange backups in the store {store}: {doubt}. "
                    + "Make it a folder that nobody else may write to (chmod go-w).");
        }
        return stores;
    }

    /// <summary>The environment's labels and those that were asked for.</summary>
    internal static IReadOnlyDictionary<string, string> LabelsOf(OpsContext context, IReadOnlyDictionary<string, string> asked)
    {
        var labels = new Dictionary<string, string>(context.Environment.Backups.Labels);
        foreach ((string key, string value) in asked) labels[key] = value;
        return labels;
    }

    /// <summary>What <c>Auto</c> means here.</summary>
    internal static Compression CompressionOf(Compression asked) => asked switch
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
}
