using System.Data;
using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Recovery;

/// <summary>A service that goes on reading and writing while one of its tenants is restored.</summary>
[Collection(PostgresTenants.Name)]
public sealed class RunningServiceTests(PostgresFixture postgres)
{
    private const string Old = "UPDATE tenant_demo.marker SET version = 2; UPDATE tenant_demo.marker2 SET version = 2;";

    [Fact]
    public async Task Readers_see_no_error_and_no_mixture()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        BackupRecord backup = await lab.BackUpAsync();
        await lab.ExecuteAsync(Old);
        using var stop = new CancellationTokenSource();
        var seen = new System.Collections.Concurrent.ConcurrentDictionary<(int, int), int>();
        Task[] readers =
        [
            ReadAsync(lab, null, false, seen, stop.Token), ReadAsync(lab, null, true, seen, stop.Token),
            ReadAsync(lab, IsolationLevel.RepeatableRead, false, seen, stop.Token), ReadAsync(lab, IsolationLevel.RepeatableRead, true, seen, stop.Token),
            ReadAsync(lab, IsolationLevel.ReadCommitted, true, seen, stop.Token), WriteAsync(lab, stop.Token),
        ];
        RestoreRecord restore = await lab.RestoreAsync(backup, TimeSpan.FromSeconds(60));
        await RecoveryLab.UndoAsync(lab.Context, restore, TimeSpan.FromSeconds(60), default);
        await Task.Delay(200);
        await stop.CancelAsync();
        await Task.WhenAll(readers);
        Assert.Equal([(1, 1), (2, 2)], seen.Keys.Order());
    }

    [Fact]
    public async Task A_writer_that_has_read_the_referred_table_is_not_ended_for_the_foreign_key_of_a_partitioned_one()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        BackupRecord backup = await lab.BackUpAsync();
        await using NpgsqlConnection writer = await lab.OpenAsync();
        Task<RestoreRecord> restore = lab.RestoreAsync(backup, TimeSpan.FromSeconds(60));
        int met = 0;
        for (int i = 0; i < 100_000 && met < 10 && !restore.IsCompleted; i++)
        {
            await using NpgsqlTransaction transaction = await writer.BeginTransactionAsync();
            await new NpgsqlCommand("SELECT FROM public.countries FOR KEY SHARE", writer, transaction).ExecuteNonQueryAsync();
            const string Waits = "SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 'public.countries'::regclass AND NOT granted AND mode = 'AccessExclusiveLock')";
            for (int look = 0; look < 200; look++)
            {
                if (!(bool)(await new NpgsqlCommand(Waits, writer, transaction).ExecuteScalarAsync())!) continue;
                await new NpgsqlCommand($"INSERT INTO public.countries SELECT {1000 + i}, 'x'", writer, transaction).ExecuteNonQueryAsync();
                met++;
                break;
            }
            await transaction.CommitAsync();
        }
        Assert.Equal(RestoreState.Replaced, (await restore).State);
        Assert.True(met > 0);
    }

    [Fact]
    public async Task A_transaction_that_began_before_keeps_its_view_and_the_switch_waits_or_tells_who_blocks()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        BackupRecord backup = await lab.BackUpAsync();
        await lab.ExecuteAsync(Old);
        await using NpgsqlConnection old = await lab.OpenAsync();
        await using NpgsqlTransaction view = await old.BeginTransactionAsync(IsolationLevel.RepeatableRead);
        // It holds a snapshot, and no lock on any table of the tenant.
        await new NpgsqlCommand("SELECT count(*) FROM pg_class", old, view).ExecuteScalarAsync();
        OpsException error = await RecoveryLab.FailsAsync("SwitchBlocked", () => lab.RestoreAsync(backup, TimeSpan.FromSeconds(1)));
        Assert.Contains($"process {old.ProcessID} of postgres", error.Message);
        Assert.DoesNotContain("SELECT", error.Message);
        Assert.Contains("Resume-OpsChange -Target database/main/tenant/demo; or give it up with: Undo-OpsChange -Target database/main/tenant/demo", error.RecommendedAction);
        Assert.Equal(2, await new NpgsqlCommand("SELECT version FROM tenant_demo.marker", old, view).ExecuteScalarAsync());
        error = await RecoveryLab.FailsAsync("SwitchBlocked", () => lab.ResumeAsync(RecoveryLab.Demo));
        await view.CommitAsync();
        RestoreRecord record = await lab.ResumeAsync(RecoveryLab.Demo);
        Assert.Equal(RestoreState.Replaced, record.State);
        Assert.Equal(1, await lab.ScalarAsync<int>("SELECT version FROM tenant_demo.marker"));

        // An undo that is blocked is run again as an undo.
        await using NpgsqlTransaction reader = await old.BeginTransactionAsync();
        await new NpgsqlCommand("SELECT version FROM tenant_demo.marker", old, reader).ExecuteScalarAsync();
        error = await RecoveryLab.FailsAsync("SwitchBlocked", () => RecoveryLab.UndoAsync(lab.Context, record, TimeSpan.FromSeconds(1), default));
        Assert.EndsWith($"Undo-OpsRestore {record.Id}", error.RecommendedAction);
        await reader.RollbackAsync();
        await RecoveryLab.UndoAsync(lab.Context, record, TimeSpan.FromSeconds(20), default);
        Assert.Equal(2, await lab.ScalarAsync<int>("SELECT version FROM tenant_demo.marker"));
    }

    [Fact]
    public async Task Two_restores_of_the_same_tenant_do_not_meet()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres, RecoveryLab.Demo, "other");
        BackupRecord backup = await lab.BackUpAsync(), other = await lab.BackUpAsync("other");
        await using NpgsqlConnection elsewhere = await lab.OpenAsync();
        await ServerLock.TakeSchemaAsync(elsewhere, "tenant_demo", default);
        await RecoveryLab.FailsAsync("TargetLocked", () => lab.RestoreAsync(backup));
        Assert.Equal(RestoreState.Replaced, (await lab.RestoreAsync(other)).State);
        await elsewhere.CloseAsync();
        using (lab.Context.Locks.Acquire("database/main/tenant/demo", "test"))
            await RecoveryLab.FailsAsync("TargetLocked", () => lab.RestoreAsync(backup));
        Assert.Equal(RestoreState.Replaced, (await lab.RestoreAsync(backup)).State);
    }

    private static async Task ReadAsync(RecoveryLab lab, IsolationLevel? level, bool prepared, System.Collections.Concurrent.ConcurrentDictionary<(int, int), int> seen, CancellationToken stop)
    {
        await using NpgsqlConnection connection = await lab.OpenAsync();
        await using var first = new NpgsqlCommand("SELECT version FROM tenant_demo.marker", connection);
        await using var second = new NpgsqlCommand("SELECT version FROM tenant_demo.marker2", connection);
        await using var both = new NpgsqlCommand("SELECT a.version, b.version FROM tenant_demo.marker a, tenant_demo.marker2 b", connection);
        if (prepared) foreach (NpgsqlCommand command in new[] { first, second, both }) await command.PrepareAsync(CancellationToken.None);
        while (!stop.IsCancellationRequested)
        {
            if (level is null)
            {
                await using NpgsqlDataReader reader = await both.ExecuteReaderAsync(CancellationToken.None);
                Assert.True(await reader.ReadAsync(CancellationToken.None));
                seen[(reader.GetInt32(0), reader.GetInt32(1))] = 1;
                continue;
            }
            await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(level.Value, CancellationToken.None);
            (first.Transaction, second.Transaction) = (transaction, transaction);
            int a = (int)(await first.ExecuteScalarAsync(CancellationToken.None))!, b = (int)(await second.ExecuteScalarAsync(CancellationToken.None))!;
            seen[(a, b)] = 1;
            await transaction.CommitAsync(CancellationToken.None);
        }
    }

    private static async Task WriteAsync(RecoveryLab lab, CancellationToken stop)
    {
        await using NpgsqlConnection connection = await lab.OpenAsync();
        await using var insert = new NpgsqlCommand("INSERT INTO tenant_demo.events SELECT 1, '2026-01-15', 1, 'live'; INSERT INTO public.countries SELECT 100 + (SELECT count(*) FROM public.countries), 'x'", connection);
        while (!stop.IsCancellationRequested)
        {
            await insert.ExecuteNonQueryAsync(CancellationToken.None);
            await Task.Delay(5, CancellationToken.None);
        }
    }
}
