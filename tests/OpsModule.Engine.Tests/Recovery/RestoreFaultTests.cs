using System.Diagnostics;
using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Recovery;

/// <summary>After each fault: live data as it was, what is left is listed and removable, and the error says what to do.</summary>
[Collection(PostgresTenants.Name)]
public sealed class RestoreFaultTests(PostgresFixture postgres)
{
    private static readonly string[] Steps = ["stage", "structure", "data-loaded", "verified", "switch"];

    /// <summary>Every step of a tenant and of a whole database; where only a few are run, each step once and the whole database once.</summary>
    public static TheoryData<string?, string, int> Crashes => Proof.Rows(
        from tenant in (string?[])[RecoveryLab.Demo, null]
        from step in Steps
        select (tenant, step, step == "stage" ? 0 : 1), row => row.Item1 is not null || row.Item2 == "data-loaded");

    [Theory]
    [MemberData(nameof(Crashes))]
    public async Task A_server_that_is_killed_keeps_the_live_data_and_what_is_left_can_be_removed(string? tenant, string step, int staged)
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        BackupRecord backup = await lab.BackUpAsync(tenant);
        // After a crash a sequence may be ahead of where it was at the last checkpoint.
        await lab.ExecuteAsync("DELETE FROM tenant_demo.marker; CHECKPOINT");
        string live = await lab.DescribeAsync("tenant_demo");
        OpsContext context = lab.Context with { Journal = new StepJournal(lab.Context.Journal, step, postgres.CrashAsync) };

        OpsException error = await Assert.ThrowsAsync<OpsException>(() => RecoveryLab.RunAsync(context, new RestoreRequest { Backup = backup }, default));
        await postgres.StartAsync();
        Assert.NotEmpty(error.RecommendedAction);
        string undo = "Undo-OpsChange -Target database/main" + (tenant is null ? "" : "/tenant/demo");
        Assert.Contains(lab.Warnings, w => w.EndsWith(undo, StringComparison.Ordinal));

