using Npgsql;
using OpsModule.Engine.Backups;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Postgres;

namespace OpsModule.Engine.Recovery;

/// <summary>
/// Restores a whole database: into a new one, compared with the manifest, then swapped by rename. Sessions are ended for that moment only.
/// </summary>
internal sealed class DatabaseRestore(OpsContext context, RestoreRequest request)
{
    private readonly long _started = context.Time.GetTimestamp();
    private readonly BackupRecord _backup = request.Backup;
    private readonly string _target = RestoreNames.Target(request.DatabaseName, null);
    private readonly RestoreProgress _progress = new(context, $"Restore database {request.DatabaseName}", request.Backup.StoredBytes);

    /// <summary>Reads the backup and the live database and says what would change.</summary>
    public async Task<RestorePlan> PlanAsync(CancellationToken ct)
    {
        PostgresServer server = await PostgresServer.ResolveAsync(context, request.DatabaseName, ct).ConfigureAwait(false);
        await using DatabaseKeeper keeper = await DatabaseKeeper.OpenAsync(context, server, ct).ConfigureAwait(false);
        await using RestoreSource source = await RestoreSource.OpenAsync(context, _backup, null, null, ct).ConfigureAwait(false);
        await CheckAsync(server, keeper, source, ct).ConfigureAwait(false);
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
        UnfinishedRestores.Refuse(context, _target);
        PostgresServer server = await PostgresServer.ResolveAsync(context, request.DatabaseName, ct).ConfigureAwait(false);
        await using DatabaseKeeper keeper = await DatabaseKeeper.OpenAsync(context, server, ct).ConfigureAwait(false);
        await using RestoreSource source = await RestoreSource.OpenAsync(context, _backup, null, _progress, ct).ConfigureAwait(false);
        await CheckAsync(server, keeper, source, ct).ConfigureAwait(false);
        await using IJournaledChange change = await context.Journal.BeginAsync(RestoreService.Action, _target, new Dictionary<string, string>
        {
            ["kind"] = nameof(RestoreKind.Database), ["name"] = request.DatabaseName, ["database"] = server.Settings.Database,
            ["as"] = request.As ?? "", ["backup"] = _backup.Id, ["store"] = _backup.Store,
        }).ConfigureAwait(false);
        string stage = RestoreNames.Stage(change.Id, request.As ?? server.Settings.Database);
        try
        {
            await change.StepAsync("staging", new Dictionary<string, string> { ["staging"] = stage }).ConfigureAwait(false);
            RestoreNote note = await CreateAsync(server, keeper, source, change.Id, stage, ct).ConfigureAwait(false);
            var build = new DatabaseBuild(server, _backup, source, stage, request.Connections);
            IReadOnlyList<TableDigest> loaded = await build.RunAsync(s => change.StepAsync(s), null, ct).ConfigureAwait(false);
            await AnalyzeAsync(server, stage, ct).ConfigureAwait(false);
            note = note with { Complete = true, Rows = loaded.Sum(t => t.Rows), Bytes = loaded.Sum(t => t.Bytes), Tables = loaded.Count };
            await keeper.Connection.ExecuteAsync($"COMMENT ON DATABASE {SqlName.Quote(stage)} IS {SqlName.Literal(note.ToJson())}", ct).ConfigureAwait(false);
            _progress.Say("Switching", 95);
            return request.As is null
                ? await keeper.SwitchAsync(change, note, stage, request.SwitchTimeout, _started, ct).ConfigureAwait(false)
                : await BesideAsync(keeper, change, note, stage, ct).ConfigureAwait(false);
        }
        catch (OpsException e) when (e.ErrorId == "SwitchBlocked")
        {
            throw; // complete and verified: it is kept for -Resume
        }
        catch (Exception e)
        {
            await GiveUpAsync(server, change, stage, e).ConfigureAwait(false);
            throw;
        }
        finally
        {
            _progress.Close();
        }
    }

    private async Task CheckAsync(PostgresServer server, DatabaseKeeper keeper, RestoreSource source, CancellationToken ct)
    {
        if (_backup.Tenant is not null)
            throw new OpsException("TenantBackup", OpsErrorCategory.InvalidArgument, $"Backup {_backup.Id} holds only the tenant {_backup.Tenant}.",
                request.As is null ? "Name a backup of the whole database." : "A tenant is restored into its database; leave out -As.", _backup.Id);
        if (request.As is { } other && await keeper.ExistsAsync(other, ct).ConfigureAwait(false))
            throw new OpsException("DatabaseExists", OpsErrorCategory.ResourceExists, $"The server already has a database {other}.", "Choose another name for -As.", other);
        await new Preflight(server, keeper.Connection, _backup, source.Scope).CheckDatabaseAsync(ct).ConfigureAwait(false);
    }

