using System.Diagnostics;
using Npgsql;
using OpsModule.Connections.Vaults;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Backups;

[Collection(PostgresCollection.Name)]
public sealed class BackupFaultTests(PostgresFixture postgres)
{
    private static Task<DatabaseSettings>? _slow;


    private const string WaitingForTable = "wait_event_type = 'Lock' AND query LIKE 'LOCK TABLE%'";

    [Fact]
    public async Task A_table_that_is_loaded_anew_all_the_time_is_never_in_a_backup_without_rows()
    {
        DatabaseSettings database = await postgres.CreateDatabaseAsync("tenant_{tenant}");
        await postgres.ExecuteAsync(database.Database, "CREATE TABLE public.reloaded (i int); INSERT INTO public.reloaded SELECT generate_series(1, 100); CREATE TABLE public.other (i int)");
        using var lab = new BackupLab(database);
        using var stop = new CancellationTokenSource();
        Task reloading = Task.Run(async () =>
        {
            for (; !stop.IsCancellationRequested; await Task.Delay(100))
                await postgres.ExecuteAsync(database.Database, "BEGIN; TRUNCATE public.reloaded; INSERT INTO public.reloaded SELECT generate_series(1, 100); COMMIT");
        });
        try
        {
            for (int i = 0; i < 6; i++)
            {
                try { Assert.Equal(100, (await lab.BackUpAsync()).Single().Tables.Single(t => t.Table == "reloaded").Rows); }
                catch (OpsException e) when (e.ErrorId == "TablesRewritten") { /* on a machine that is slow enough */ }
            }
        }
        finally
        {
            await stop.CancelAsync();
            await reloading;
        }
    }

