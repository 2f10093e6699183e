using System.Diagnostics;
using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Recovery.Replication;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Areas.Recovery;

/// <summary>Keeps whole databases. Works from the maintenance database, because the others are renamed.</summary>
internal sealed class DatabaseKeeper : IKeeper
{
    private readonly OpsContext _context;
    private readonly PostgresServer _server;
    private NpgsqlConnection? _lock;

    private DatabaseKeeper(OpsContext context, PostgresServer server, NpgsqlConnection connection)
    {
        _context = context;
        _server = server;
        Connection = connection;
    }

    /// <summary>Connected to the maintenance database.</summary>
    public NpgsqlConnection Connection { get; }

    /// <summary>Opens it and has the database alone, until it is disposed.</summary>
    public static async Task<DatabaseKeeper> OpenAsync(OpsContext context, PostgresServer server, CancellationToken ct)
    {
        DatabaseKeeper keeper = await LookAsync(context, server, ct).ConfigureAwait(false);
        try
        {
            await ServerLock.TakeNameAsync(keeper.Connection, server.Settings.Database, ct).ConfigureAwait(false);
            if (await keeper.ExistsAsync(server.Settings.Database, ct).ConfigureAwait(false))
            {
                keeper._lock = await server.ConnectAsync(ct).ConfigureAwait(false);
                await ServerLock.TakeDatabaseAsync(keeper._lock, ct).ConfigureAwait(false);
            }
            return keeper;
        }
        catch
        {
            await keeper.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Opens it for reading alone, and keeps nobody away.</summary>
    public static async Task<DatabaseKeeper> LookAsync(OpsContext context, PostgresServer server, CancellationToken ct)
    {
        if (server.Settings.MaintenanceDatabase == server.Settings.Database)
            throw new OpsException("MaintenanceDatabaseNeeded", OpsErrorCategory.InvalidArgument,
                $"databases.{server.Settings.Name} is itself the maintenance database {server.Settings.Database}; a database cannot be renamed from within.",
                $"Set databases.{server.Settings.Name}.maintenanceDatabase to another one, for example template1.", server.Settings.Name);
        return new DatabaseKeeper(context, server, await server.ConnectAsync(ct, server.Settings.MaintenanceDatabase).ConfigureAwait(false));
    }

    public Task<bool> ExistsAsync(string database, CancellationToken ct) =>
        Connection.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = $1)", ct, database);

    public Task<List<Kept>> ListAsync(CancellationToken ct) => RestoreCatalog.DatabaseNotesAsync(_context, _server, Connection, ct);

    public Task DropAsync(string name, CancellationToken ct) => DropAsync(_server, Connection, name, ct);

    /// <summary>Drops a database, its sessions and subscriptions along with it. One that others are copied from must first be none any more.</summary>
    public static async Task DropAsync(PostgresServer server, NpgsqlConnection connection, string name, CancellationToken ct)
    {
        await new Subscriptions(server, connection, SilentReporter.Instance).RemoveAsync(name, ct).ConfigureAwait(false);
        if (await connection.ScalarAsync<bool>("SELECT datistemplate FROM pg_catalog.pg_database WHERE datname = $1", ct, name).ConfigureAwait(false))
            await connection.ExecuteAsync($"ALTER DATABASE {SqlName.Quote(name)} IS_TEMPLATE false", ct).ConfigureAwait(false);
        string force = connection.PostgreSqlVersion.Major >= 13 ? " WITH (FORCE)" : "";
        await connection.ExecuteAsync($"DROP DATABASE IF EXISTS {SqlName.Quote(name)}{force}", ct).ConfigureAwait(false);
    }

    /// <summary>The error for a database that stands where one shall be restored beside the live one.</summary>
    public static OpsException Exists(string name, string advice) =>
        new("DatabaseExists", OpsErrorCategory.ResourceExists, $"The server already has a database {name}.", advice, name);

    public async Task<RestoreRecord> SwitchAsync(SwitchOrder order, CancellationToken ct)
    {
        RestoreNote note = order.Note;
        string live = note.Original;
        bool exists = await ExistsAsync(live, ct).ConfigureAwait(false);
        if (exists && live != _server.Settings.Database)
            throw Exists(live, $"It was restored beside the live one and replaces nothing. Rename or drop that database, then run: {RestoreAdvice.Resume(note.Name, null)}; or give it up with: {RestoreAdvice.Undo(note.Name, null)}");
        DateTimeOffset now = _context.Time.GetUtcNow();
        string? replaced = exists ? await FreeNameAsync(now, live, ct).ConfigureAwait(false) : null;
        string? ownComment = exists ? await CommentAsync(live, ct).ConfigureAwait(false) : null;
        var subscriptions = new Subscriptions(_server, Connection, _context.Reporter);
        IReadOnlyList<string> running = exists ? await subscriptions.RunningAsync(live, ct).ConfigureAwait(false) : [];
        RestoreNote away = note with { Id = order.ChangeId, State = RestoreState.Replaced, At = now, Comment = ownComment, Subscriptions = running, NotRestored = [] };
        TimeSpan held = TimeSpan.Zero;
        await order.Step(replaced ?? "", async () =>
        {
            // Our own session in the live database would be in the way.
            if (_lock is not null) await _lock.DisposeAsync().ConfigureAwait(false);
            held = await RenameAsync(live, order.Incoming, note, replaced, away.ToJson(), order.Timeout, ct).ConfigureAwait(false);
            if (replaced is not null) await subscriptions.StopAsync(replaced, running, CancellationToken.None).ConfigureAwait(false);
            await subscriptions.StartAsync(live, note.Subscriptions, CancellationToken.None).ConfigureAwait(false);
        }).ConfigureAwait(false);
        return new RestoreRecord
        {
            Id = order.ChangeId, Kind = RestoreKind.Database, State = replaced is null ? RestoreState.Restored : RestoreState.Replaced, Name = note.Name,
            Database = live, ReplacedName = replaced, BackupId = note.BackupId, RestoredAt = now, Duration = _context.Time.GetElapsedTime(order.Started),
            SwitchDuration = held, Rows = note.Rows, Bytes = note.Bytes, Tables = note.Tables, Objects = note.Objects, Differences = note.Differences, NotRestored = note.NotRestored,
        };
    }

    public Task SettleAsync(Kept replaced, CancellationToken ct) =>
        new Subscriptions(_server, Connection, _context.Reporter).StopAsync(replaced.Name, replaced.Note?.Subscriptions ?? [], ct);

    public Task<string?> CommentAsync(string database, CancellationToken ct) => Connection.ScalarAsync<string>(
        "SELECT pg_catalog.shobj_description(oid, 'pg_database') FROM pg_catalog.pg_database WHERE datname = $1", ct, database);

    public async ValueTask DisposeAsync()
    {
        if (_lock is not null) await _lock.DisposeAsync().ConfigureAwait(false);
        await Connection.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// Both renames in one transaction. The first one waits until the live database has no sessions, and lets no new one in; meanwhile
    /// another connection ends those that there are.
    /// </summary>
    private async Task<TimeSpan> RenameAsync(string live, string incoming, RestoreNote note, string? outgoing, string outgoingNote, TimeSpan timeout, CancellationToken ct)
    {
        string away = outgoing is null ? "" : $"""
            ALTER DATABASE {SqlName.Quote(live)} RENAME TO {SqlName.Quote(outgoing)};
            COMMENT ON DATABASE {SqlName.Quote(outgoing)} IS {SqlName.Literal(outgoingNote)};
            """;
        string sql = $"""
            BEGIN; SET LOCAL lock_timeout = '10s'; {away}
            ALTER DATABASE {SqlName.Quote(incoming)} RENAME TO {SqlName.Quote(live)};
            COMMENT ON DATABASE {SqlName.Quote(live)} IS {(note.Comment is null ? "NULL" : SqlName.Literal(note.Comment))}; COMMIT;
            """;
        await using NpgsqlConnection ender = await _server.ConnectAsync(ct, _server.Settings.MaintenanceDatabase).ConfigureAwait(false);
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            long attempt = Stopwatch.GetTimestamp();
            Task rename = Connection.ExecuteAsync(sql, CancellationToken.None);
            try
            {
                while (!rename.IsCompleted)
                {
                    if (outgoing is not null) await EndSessionsAsync(ender, live).ConfigureAwait(false);
                    await Task.WhenAny(rename, Task.Delay(20, CancellationToken.None)).ConfigureAwait(false);
                }
                await rename.ConfigureAwait(false);
                return Stopwatch.GetElapsedTime(attempt);
            }
            catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.ObjectInUse or PostgresErrorCodes.LockNotAvailable)
            {
                await Connection.RollbackAsync().ConfigureAwait(false);
                if (Stopwatch.GetElapsedTime(start) < timeout && !ct.IsCancellationRequested) continue;
                ct.ThrowIfCancellationRequested();
                throw new OpsException("SwitchBlocked", OpsErrorCategory.ResourceBusy,
                    $"The database {live} could not be switched within {timeout.TotalSeconds:0} s: {e.MessageText}{(e.Detail is null ? "" : " (" + e.Detail + ")")}.",
                    RestoreAdvice.AfterBlocked(note, "what holds the database (prepared transactions too)"), live);
            }
            catch (PostgresException e)
            {
                await Connection.RollbackAsync().ConfigureAwait(false);
                throw PostgresErrors.Statement(e, $"Switching the database {live}", live);
            }
        }
    }

    private static async Task EndSessionsAsync(NpgsqlConnection connection, string database)
    {
        try
        {
            await connection.ExecuteAsync("SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE datname = $1 AND pid <> pg_catalog.pg_backend_pid()",
                CancellationToken.None, database).ConfigureAwait(false);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege) { /* the rename then tells who is left */ }
    }

    private async Task<string> FreeNameAsync(DateTimeOffset at, string live, CancellationToken ct)
    {
        for (int attempt = 0; ; attempt++)
        {
            string name = RestoreNames.Replaced(at, live, attempt);
            if (!await ExistsAsync(name, ct).ConfigureAwait(false)) return name;
        }
    }
}