    private async Task<RestoreNote> CreateAsync(PostgresServer server, DatabaseKeeper keeper, RestoreSource source, string id, string stage, CancellationToken ct)
    {
        string live = server.Settings.Database;
        bool exists = await keeper.ExistsAsync(live, ct).ConfigureAwait(false);
        string? owner = exists
            ? await keeper.Connection.ScalarAsync<string>("SELECT pg_catalog.pg_get_userbyid(datdba)::text FROM pg_catalog.pg_database WHERE datname = $1", ct, live).ConfigureAwait(false)
            : null;
        await keeper.Connection.ExecuteAsync(DatabaseSettingsCarrier.Create(source.Scope.Header, stage, owner), ct).ConfigureAwait(false);
        if (exists) await DatabaseSettingsCarrier.FromLiveAsync(keeper.Connection, live, stage, ct).ConfigureAwait(false);
        else await DatabaseSettingsCarrier.FromArchiveAsync(keeper.Connection, source.Scope.Header, stage, ct).ConfigureAwait(false);
        var note = new RestoreNote
        {
            Id = id, State = RestoreState.Staged, Name = request.DatabaseName, Original = request.As ?? live, BackupId = _backup.Id, At = context.Time.GetUtcNow(),
            Comment = await keeper.CommentAsync(exists ? live : stage, ct).ConfigureAwait(false),
        };
        await keeper.Connection.ExecuteAsync($"COMMENT ON DATABASE {SqlName.Quote(stage)} IS {SqlName.Literal(note.ToJson())}", ct).ConfigureAwait(false);
        return note;
    }

    private async Task<RestoreRecord> BesideAsync(DatabaseKeeper keeper, IJournaledChange change, RestoreNote note, string stage, CancellationToken ct)
    {
        await change.StepAsync("switching", new Dictionary<string, string> { ["replaced"] = "" }).ConfigureAwait(false);
        await keeper.RenameBesideAsync(stage, request.As!, note.Comment, ct).ConfigureAwait(false);
        await change.CompleteAsync($"{request.As} restored from {_backup.Id}").ConfigureAwait(false);
        return new RestoreRecord
        {
            Id = change.Id, Kind = RestoreKind.Database, State = RestoreState.Restored, Name = request.DatabaseName, Database = request.As!, BackupId = _backup.Id,
            RestoredAt = context.Time.GetUtcNow(), Duration = context.Time.GetElapsedTime(_started), Rows = note.Rows, Bytes = note.Bytes, Tables = note.Tables,
        };
    }

    private static async Task AnalyzeAsync(PostgresServer server, string database, CancellationToken ct)
    {
        await using NpgsqlConnection connection = await server.ConnectAsync(ct, database).ConfigureAwait(false);
        await connection.ExecuteAsync("ANALYZE", ct).ConfigureAwait(false);
    }

    /// <summary>Takes away what was built. When that fails the change stays unfinished, so that -Undo can do it later.</summary>
    private async Task GiveUpAsync(PostgresServer server, IJournaledChange change, string stage, Exception cause)
    {
        try
        {
            await using NpgsqlConnection connection = await server.ConnectAsync(CancellationToken.None, server.Settings.MaintenanceDatabase).ConfigureAwait(false);
            if ((await RestoreCatalog.DatabaseNotesAsync(connection, CancellationToken.None).ConfigureAwait(false)).Any(k => k.Note is { State: RestoreState.Replaced } n && n.Id == change.Id)) return;
            string force = connection.PostgreSqlVersion.Major >= 13 ? " WITH (FORCE)" : "";
            await connection.ExecuteAsync($"DROP DATABASE IF EXISTS {SqlName.Quote(stage)}{force}", CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OpsException or NpgsqlException)
        {
            context.Reporter.Warning($"The staging database {stage} could not be removed ({e.Message.TrimEnd('.')}). Get-OpsRestore lists it; Restore-OpsDatabase -Undo removes it.");
            return;
        }
        await change.FailAsync((cause as OpsException)?.ErrorId ?? (cause is OperationCanceledException ? "Cancelled" : "Unexpected"), cause.Message).ConfigureAwait(false);
    }
}
