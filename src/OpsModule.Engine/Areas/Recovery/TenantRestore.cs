using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Connections.Postgres.Logins;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery.Archives;
using OpsModule.Engine.Areas.Recovery.Planning;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Recovery;

/// <summary>
/// Builds one tenant's schema beside the live one while the service runs, and compares it with the backup's manifest. Then it can be switched
/// in by renaming in one transaction; what was live stays, under a dated name.
/// </summary>
internal sealed class TenantRestore(OpsContext context, RestoreRequest request, string tenant, PostgresServer server)
{
    private readonly BackupRecord _backup = request.Backup;
    private readonly string _schema = TenantSchemas.SchemaOf(server.Settings, tenant);
    private readonly RestoreProgress _progress = new(context, RestoreProgress.Of(request.DatabaseName, tenant), request.Backup.StoredBytes);

    /// <summary>Reads the backup's table of contents, looks whether the restore could be made, and at what would become of live tables.</summary>
    /// <param name="counted">Whether live rows are counted, table by table.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<RestoreLook> LookAsync(bool counted, CancellationToken ct)
    {
        CheckTenant();
        await using NpgsqlConnection connection = await server.ConnectAsync(ct).ConfigureAwait(false);
        bool live = await SchemaDrop.ExistsAsync(connection, _schema, ct).ConfigureAwait(false);
        await using RestoreSource source = await OpenAsync(null, ct).ConfigureAwait(false);
        LoadingRole role = await CheckAsync(connection, source, live, ct).ConfigureAwait(false);
        return new RestoreLook(await DatabaseIdentities.OfSchemaAsync(connection, _schema, ct).ConfigureAwait(false), _schema, live, role.Words,
            counted ? PlannedChanges.Compare(Manifest(), await PlannedChanges.CountAsync(connection, _schema, ct).ConfigureAwait(false)) : []);
    }

    private void CheckTenant()
    {
        if (_backup.Schema is { } other && other != _schema)
            throw new OpsException("TenantDiffers", OpsErrorCategory.InvalidArgument,
                $"Backup {_backup.Id} is of the schema {other} (tenant {_backup.Tenant}); the tenant {tenant} has the schema {_schema}.",
                "Name a backup of that tenant, or leave out -Tenant.", _backup.Id);
    }

    private Task<RestoreSource> OpenAsync(RestoreProgress? progress, CancellationToken ct) =>
        RestoreSource.OpenAsync(context, _backup, _schema, progress, ct, request.NoTablespaces);

    private async Task<LoadingRole> CheckAsync(NpgsqlConnection connection, RestoreSource source, bool live, CancellationToken ct)
    {
        var preflight = new Preflight(server, connection, _backup, source.Scope);
        await preflight.CheckSchemaAsync(_schema, live, context.Reporter, ct).ConfigureAwait(false);
        return await LoadingRole.CheckAsync(server, connection, preflight, source.Scope, context.Reporter, ct).ConfigureAwait(false);
    }

    /// <summary>Everything up to the switch: structure, rows, constraints, verification.</summary>
    /// <param name="build">What is built.</param>
    /// <param name="keeper">Has the tenant alone.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<RestoreNote> BuildAsync(RestoreBuild build, SchemaKeeper keeper, CancellationToken ct)
    {
        CheckTenant();
        NpgsqlConnection control = keeper.Connection;
        bool live = await SchemaDrop.ExistsAsync(control, _schema, ct).ConfigureAwait(false);
        await using RestoreSource source = await OpenAsync(_progress, ct).ConfigureAwait(false);
        if (build.IsChecked) new Preflight(server, control, _backup, source.Scope).CheckArchive();
        else await CheckAsync(control, source, live, ct).ConfigureAwait(false);
        try { return await FillAsync(build, control, source, live, ct).ConfigureAwait(false); }
        finally { _progress.Close(); }
    }

