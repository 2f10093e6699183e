using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Access;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Names;

namespace OpsModule.Engine.Areas.Recovery;

/// <summary>
/// Lists what restores have left on the servers. The schemas and databases themselves say what they are, in their comments; one whose
/// comment was lost is known by its name.
/// </summary>
public sealed class RestoreCatalog(OpsContext context)
{
    private const string SchemasSql = """
        SELECT n.nspname, pg_catalog.obj_description(n.oid, 'pg_namespace'),
            (SELECT coalesce(sum(pg_catalog.pg_total_relation_size(c.oid)), 0)::bigint FROM pg_catalog.pg_class c
             WHERE c.relnamespace = n.oid AND c.relkind IN ('r', 'm', 'S')), pg_catalog.pg_get_userbyid(n.nspowner)::text
        FROM pg_catalog.pg_namespace n WHERE n.nspname ~ '^ops_(stage|replaced)_' ORDER BY 1
        """;

    private const string DatabasesSql = """
        SELECT d.datname, pg_catalog.shobj_description(d.oid, 'pg_database'),
            CASE WHEN pg_catalog.has_database_privilege(d.oid, 'CONNECT') THEN pg_catalog.pg_database_size(d.oid) END, pg_catalog.pg_get_userbyid(d.datdba)::text
        FROM pg_catalog.pg_database d WHERE d.datname ~ '^ops_(stage|replaced)_' ORDER BY 1
        """;

    /// <summary>Everything kept, of all databases of the environment or those named, newest first within each.</summary>
    public async Task<IReadOnlyList<RestoreRecord>> ListAsync(IReadOnlyList<string>? names, CancellationToken cancellationToken)
    {
        var found = new List<RestoreRecord>();
        foreach (string name in names ?? [.. context.Environment.Databases.Keys])
        {
            PostgresServer server = await DatabaseServers.ResolveAsync(context, name, cancellationToken).ConfigureAwait(false);
            await using NpgsqlConnection connection = await ConnectSomewhereAsync(server, cancellationToken).ConfigureAwait(false);
            var here = new List<RestoreRecord>();
            if (connection.Database == server.Settings.Database)
                here.AddRange(Told(await NotesAsync(context, server, connection, cancellationToken).ConfigureAwait(false)).Select(k => Record(k, name, server, RestoreKind.Schema)));
            here.AddRange(Told(await DatabaseNotesAsync(context, server, connection, cancellationToken).ConfigureAwait(false))
                .Select(k => Record(k, name, server, RestoreKind.Database)));
            found.AddRange(here.OrderByDescending(r => r.RestoredAt));
        }
        return found;
    }

    /// <summary>
    /// Those of the tenants that are meant, by names that may have wildcards. One that neither has a schema nor anything kept is an error; one that
    /// has a schema and nothing kept is none.
    /// </summary>
    /// <param name="names">The databases that are meant; null for all.</param>
    /// <param name="tenants">The tenants that were asked for.</param>
    /// <param name="kept">What these databases keep.</param>
    /// <param name="fail">Told of each that means none.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<IReadOnlyList<string>> ChooseTenantsAsync(IReadOnlyList<string>? names, IReadOnlyList<string> tenants, IReadOnlyList<RestoreRecord> kept, Action<OpsException> fail, CancellationToken cancellationToken)
    {
        var known = kept.Select(r => r.Tenant).OfType<string>().ToHashSet(StringComparer.Ordinal);
        if (tenants.All(known.Contains)) return tenants;
        foreach (string name in names ?? [.. context.Environment.Databases.Keys])
        {
            PostgresServer server = await DatabaseServers.ResolveAsync(context, name, cancellationToken).ConfigureAwait(false);
            if (server.Settings.TenantSchema is null) continue;
            await using NpgsqlConnection connection = await ConnectSomewhereAsync(server, cancellationToken).ConfigureAwait(false);
            if (connection.Database == server.Settings.Database) known.UnionWith(await TenantSchemas.ListAsync(connection, server.Settings, cancellationToken).ConfigureAwait(false));
        }
        return NamePattern.ChooseAll(tenants, known, "tenant", t => new OpsException("TenantMissing", OpsErrorCategory.ObjectNotFound,
            $"There is no tenant {t}, and nothing is kept of one.{(NearestName.Of(t, known) is { } near ? $" Did you mean {near}?" : "")}",
            "List what is kept of all tenants with Get-OpsRestore.", t), fail);
    }

    /// <summary>The restores of these ids, or names of what is kept, which may have wildcards.</summary>
    /// <param name="written">The ids as they were written.</param>
    /// <param name="names">Only those of these databases; null for all.</param>
    /// <param name="fail">Told of each that means none.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<IReadOnlyList<RestoreRecord>> FindAsync(IReadOnlyList<string> written, IReadOnlyList<string>? names, Action<OpsException> fail, CancellationToken cancellationToken) =>
        Choose(await ListAsync(names, cancellationToken).ConfigureAwait(false), written, fail);

