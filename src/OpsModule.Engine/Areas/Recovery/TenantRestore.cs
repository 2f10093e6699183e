using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Areas.Recovery;

/// <summary>
/// Restores one tenant's schema while the service runs: built beside the live one, compared with the backup's manifest, then switched
/// in by renaming in one transaction. What was live stays, under a dated name.
/// </summary>
internal sealed class TenantRestore(OpsContext context, RestoreRequest request, string tenant)
{
    private readonly long _started = context.Time.GetTimestamp();
    private readonly BackupRecord _backup = request.Backup;
    private readonly string _target = RestoreNames.Target(request.DatabaseName, tenant);
    private readonly RestoreProgress _progress = new(context, $"Restore tenant {tenant} of {request.DatabaseName}", request.Backup.StoredBytes);

    private PostgresServer _server = null!;
    private string _schema = "";

    /// <summary>Looks whether the restore could be made.</summary>
    public async Task CheckAsync(CancellationToken ct)
    {
        UnfinishedRestores.Refuse(context, _target, request.DatabaseName, tenant);
        await ResolveAsync(ct).ConfigureAwait(false);
        await using NpgsqlConnection connection = await _server.ConnectAsync(ct).ConfigureAwait(false);
        await LookAsync(connection, SilentReporter.Instance, ct).ConfigureAwait(false);
    }

    /// <summary>Reads the backup and the live schema and says what would change.</summary>
    public async Task<RestorePlan> PlanAsync(CancellationToken ct)
    {
        await ResolveAsync(ct).ConfigureAwait(false);
        await using NpgsqlConnection connection = await _server.ConnectAsync(ct).ConfigureAwait(false);
        bool live = await LookAsync(connection, context.Reporter, ct).ConfigureAwait(false);
        return new RestorePlan
        {
            BackupId = _backup.Id,
            Kind = RestoreKind.Schema,
            Name = request.DatabaseName,
            Tenant = tenant,
            RestoredName = _schema,
            Replaces = live,
            DataAge = context.Time.GetUtcNow() - _backup.StartedAt,
            Changes = PlannedChanges.Compare(Manifest(), await PlannedChanges.CountAsync(connection, _schema, ct).ConfigureAwait(false)),
        };
    }

    private async Task<bool> LookAsync(NpgsqlConnection connection, IOpsReporter reporter, CancellationToken ct)
    {
        bool live = await SchemaDrop.ExistsAsync(connection, _schema, ct).ConfigureAwait(false);
        await using RestoreSource source = await RestoreSource.OpenAsync(context, _backup, _schema, null, ct, request.NoTablespaces).ConfigureAwait(false);
        await new Preflight(_server, connection, _backup, source.Scope).CheckSchemaAsync(_schema, live, reporter, ct).ConfigureAwait(false);
        return live;
    }

    /// <summary>Restores.</summary>
    public async Task<RestoreRecord> RunAsync(CancellationToken ct)
    {
        await ResolveAsync(ct).ConfigureAwait(false);
        using IDisposable hold = context.Locks.Acquire(_target, RestoreService.Action);
        UnfinishedRestores.Refuse(context, _target, request.DatabaseName, tenant);
        await using NpgsqlConnection control = await _server.ConnectAsync(ct).ConfigureAwait(false);
        await ServerLock.TakeSchemaAsync(control, _schema, ct).ConfigureAwait(false);
        bool live = await SchemaDrop.ExistsAsync(control, _schema, ct).ConfigureAwait(false);
        await using RestoreSource source = await RestoreSource.OpenAsync(context, _backup, _schema, _progress, ct, request.NoTablespaces).ConfigureAwait(false);
        await new Preflight(_server, control, _backup, source.Scope).CheckSchemaAsync(_schema, live, context.Reporter, ct).ConfigureAwait(false);
        await using IJournaledChange change = await context.Journal.BeginAsync(RestoreService.Action, _target, new Dictionary<string, string>
        {
            ["kind"] = nameof(RestoreKind.Schema), ["name"] = request.DatabaseName, ["tenant"] = tenant, ["schema"] = _schema,
            ["backup"] = _backup.Id, ["store"] = _backup.Store, ["allowIncomplete"] = request.AllowIncomplete ? "true" : "", ["noTablespaces"] = request.NoTablespaces ? "true" : "",
        }).ConfigureAwait(false);
        string stage = RestoreNames.Stage(change.Id, _schema);
        try
        {
            RestoreNote note = await BuildAsync(change, control, source, live, stage, ct).ConfigureAwait(false);
            _progress.Say("Switching", 95);
            var ending = new TenantSwitch(context, control, change);
            return await ending.RunAsync(note, stage, request.SwitchTimeout, _started, ct).ConfigureAwait(false);
        }
        catch (OpsException e) when (e.ErrorId == "SwitchBlocked")
        {
            throw; // complete and verified: it is kept for Resume-OpsChange
        }
        catch (Exception e)
        {
            await new AbandonedRestore(context, _server, change, request, RestoreKind.Schema).RemoveAsync(stage, tenant, e).ConfigureAwait(false);
            throw;
        }
        finally
        {
            _progress.Close();
        }
    }

