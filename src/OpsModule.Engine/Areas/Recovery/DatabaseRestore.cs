using System.Text;
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
/// Builds a whole database beside the live one, and compares it with the manifest. Then both can be renamed; sessions are ended for that moment only.
/// </summary>
internal sealed class DatabaseRestore(OpsContext context, RestoreRequest request, PostgresServer server)
{
    private readonly BackupRecord _backup = request.Backup;
    private readonly RestoreProgress _progress = new(context, RestoreProgress.Of(request.DatabaseName, null), request.Backup.StoredBytes);

    /// <summary>Reads the backup's table of contents, looks whether the restore could be made, and at what would become of live tables.</summary>
    /// <param name="counted">Whether live rows are counted, table by table.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<RestoreLook> LookAsync(bool counted, CancellationToken ct)
    {
        await using DatabaseKeeper keeper = await DatabaseKeeper.LookAsync(context, server, ct).ConfigureAwait(false);
        await using RestoreSource source = await OpenAsync(null, ct).ConfigureAwait(false);
        LoadingRole role = await CheckAsync(keeper, source, ct).ConfigureAwait(false);
        string name = request.As ?? server.Settings.Database;
        bool replaces = request.As is null && await keeper.ExistsAsync(name, ct).ConfigureAwait(false);
        IReadOnlyDictionary<(string Schema, string Table), long> live = new Dictionary<(string, string), long>();
        if (replaces && counted)
        {
            await using NpgsqlConnection connection = await server.ConnectAsync(ct).ConfigureAwait(false);
            live = await PlannedChanges.CountAsync(connection, null, ct).ConfigureAwait(false);
        }
        return new RestoreLook(await DatabaseIdentities.OfDatabaseAsync(keeper.Connection, name, ct).ConfigureAwait(false), name, replaces, role.Words,
            counted ? PlannedChanges.Compare(_backup.Tables, live) : []);
    }

    /// <summary>Everything up to the switch.</summary>
    /// <param name="build">What is built.</param>
    /// <param name="keeper">Has the database alone.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<RestoreNote> BuildAsync(RestoreBuild build, DatabaseKeeper keeper, CancellationToken ct)
    {
        await using RestoreSource source = await OpenAsync(_progress, ct).ConfigureAwait(false);
        if (build.IsChecked) new Preflight(server, keeper.Connection, _backup, source.Scope).CheckArchive();
        else await CheckAsync(keeper, source, ct).ConfigureAwait(false);
        try { return await FillAsync(build, keeper, source, ct).ConfigureAwait(false); }
        finally { _progress.Close(); }
    }

    private async Task<RestoreNote> FillAsync(RestoreBuild build, DatabaseKeeper keeper, RestoreSource source, CancellationToken ct)
    {
        string stage = build.Stage;
        RestoreNote note = await CreateAsync(keeper, source, build, ct).ConfigureAwait(false);
        PostgresServer worker = server.Named(AbandonedRestore.SessionName(build.ChangeId));
        var database = new DatabaseBuild(worker, _backup, source, stage, request.Connections)
        {
            AllowIncomplete = request.AllowIncomplete,
            Fewer = ConnectionRoom.Told(context.Reporter),
            Loading = server.Settings.RestoreUser is null ? null : server.ForRestoring().Named(worker.ApplicationName),
        };
        IReadOnlyList<TableDigest> loaded = await database.RunAsync(build.Reached, null, ct).ConfigureAwait(false);
        await new DatabaseStatistics(server, stage, context.Reporter).GatherAsync(ct).ConfigureAwait(false);
        var check = new CatalogueCheck(context, _backup, source.Scope);
        CatalogueVerdict verdict = new KnownDifferences(database.NotRestored, [])
            .Without(await check.OfDatabaseAsync(server, stage, itself: true, ct).ConfigureAwait(false));
        check.Judge(verdict, request.AllowDifferences);
        note = note.With(verdict) with
        {
            Complete = true, Rows = loaded.Sum(t => t.Rows), Bytes = loaded.Sum(t => t.Bytes), Tables = loaded.Count,
            NotRestored = database.NotRestored,
        };
        if (note.NotRestored.Count > 0)
            context.Reporter.Warning($"The restore is incomplete. The server refused to make: {SparedObjects.Describe(note.NotRestored)}.");
        await keeper.Connection.ExecuteAsync($"COMMENT ON DATABASE {SqlName.Quote(stage)} IS {SqlName.Literal(note.ToJson())}", ct).ConfigureAwait(false);
        return note;
    }

    private Task<RestoreSource> OpenAsync(RestoreProgress? progress, CancellationToken ct) =>
        RestoreSource.OpenAsync(context, _backup, null, progress, ct, request.NoTablespaces);

    private async Task<LoadingRole> CheckAsync(DatabaseKeeper keeper, RestoreSource source, CancellationToken ct)
    {
        if (request.As is { } name && Encoding.UTF8.GetByteCount(name) > SqlName.MaxBytes)
            throw new OpsException("NameTooLong", OpsErrorCategory.InvalidArgument,
                $"-As {name} has {Encoding.UTF8.GetByteCount(name)} bytes; PostgreSQL keeps {SqlName.MaxBytes} of a name.", "Choose a shorter name.", name);
        if (request.As is { } other && await keeper.ExistsAsync(other, ct).ConfigureAwait(false))
            throw DatabaseKeeper.Exists(other, "Choose another name for -As.");
        var preflight = new Preflight(server, keeper.Connection, _backup, source.Scope);
        await preflight.CheckDatabaseAsync(request.As is null ? context.Reporter : null, ct).ConfigureAwait(false);
        return await LoadingRole.CheckAsync(server, keeper.Connection, preflight, source.Scope, context.Reporter, ct).ConfigureAwait(false);
    }

    private async Task<RestoreNote> CreateAsync(DatabaseKeeper keeper, RestoreSource source, RestoreBuild build, CancellationToken ct)
    {
        string stage = build.Stage;
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
            Id = build.ChangeId, State = RestoreState.Staged, Name = request.DatabaseName, Database = live, Original = request.As ?? live, BackupId = _backup.Id, At = context.Time.GetUtcNow(),
            Comment = await keeper.CommentAsync(exists ? live : stage, ct).ConfigureAwait(false),
        };
        await keeper.Connection.ExecuteAsync($"COMMENT ON DATABASE {SqlName.Quote(stage)} IS {SqlName.Literal(note.ToJson())}", ct).ConfigureAwait(false);
        return note;
    }
}