    /// <summary>Those of the restores that are meant by ids, or names of what is kept, which may have wildcards.</summary>
    /// <param name="kept">The restores.</param>
    /// <param name="written">The ids as they were written.</param>
    /// <param name="fail">Told of each that means none.</param>
    public static IReadOnlyList<RestoreRecord> Choose(IReadOnlyList<RestoreRecord> kept, IReadOnlyList<string> written, Action<OpsException> fail)
    {
        IReadOnlyList<string> meant = NamePattern.ChooseAll(written, [.. kept.Select(r => r.Id).Union(kept.Select(r => r.ReplacedName).OfType<string>())], "restore", id =>
            new OpsException("RestoreNotFound", OpsErrorCategory.ObjectNotFound, $"Nothing is kept of a restore {id}.", "List what there is with Get-OpsRestore.", id), fail);
        return [.. kept.Where(r => meant.Contains(r.Id) || (r.ReplacedName is { } name && meant.Contains(name)))];
    }

    /// <summary>What restores made or put aside, of a kind.</summary>
    internal static Task<List<Kept>> KeptAsync(RestoreKind kind, OpsContext context, PostgresServer server, NpgsqlConnection connection,
        CancellationToken ct) => kind == RestoreKind.Schema ? NotesAsync(context, server, connection, ct)
            : DatabaseNotesAsync(context, server, connection, ct);

    /// <summary>Schemas that restores made or put aside, in the database of the connection.</summary>
    internal static async Task<List<Kept>> NotesAsync(OpsContext context, PostgresServer server, NpgsqlConnection connection, CancellationToken ct) =>
        await new NoteTrust(context, server, RestoreKind.Schema).JudgeAsync(connection, await ReadAsync(connection, SchemasSql, ct).ConfigureAwait(false), ct).ConfigureAwait(false);

    /// <summary>
    /// Databases that restores of one database made or put aside. Others on the same server belong to other environments, whatever they
    /// call them, and are none of our business.
    /// </summary>
    internal static async Task<List<Kept>> DatabaseNotesAsync(OpsContext context, PostgresServer server, NpgsqlConnection connection, CancellationToken ct)
    {
        List<Kept> all = await ReadAsync(connection, DatabasesSql, ct).ConfigureAwait(false);
        string database = server.Settings.Database;
        return await new NoteTrust(context, server, RestoreKind.Database)
            .JudgeAsync(connection, all.FindAll(k => k.Note is null ? RestoreNames.IsOf(k.Name, database) : k.Note.Database == database), ct).ConfigureAwait(false);
    }

    private List<Kept> Told(List<Kept> kept)
    {
        foreach (Kept doubted in kept.Where(k => k.Doubt is not null)) context.Reporter.Warning(doubted.Doubt!);
        return kept;
    }

    private static Task<List<Kept>> ReadAsync(NpgsqlConnection connection, string sql, CancellationToken ct) =>
        connection.ListAsync(sql, r => new Kept(r.GetString(0), RestoreNote.Parse(r.Text(1)), r.IsDBNull(2) ? null : r.GetInt64(2), r.GetString(3)), ct);

    /// <summary>The live database, or, when it is gone, the maintenance database of the same server.</summary>
    private static async Task<NpgsqlConnection> ConnectSomewhereAsync(PostgresServer server, CancellationToken ct)
    {
        try { return await server.ConnectAsync(ct).ConfigureAwait(false); }
        catch (OpsException e) when (e.ErrorId == "DatabaseMissing")
        {
            return await server.ConnectAsync(ct, server.Settings.MaintenanceDatabase).ConfigureAwait(false);
        }
    }

    private static RestoreRecord Record(Kept kept, string name, PostgresServer server, RestoreKind kind) => new()
    {
        Id = kept.Note?.Id ?? kept.Name,
        Kind = kind,
        State = kept.Note?.State ?? (RestoreNames.IsStage(kept.Name) ? RestoreState.Staged : RestoreState.Replaced),
        Name = name,
        Database = server.Settings.Database,
        Tenant = kept.Note?.Tenant,
        Schema = kind == RestoreKind.Schema ? kept.Note?.Original : null,
        ReplacedName = kept.Name,
        BackupId = kept.Note?.BackupId ?? "",
        RestoredAt = kept.Note?.At ?? DateTimeOffset.UnixEpoch,
        Rows = kept.Note?.Rows ?? 0,
        Bytes = kept.Note?.Bytes ?? 0,
        Tables = kept.Note?.Tables ?? 0,
        Objects = kept.Note?.Objects,
        Differences = kept.Note?.Differences ?? [],
        Size = kept.Size,
        Owner = kept.Owner,
        NotRestored = kept.Note?.NotRestored ?? [],
    };
}