    private async Task<RestoreNote> FillAsync(RestoreBuild build, NpgsqlConnection control, RestoreSource source, bool live, CancellationToken ct)
    {
        string stage = build.Stage;
        ArchiveScope scope = source.Scope;
        // What is built, is built with the rights of the role that loads rows: the backup's functions are called on the way.
        PostgresServer worker = server.ForRestoring().Named(AbandonedRestore.SessionName(build.ChangeId));
        var staged = new StagedSchema(worker, scope, _schema, live, stage);
        var note = new RestoreNote
        {
            Id = build.ChangeId, State = RestoreState.Staged, Name = request.DatabaseName, Database = server.Settings.Database, Tenant = tenant, Original = _schema,
            BackupId = _backup.Id, At = context.Time.GetUtcNow(),
        };
        await staged.CreateAsync(note, control, ct).ConfigureAwait(false);
        await RefuseObjectIdsAsync(control, stage, ct).ConfigureAwait(false);
        await build.Reached("structure").ConfigureAwait(false);

        string PlaceOf(string schema) => schema == _schema ? stage : schema;
        Action fewer = ConnectionRoom.Told(context.Reporter);
        var loader = new DataLoader(worker, null, PlaceOf, scope.Encoding, request.Connections) { Fewer = fewer };
        IReadOnlySet<int> late = await LateTables.FindAsync(control, stage, scope, ct).ConfigureAwait(false);
        IReadOnlyList<TableDigest> loaded = await loader.LoadAsync(source.Reader, scope with { Omitted = late }, null, ct).ConfigureAwait(false);
        await source.FinishAsync(ct).ConfigureAwait(false);
        if (late.Count > 0) loaded = [.. loaded, .. await LoadLateAsync(worker, staged, late, ct).ConfigureAwait(false)];
        Refuse(TableDifference.Find(Manifest(), loaded), "What the archive holds");
        await build.Reached("data-loaded").ConfigureAwait(false);

        // Before the indexes and keys, whose one transaction locks every table it touches.
        _progress.Say("Reading rows back", 80);
        var verifier = new Verifier(worker, null, PlaceOf, scope.Encoding, request.Connections) { Reordered = loader.Reordered,
            Fewer = fewer };
        IReadOnlyList<TableDigest> stored = await verifier.ReadAsync([.. scope.Tables.Select(CopyTarget.Of)], loaded,
            await StagedStatistics.OfTablesAsync(control, stage, context.Reporter, ct).ConfigureAwait(false), ct).ConfigureAwait(false);
        Refuse(TableDifference.Find(Manifest(), stored), "What the server stored");
        _progress.Say("Building indexes and keys", 88);
        (IReadOnlyList<NotRestoredObject> refused, IReadOnlyList<string> notValid) = await staged.FinishAsync(control, ct).ConfigureAwait(false);
        if (refused.Count > 0 && !request.AllowIncomplete) throw SparedObjects.Refusal(_backup.Id, refused, RestoreService.Action);
        if (refused.Count > 0) context.Reporter.Warning($"The restore is incomplete. The server refused to make: {SparedObjects.Describe(refused)}.");
        await new WorkCrew(worker, null, request.Connections) { Fewer = fewer }.RunAsync(await StagedStatistics.OfExpressionsAsync(control, stage, context.Reporter, ct).ConfigureAwait(false), ct).ConfigureAwait(false);
        var check = new CatalogueCheck(context, _backup, scope);
        CatalogueVerdict verdict = new KnownDifferences(refused, notValid).Without(await check.OfSchemaAsync(worker, _schema, live, stage, ct).ConfigureAwait(false));
        check.Judge(verdict, request.AllowDifferences);
        note = await StagedSchema.MarkCompleteAsync(control, stage, loaded, refused, notValid, verdict, ct).ConfigureAwait(false);
        await build.Reached("verified").ConfigureAwait(false);
        return note;
    }

    /// <summary>The backup is read once more, for these tables alone.</summary>
    private async Task<IReadOnlyList<TableDigest>> LoadLateAsync(PostgresServer worker, StagedSchema staged, IReadOnlySet<int> late, CancellationToken ct)
    {
        await using RestoreSource source = await OpenAsync(null, ct).ConfigureAwait(false);
        await using NpgsqlConnection connection = await worker.ConnectAsync(ct).ConfigureAwait(false);
        await CopySettings.ApplyAsync(connection, ct).ConfigureAwait(false);
        return await staged.UnderLiveNameAsync(connection, () => LateTables.LoadAsync(connection, source, late, ct), ct).ConfigureAwait(false);
    }

    private void Refuse(IReadOnlyList<TableDifference> differences, string where)
    {
        if (differences.Count > 0) throw Verifier.Mismatch(_backup.Id, differences, where);
    }

    private static async Task RefuseObjectIdsAsync(NpgsqlConnection connection, string stage, CancellationToken ct)
    {
        List<string> columns = await OutsideReferences.ObjectIdColumnsAsync(connection, stage, ct).ConfigureAwait(false);
        if (columns.Count > 0)
            throw new OpsException("ObjectIdColumns", OpsErrorCategory.InvalidOperation,
                $"Columns hold object ids, which would point to the replaced objects after a restore: {string.Join(", ", columns)}.",
                "Nothing live was changed. Restore the whole database instead, or store names as text.", stage);
    }

    private IEnumerable<TableDigest> Manifest() => _backup.Tables.Where(t => t.Schema == _schema);
}
