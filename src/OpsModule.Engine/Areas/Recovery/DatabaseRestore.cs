using System.Text;
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
/// Restores a whole database: into a new one, compared with the manifest, then swapped by rename. Sessions are ended for that moment only.
/// </summary>
internal sealed class DatabaseRestore(OpsContext context, RestoreRequest request)
{
    private readonly long _started = context.Time.GetTimestamp();
    private readonly BackupRecord _backup = request.Backup;
    private readonly string _target = RestoreNames.Target(request.DatabaseName, null);
    private readonly RestoreProgress _progress = new(context, $"Restore database {request.DatabaseName}", request.Backup.StoredBytes);

    /// <summary>Looks whether the restore could be made.</summary>
    public async Task CheckAsync(CancellationToken ct)
    {
        UnfinishedRestores.Refuse(context, _target, request.DatabaseName, null);
        PostgresServer server = await DatabaseServers.ResolveAsync(context, request.DatabaseName, ct).ConfigureAwait(false);
        await using DatabaseKeeper keeper = await DatabaseKeeper.LookAsync(context, server, ct).ConfigureAwait(false);
        await using RestoreSource source = await RestoreSource.OpenAsync(context, _backup, null, null, ct, request.NoTablespaces).ConfigureAwait(false);
        await CheckAsync(server, keeper, source, SilentReporter.Instance, ct).ConfigureAwait(false);
    }

    /// <summary>Reads the backup and the live database and says what would change.</summary>
    public async Task<RestorePlan> PlanAsync(CancellationToken ct)
    {
        PostgresServer server = await DatabaseServers.ResolveAsync(context, request.DatabaseName, ct).ConfigureAwait(false);
        await using DatabaseKeeper keeper = await DatabaseKeeper.LookAsync(context, server, ct).ConfigureAwait(false);
        await using RestoreSource source = await RestoreSource.OpenAsync(context, _backup, null, null, ct, request.NoTablespaces).ConfigureAwait(false);
        await CheckAsync(server, keeper, source, context.Reporter, ct).ConfigureAwait(false);
        string name = request.As ?? server.Settings.Database;
        bool replaces = request.As is null && await keeper.ExistsAsync(name, ct).ConfigureAwait(false);
        IReadOnlyDictionary<(string Schema, string Table), long> live = new Dictionary<(string, string), long>();
        if (replaces)
        {
            await using NpgsqlConnection connection = await server.ConnectAsync(ct).ConfigureAwait(false);
            live = await PlannedChanges.CountAsync(connection, null, ct).ConfigureAwait(false);
        }
        return new RestorePlan
        {
            BackupId = _backup.Id, Kind = RestoreKind.Database, Name = request.DatabaseName, RestoredName = name, Replaces = replaces,
            DataAge = context.Time.GetUtcNow() - _backup.StartedAt, Changes = PlannedChanges.Compare(_backup.Tables, live),
        };
    }

