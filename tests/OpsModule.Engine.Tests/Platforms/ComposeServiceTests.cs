using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Vaults;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Platforms;

/// <summary>A database that is a service on a Docker engine: pg_dump runs inside its container.</summary>
[Collection(DockerCollection.Name)]
public sealed class ComposeServiceTests(DockerFixture docker)
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_service_is_backed_up_inside_its_container_whether_its_port_is_published_or_not(bool publish)
    {
        using BackupLab lab = Lab(publish ? "published" : "hidden");
        string id = await docker.RunPostgresAsync(lab.Context.Environment.Platform.Project!, "postgres", publish);
        await PsqlAsync(id, "CREATE TABLE t AS SELECT i, md5(i::text) FROM generate_series(1, 5000) i; CREATE SCHEMA tenant_demo; CREATE TABLE tenant_demo.t (x int)");
        BackupRecord full = Assert.Single(await lab.BackUpAsync());
        Assert.Equal(5000, full.Tables.Single(t => t.Schema == "public").Rows);
        Assert.True((await new BackupTester(lab.Context).TestAsync(full, BackupTestLevel.Structure, default)).Passed);
        Assert.Equal("demo", Assert.Single(await lab.BackUpAsync(new BackupRequest { Tenants = ["*"] })).Tenant);
        await DockerFixture.DockerAsync("rm", "-f", id);
        Assert.Equal("ServiceNotRunning", (await Assert.ThrowsAsync<OpsException>(() => lab.BackUpAsync())).ErrorId);
    }

    [Fact]
    public async Task A_backup_that_is_cancelled_leaves_no_dump_running_in_the_container()
    {
        using BackupLab lab = Lab("cancelled");
        string id = await docker.RunPostgresAsync("cancelled", "postgres", publish: true);
        await PsqlAsync(id, "CREATE TABLE t AS SELECT i, md5(i::text) || md5((i+1)::text) AS v FROM generate_series(1, 2000000) i");
        using var stop = new CancellationTokenSource();
        Task<IReadOnlyList<BackupRecord>> run = lab.BackUpAsync(cancellationToken: stop.Token);
        while (!(await PsqlAsync(id, "SELECT query FROM pg_stat_activity")).Contains("COPY public.t")) Assert.False(run.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.Empty(await lab.ListAsync());
        for (int i = 0; i < 200 && (await DockerFixture.DockerAsync("exec", id, "ps")).Contains("pg_dump"); i++) await Task.Delay(50);
        Assert.DoesNotContain("pg_dump", await DockerFixture.DockerAsync("exec", id, "ps"));
    }

    [Fact]
    public async Task A_one_off_container_of_the_service_is_not_the_service()
    {
        using BackupLab lab = Lab("oneoff");
        string id = await docker.RunPostgresAsync("oneoff", "postgres", publish: true, oneOff: "True");
        Assert.Equal("ServiceNotRunning", (await Assert.ThrowsAsync<OpsException>(() => lab.BackUpAsync())).ErrorId);
        await DockerFixture.DockerAsync("rm", "-f", id);
    }

    private static Task<string> PsqlAsync(string container, string sql) =>
        DockerFixture.DockerAsync("exec", "-e", "PGPASSWORD=" + DockerFixture.Password, container, "psql", "-h", "127.0.0.1", "-U", "postgres", "-Atc", sql);

    private static BackupLab Lab(string project)
    {
        var lab = new BackupLab(new DatabaseSettings
        {
            Name = "main", Service = "postgres", Database = "postgres", User = "postgres", TenantSchema = "tenant_{tenant}",
            Password = new SecretReference(DockerFixture.Password, "/"),
        });
        lab.Context = lab.Context with
        {
            Environment = lab.Context.Environment with { Platform = new PlatformOptions { Kind = PlatformKind.Compose, Project = project } },
        };
        return lab;
    }
}