    /// <summary>Everything up to the switch: structure, rows, constraints, verification.</summary>
    private async Task<RestoreNote> BuildAsync(IJournaledChange change, NpgsqlConnection control, RestoreSource source, bool live, string stage, CancellationToken ct)
    {
        ArchiveScope scope = source.Scope;
        await change.StepAsync("staging", new Dictionary<string, string> { ["staging"] = stage }).ConfigureAwait(false);
        PostgresServer worker = _server.Named(AbandonedRestore.SessionName(change.Id));
        var staged = new StagedSchema(worker, scope, _schema, live, stage);
        var note = new RestoreNote
        {
            Id = change.Id, State = RestoreState.Staged, Name = request.DatabaseName, Database = _server.Settings.Database, Tenant = tenant, Original = _schema,
            BackupId = _backup.Id, At = context.Time.GetUtcNow(),
        };
        await staged.CreateAsync(note, control, ct).ConfigureAwait(false);
        await RefuseObjectIdsAsync(control, stage, ct).ConfigureAwait(false);
        await change.StepAsync("structure").ConfigureAwait(false);

        string PlaceOf(string schema) => schema == _schema ? stage : schema;
        var loader = new DataLoader(worker, null, PlaceOf, scope.Encoding, request.Connections);
        IReadOnlySet<int> late = await LateTables.FindAsync(control, stage, scope, ct).ConfigureAwait(false);
        IReadOnlyList<TableDigest> loaded = await loader.LoadAsync(source.Reader, scope with { Omitted = late }, null, ct).ConfigureAwait(false);
        await source.FinishAsync(ct).ConfigureAwait(false);
        if (late.Count > 0) loaded = [.. loaded, .. await LoadLateAsync(worker, staged, late, ct).ConfigureAwait(false)];
        Refuse(TableDifference.Find(Manifest(), loaded), "What the archive holds");
        await change.StepAsync("data-loaded").ConfigureAwait(false);

        // Before the indexes and keys, whose one transaction locks every table it touches.
        _progress.Say("Reading rows back", 80);
        var verifier = new Verifier(worker, null, PlaceOf, scope.Encoding, request.Connections) { Reordered = loader.Reordered };
        IReadOnlyList<TableDigest> stored = await verifier.ReadAsync([.. scope.Tables.Select(CopyTarget.Of)], loaded,
            await StagedStatistics.OfTablesAsync(control, stage, context.Reporter, ct).ConfigureAwait(false), ct).ConfigureAwait(false);
        Refuse(TableDifference.Find(Manifest(), stored), "What the server stored");
        _progress.Say("Building indexes and keys", 88);
        (IReadOnlyList<NotRestoredObject> refused, IReadOnlyList<string> notValid) = await staged.FinishAsync(control, ct).ConfigureAwait(false);
        if (refused.Count > 0 && !request.AllowIncomplete) throw SparedObjects.Refusal(_backup.Id, refused, RestoreService.Action);
        if (refused.Count > 0) context.Reporter.Warning($"The restore is incomplete. The server refused to make: {SparedObjects.Describe(refused)}.");
        await new WorkCrew(worker, null, request.Connections).RunAsync(await StagedStatistics.OfExpressionsAsync(control, stage, context.Reporter, ct).ConfigureAwait(false), ct).ConfigureAwait(false);
        var check = new CatalogueCheck(context, _backup, scope);
        CatalogueVerdict verdict = new KnownDifferences(refused, notValid).Without(await check.OfSchemaAsync(worker, _schema, live, stage, ct).ConfigureAwait(false));
        check.Judge(verdict, request.AllowDifferences);
        note = await StagedSchema.MarkCompleteAsync(control, stage, loaded, refused, notValid, verdict, ct).ConfigureAwait(false);
        await change.StepAsync("verified").ConfigureAwait(false);
        return note;
    }

    /// <summary>The backup is read once more, for these tables alone.</summary>
    private async Task<IReadOnlyList<TableDigest>> LoadLateAsync(PostgresServer worker, StagedSchema staged, IReadOnlySet<int> late, CancellationToken ct)
    {
        await using RestoreSource source = await RestoreSource.OpenAsync(context, _backup, _schema, null, ct, request.NoTablespaces).ConfigureAwait(false);
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

    private async Task ResolveAsync(CancellationToken ct)
    {
        _server = await DatabaseServers.ResolveAsync(context, request.DatabaseName, ct).ConfigureAwait(false);
        _schema = TenantSchemas.SchemaOf(_server.Settings, tenant);
        if (_backup.Schema is { } other && other != _schema)
            throw new OpsException("TenantDiffers", OpsErrorCategory.InvalidArgument,
                $"Backup {_backup.Id} is of the schema {other} (tenant {_backup.Tenant}); the tenant {tenant} has the schema {_schema}.",
                "Name a backup of that tenant, or leave out -Tenant.", _backup.Id);
    }

    private IEnumerable<TableDigest> Manifest() => _backup.Tables.Where(t => t.Schema == _schema);
}