    /// <summary>Restores.</summary>
    public async Task<RestoreRecord> RunAsync(CancellationToken ct)
    {
        using IDisposable hold = context.Locks.Acquire(_target, RestoreService.Action);
        UnfinishedRestores.Refuse(context, _target, request.DatabaseName, null);
        PostgresServer server = await DatabaseServers.ResolveAsync(context, request.DatabaseName, ct).ConfigureAwait(false);
        await using DatabaseKeeper keeper = await DatabaseKeeper.OpenAsync(context, server, ct).ConfigureAwait(false);
        await using RestoreSource source = await RestoreSource.OpenAsync(context, _backup, null, _progress, ct, request.NoTablespaces).ConfigureAwait(false);
        await CheckAsync(server, keeper, source, context.Reporter, ct).ConfigureAwait(false);
        await using IJournaledChange change = await context.Journal.BeginAsync(RestoreService.Action, _target, new Dictionary<string, string>
        {
            ["kind"] = nameof(RestoreKind.Database), ["name"] = request.DatabaseName, ["database"] = server.Settings.Database,
            ["as"] = request.As ?? "", ["backup"] = _backup.Id, ["store"] = _backup.Store,
            ["allowIncomplete"] = request.AllowIncomplete ? "true" : "", ["noTablespaces"] = request.NoTablespaces ? "true" : "",
        }).ConfigureAwait(false);
        string stage = RestoreNames.Stage(change.Id, server.Settings.Database);
        try
        {
            await change.StepAsync("staging", new Dictionary<string, string> { ["staging"] = stage }).ConfigureAwait(false);
            RestoreNote note = await CreateAsync(server, keeper, source, change.Id, stage, ct).ConfigureAwait(false);
            var build = new DatabaseBuild(server.Named(AbandonedRestore.SessionName(change.Id)), _backup, source, stage, request.Connections)
            {
                AllowIncomplete = request.AllowIncomplete
            };
            IReadOnlyList<TableDigest> loaded = await build.RunAsync(s => change.StepAsync(s), null, ct).ConfigureAwait(false);
            await new DatabaseStatistics(server, stage, context.Reporter).GatherAsync(ct).ConfigureAwait(false);
            var check = new CatalogueCheck(context, _backup, source.Scope);
            CatalogueVerdict verdict = new KnownDifferences(build.NotRestored, []).Without(await check.OfDatabaseAsync(server, stage, itself: true, ct).ConfigureAwait(false));
            check.Judge(verdict, request.AllowDifferences);
            note = note.With(verdict) with { Complete = true, Rows = loaded.Sum(t => t.Rows), Bytes = loaded.Sum(t => t.Bytes), Tables = loaded.Count, NotRestored = build.NotRestored };
            if (note.NotRestored.Count > 0) context.Reporter.Warning($"The restore is incomplete. The server refused to make: {SparedObjects.Describe(note.NotRestored)}.");
            await keeper.Connection.ExecuteAsync($"COMMENT ON DATABASE {SqlName.Quote(stage)} IS {SqlName.Literal(note.ToJson())}", ct).ConfigureAwait(false);
            _progress.Say("Switching", 95);
            return await keeper.SwitchAsync(change, note, stage, request.SwitchTimeout, _started, ct).ConfigureAwait(false);
        }
        catch (OpsException e) when (e.ErrorId is "SwitchBlocked" or "DatabaseExists")
        {
            throw; // complete and verified: it is kept for Resume-OpsChange
        }
        catch (Exception e)
        {
            await new AbandonedRestore(context, server, change, request, RestoreKind.Database).RemoveAsync(stage, null, e).ConfigureAwait(false);
            throw;
        }
        finally
        {
            _progress.Close();
        }
    }

    private async Task CheckAsync(PostgresServer server, DatabaseKeeper keeper, RestoreSource source, IOpsReporter reporter, CancellationToken ct)
    {
        if (request.As is { } name && Encoding.UTF8.GetByteCount(name) > SqlName.MaxBytes)
            throw new OpsException("NameTooLong", OpsErrorCategory.InvalidArgument,
                $"-As {name} has {Encoding.UTF8.GetByteCount(name)} bytes; PostgreSQL keeps {SqlName.MaxBytes} of a name.", "Choose a shorter name.", name);
        if (request.As is { } other && await keeper.ExistsAsync(other, ct).ConfigureAwait(false))
            throw DatabaseKeeper.Exists(other, "Choose another name for -As.");
        await new Preflight(server, keeper.Connection, _backup, source.Scope).CheckDatabaseAsync(request.As is null ? reporter : null, ct).ConfigureAwait(false);
    }

    private async Task<RestoreNote> CreateAsync(PostgresServer server, DatabaseKeeper keeper, RestoreSource source, string id, string stage, CancellationToken ct)
    {
        string live = server.Settings.Database;
        bool exists = await keeper.ExistsAsync(live, ct).ConfigureAwait(false);
        string? owner = exists
            ? await keeper.Connection.ScalarAsync<string>("SELECT pg_catalog.pg_get_userbyid(datdba)::text FROM pg_catalog.pg_database WHERE datname = $1", ct, live).ConfigureAwait(false)
            : null;
        await keeper.Connection.ExecuteAsync(DatabaseSettingsCarrier.Create(source.Scope.Header, stage, owner, request.NoTablespaces), ct).ConfigureAwait(false);
        if (exists) await DatabaseSettingsCarrier.FromLiveAsync(keeper.Connection, live, stage, ct).ConfigureAwait(false);
        else await DatabaseSettingsCarrier.FromArchiveAsync(keeper.Connection, source.Scope.Header, stage, ct).ConfigureAwait(false);
        var note = new RestoreNote
        {
            Id = id, State = RestoreState.Staged, Name = request.DatabaseName, Database = live, Original = request.As ?? live, BackupId = _backup.Id, At = context.Time.GetUtcNow(),
            Comment = await keeper.CommentAsync(exists ? live : stage, ct).ConfigureAwait(false),
        };
        await keeper.Connection.ExecuteAsync($"COMMENT ON DATABASE {SqlName.Quote(stage)} IS {SqlName.Literal(note.ToJson())}", ct).ConfigureAwait(false);
        return note;
    }
}