        Assert.Equal(live, await lab.DescribeAsync("tenant_demo"));
        var catalog = new RestoreCatalog(lab.Context);
        Assert.Equal(staged, (await catalog.ListAsync(null, default)).Count(r => r.State == RestoreState.Staged));
        OpsException unfinished = await RecoveryLab.FailsAsync("UnfinishedRestore", () => lab.RestoreAsync(backup));
        Assert.Contains(undo, unfinished.RecommendedAction);
        await RecoveryLab.FailsAsync("UnfinishedRestore", () => RecoveryLab.PlanAsync(lab.Context, new RestoreRequest { Backup = backup }, default));
        Assert.Equal(1, await lab.UndoUnfinishedAsync(tenant));
        Assert.Empty(await catalog.ListAsync(null, default));
        Assert.Equal(live, await lab.DescribeAsync("tenant_demo"));
        Assert.Equal(RestoreState.Replaced, (await lab.RestoreAsync(backup)).State);
        Assert.Equal(1L, await lab.ScalarAsync<long>("SELECT count(*) FROM tenant_demo.marker"));
    }

    [Fact]
    public async Task A_full_disk_ends_the_restore_and_leaves_nothing()
    {
        using var disk = new Tmpfs(48);
        await Process.Start("chown", ["postgres", disk.Path]).WaitForExitAsync();
        // A server of its own: one whose disk goes away under it can make no checkpoint and no database any more, for anybody.
        var server = new PostgresFixture();
        await server.InitializeAsync();
        try
        {
            const string space = "small";
            await server.ExecuteAsync("postgres", $"CREATE TABLESPACE {space} LOCATION '{disk.Path}'");
            using RecoveryLab lab = await RecoveryLab.CreateAsync(server);
            // Room for the live rows, and for the restored ones beside them only when the filler goes.
            await lab.ExecuteAsync($"""
                CREATE TABLE tenant_demo.big (i int, t text) TABLESPACE {space}; INSERT INTO tenant_demo.big SELECT i, repeat(md5(i::text), 10) FROM generate_series(1, 30000) i;
                CREATE TABLE public.filler (t text) TABLESPACE {space}; ALTER TABLE public.filler ALTER t SET STORAGE EXTERNAL;
                """);
            BackupRecord backup = await lab.BackUpAsync();
            await lab.ExecuteAsync("DELETE FROM tenant_demo.marker");
            string live = await lab.DescribeAsync("tenant_demo");

            // Somebody else takes the room while the restore is at work.
            OpsContext context = lab.Context with
            {
                Journal = new StepJournal(lab.Context.Journal, "structure",
                    () => lab.ExecuteAsync("INSERT INTO public.filler SELECT repeat(md5(i::text), 200) FROM generate_series(1, 4500) i")),
            };
            OpsException error = await RecoveryLab.FailsAsync("DiskTooFull", () => RecoveryLab.RunAsync(context, new RestoreRequest { Backup = backup }, default));
            Assert.Contains("No space left on device", error.Message);
            Assert.Contains("Free space", error.RecommendedAction);
            Assert.Equal(live, await lab.DescribeAsync("tenant_demo"));
            Assert.Equal(["public", "tenant_demo"], await lab.SchemasAsync());
            Assert.Empty(lab.Context.Journal.FindUnfinished());

            await lab.ExecuteAsync("DROP TABLE public.filler");
            Assert.Equal(RestoreState.Replaced, (await lab.RestoreAsync(backup)).State);
            Assert.Equal(1L, await lab.ScalarAsync<long>("SELECT count(*) FROM tenant_demo.marker"));
        }
        finally { await server.DisposeAsync(); }
    }

    [Fact]
    public async Task Cancelled_while_the_server_computes_the_restore_ends_its_sessions_and_leaves_nothing()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        // Its index takes ten minutes once the setting is on.
        await lab.ExecuteAsync($"""
            CREATE FUNCTION tenant_demo.slow(i int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN IF current_setting(''ops.slow'', true) = ''on'' THEN PERFORM pg_catalog.pg_sleep(600); END IF; RETURN i; END';
            CREATE INDEX slow_index ON tenant_demo.marker (tenant_demo.slow(version));
            """);
        BackupRecord backup = await lab.BackUpAsync();
        await lab.ExecuteAsync($"ALTER DATABASE {lab.Database} SET ops.slow = 'on'");
        using var stop = new CancellationTokenSource();
        Task<RestoreRecord> restore = RecoveryLab.RunAsync(lab.Context, new RestoreRequest { Backup = backup }, stop.Token);
        while (await lab.ScalarAsync<long>("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep' AND application_name LIKE 'OpsModule 2%'") == 0)
        {
            Assert.False(restore.IsCompleted);
            await Task.Delay(20);
        }
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => restore);
        Assert.Equal("The restore of database main, tenant demo was stopped; what it had staged was removed, and the live data is as it was.", Assert.Single(lab.Warnings));
        Assert.Equal(["public", "tenant_demo"], await lab.SchemasAsync());
        Assert.Empty(lab.Context.Journal.FindUnfinished());
    }

    [Fact]
    public async Task What_cannot_be_removed_in_time_is_told_with_the_command_that_removes_it()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        BackupRecord backup = await lab.BackUpAsync();
        await using NpgsqlConnection holder = await lab.OpenAsync();
        NpgsqlTransaction? held = null;
        async Task HoldAsync()
        {
            string stage = (await lab.SchemasAsync()).Single(s => s.StartsWith("ops_stage_", StringComparison.Ordinal));
            held = await holder.BeginTransactionAsync();
            await new NpgsqlCommand($"LOCK TABLE {stage}.marker IN ACCESS SHARE MODE", holder, held).ExecuteNonQueryAsync();
            throw new OpsException("Fault", OpsErrorCategory.NotSpecified, "A fault.", "None.");
        }
        OpsContext context = lab.Context with { Journal = new StepJournal(lab.Context.Journal, "data-loaded", HoldAsync) };
        await RecoveryLab.FailsAsync("Fault", () => RecoveryLab.RunAsync(context, new RestoreRequest { Backup = backup, CleanUpPatience = TimeSpan.FromSeconds(1) }, default));
        Assert.Contains("Undo-OpsChange -Target database/main/tenant/demo", Assert.Single(lab.Warnings));
        await held!.RollbackAsync();
        Assert.Equal(1, await lab.UndoUnfinishedAsync(RecoveryLab.Demo));
        Assert.Equal(["public", "tenant_demo"], await lab.SchemasAsync());
    }

    [Fact]
    public async Task What_the_server_refuses_or_ends_is_told_in_our_words()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        BackupRecord backup = await lab.BackUpAsync();
        var ending = new StepJournal(lab.Context.Journal, "data-loaded",
            () => lab.ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'OpsModule' AND pid <> pg_backend_pid()"));
        await RecoveryLab.FailsAsync("DatabaseUnreachable", () => RecoveryLab.RunAsync(lab.Context with { Journal = ending }, new RestoreRequest { Backup = backup }, default));
        Assert.Equal(["public", "tenant_demo"], await lab.SchemasAsync());

        // The restored rows refer to a row of a live table that is gone.
        await lab.ExecuteAsync("SET session_replication_role = replica; DELETE FROM public.countries WHERE id = 5");
        OpsException refused = await RecoveryLab.FailsAsync("StatementFailed", () => lab.RestoreAsync(backup));
        Assert.Contains("violates foreign key constraint", refused.Message);
        Assert.Equal(["public", "tenant_demo"], await lab.SchemasAsync());
        Assert.Empty(lab.Context.Journal.FindUnfinished());
    }
}