    [Fact]
    public async Task A_wrong_password_is_refused_with_what_to_check()
    {
        DatabaseSettings database = await postgres.CreateDatabaseAsync() with { Password = new SecretReference("wrong", "/") };
        using var lab = new BackupLab(database);
        OpsException error = await Assert.ThrowsAsync<OpsException>(() => lab.BackUpAsync());
        Assert.Equal("DatabaseLoginRefused", error.ErrorId);
        Assert.Contains("the password that databases.main holds", error.RecommendedAction);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_unreachable()
    {
        DatabaseSettings database = await postgres.CreateDatabaseAsync() with { Port = FreePorts.Take() };
        using var lab = new BackupLab(database);
        Assert.Equal("DatabaseUnreachable", (await Assert.ThrowsAsync<OpsException>(() => lab.BackUpAsync())).ErrorId);
    }

    [Fact]
    public async Task A_dump_that_is_killed_leaves_no_backup()
    {
        using BackupLab lab = await SlowLabAsync();
        Task<IReadOnlyList<BackupRecord>> run = lab.BackUpAsync();
        int pid = await DumpProcessAsync(lab.Database.Database, run);
        Process.GetProcessById(pid).Kill();
        await AssertFailedAsync(lab, run, "DumpFailed", "signal 9");
    }

    [Fact]
    public async Task A_server_that_ends_the_session_leaves_no_backup()
    {
        using BackupLab lab = await SlowLabAsync();
        Task<IReadOnlyList<BackupRecord>> run = lab.BackUpAsync();
        // The server itself waits for the copying to begin: asked from here, it may be over before the answer.
        await postgres.ExecuteAsync("postgres", $"""
            DO $$ BEGIN
                WHILE clock_timestamp() < now() + interval '25 seconds' LOOP
                    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{lab.Database.Database}' AND state = 'active' AND query LIKE 'COPY%';
                    EXIT WHEN FOUND;
                    PERFORM pg_stat_clear_snapshot(), pg_sleep(0.002);
                END LOOP;
            END $$
            """);
        await AssertFailedAsync(lab, run, "DumpFailed", "pg_dump");
    }

    [Fact]
    public async Task Cancelling_leaves_no_backup_and_no_process()
    {
        using BackupLab lab = await SlowLabAsync();
        using var stop = new CancellationTokenSource();
        Task<IReadOnlyList<BackupRecord>> run = lab.BackUpAsync(cancellationToken: stop.Token);
        int pid = await DumpProcessAsync(lab.Database.Database, run);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.Throws<ArgumentException>(() => Process.GetProcessById(pid));
        await AssertCleanAsync(lab);
    }

    [Fact]
    public async Task Two_backups_of_one_target_do_not_race()
    {
        using BackupLab lab = await LabAsync();
        // A lock on a table holds the first one up for as long as it takes.
        await using NpgsqlConnection holder = await postgres.OpenAsync(lab.Database.Database);
        await using NpgsqlTransaction transaction = await holder.BeginTransactionAsync();
        await new NpgsqlCommand("LOCK TABLE other", holder, transaction).ExecuteNonQueryAsync();
        Task<IReadOnlyList<BackupRecord>> first = lab.BackUpAsync();
        await WaitForAsync(lab.Database.Database, WaitingForTable, first);
        OpsException error = await Assert.ThrowsAsync<OpsException>(() => lab.BackUpAsync());
        Assert.Equal("TargetLocked", error.ErrorId);
        Assert.Contains(Environment.ProcessId.ToString(), error.Message);
        await transaction.RollbackAsync();
        await first;
        Assert.Single(await lab.ListAsync());
    }

    [Fact]
    public async Task A_table_that_is_dropped_while_the_dump_waits_for_it_is_an_error_and_no_half_backup()
    {
        using BackupLab lab = await LabAsync();
        await using NpgsqlConnection dropper = await postgres.OpenAsync(lab.Database.Database);
        await using NpgsqlTransaction transaction = await dropper.BeginTransactionAsync();
        await new NpgsqlCommand("DROP TABLE other", dropper, transaction).ExecuteNonQueryAsync();
        Task<IReadOnlyList<BackupRecord>> run = lab.BackUpAsync();
        await WaitForAsync(lab.Database.Database, WaitingForTable, run);
        await transaction.CommitAsync();
        // pg_dump saw the table, waited for its lock and found it gone: that is an error, and never half a backup.
        await AssertFailedAsync(lab, run, "DumpFailed", "other");
    }

    private static async Task AssertFailedAsync(BackupLab lab, Task run, string errorId, string text)
    {
        OpsException error = await Assert.ThrowsAsync<OpsException>(() => run);
        Assert.Equal(errorId, error.ErrorId);
        Assert.Contains(text, error.Message);
        Assert.NotEmpty(error.RecommendedAction);
        await AssertCleanAsync(lab);
    }

    private static async Task AssertCleanAsync(BackupLab lab)
    {
        Assert.Empty(await lab.ListAsync());
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(lab.Folder, "local"), "*", SearchOption.AllDirectories));
        Assert.Empty(lab.Context.Journal.FindUnfinished());
    }

    private async Task<int> DumpProcessAsync(string database, Task run)
    {
        // The dump is under way when its session copies rows; the process is found by what it was started with.
        await WaitForAsync(database, "query LIKE 'COPY%'", run);
        return Process.GetProcessesByName("pg_dump").First(p => File.ReadAllText($"/proc/{p.Id}/environ").Contains("PGDATABASE=" + database, StringComparison.Ordinal)).Id;
    }

    private async Task WaitForAsync(string database, string condition, Task run)
    {
        await using NpgsqlConnection connection = await postgres.OpenAsync("postgres");
        await using var command = new NpgsqlCommand($"SELECT count(*) FROM pg_stat_activity WHERE datname = '{database}' AND {condition}", connection);
        while ((long)(await command.ExecuteScalarAsync())! == 0)
        {
            Assert.False(run.IsCompleted, "the dump ended before it could be interfered with");
            await Task.Delay(10);
        }
    }

    private async Task<BackupLab> LabAsync()
    {
        DatabaseSettings database = await postgres.CreateDatabaseAsync();
        await postgres.ExecuteAsync(database.Database, "CREATE TABLE other AS SELECT 1 AS x");
        return new BackupLab(database);
    }

    /// <summary>Enough rows that their dump can be interfered with; made once, and copied.</summary>
    private async Task<BackupLab> SlowLabAsync()
    {
        DatabaseSettings model = await (_slow ??= MakeSlowAsync());
        string copy = model.Database + "_" + Guid.NewGuid().ToString("N")[..8];
        await postgres.ExecuteAsync("postgres", $"CREATE DATABASE {copy} TEMPLATE {model.Database}");
        return new BackupLab(model with { Database = copy });
    }

    private async Task<DatabaseSettings> MakeSlowAsync()
    {
        DatabaseSettings database = await postgres.CreateDatabaseAsync();
        await postgres.ExecuteAsync(database.Database, "CREATE TABLE big AS SELECT i, md5(i::text) || md5((i + 1)::text) AS t FROM generate_series(1, 2500000) i");
        return database;
    }
}
