using System.Diagnostics;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Postgres;
using OpsModule.Connections.Vaults;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Areas.Recovery.Drills;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Recovery;

/// <summary>A database that is a service on a Docker engine: restored by programs inside its container, drilled in one of its image.</summary>
[Collection(DockerCollection.Name)]
public sealed partial class ContainerTests(DockerFixture docker)
{
    private static readonly string OfThisMachine = $"label={ContainerCluster.HostLabel}={Environment.MachineName}";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_tenant_and_a_whole_database_are_restored_through_the_services_container(bool publish)
    {
        using BackupLab lab = Lab(publish ? "restored" : "hidden-restored");
        string id = await StartAsync(lab, publish);
        BackupRecord tenant = (await lab.BackUpAsync(new BackupRequest { Tenants = ["demo"] })).Single(), full = (await lab.BackUpAsync()).Single();
        // What a package leaves that was half removed: nobody wants this extension, but the server cannot list any because of it.
        await DockerFixture.DockerAsync("exec", "--user", "root", id, "ln", "-s", "/nowhere", $"/usr/share/postgresql/{Path.GetFileName(Path.GetDirectoryName(Path.GetDirectoryName(PostgresTools.Locate("postgres", 0))))}/extension/halfway.control");

        await PsqlAsync(id, "shop", "DELETE FROM tenant_demo.orders WHERE i > 10");
        RestoreRecord restored = await RecoveryLab.RunAsync(lab.Context, new RestoreRequest { Backup = tenant }, default);
        Assert.Equal((RestoreState.Replaced, 3000L), (restored.State, restored.Rows));
        Assert.Equal("3000", await PsqlAsync(id, "shop", "SELECT count(*) FROM tenant_demo.orders"));

        await PsqlAsync(id, "shop", "DROP SCHEMA tenant_demo CASCADE");
        Assert.Equal(RestoreState.Replaced, (await RecoveryLab.RunAsync(lab.Context, new RestoreRequest { Backup = full }, default)).State);
        Assert.Equal("3000", await PsqlAsync(id, "shop", "SELECT count(*) FROM tenant_demo.orders"));
        foreach (RestoreRecord kept in await new RestoreCatalog(lab.Context).ListAsync(null, default)) await RecoveryLab.RemoveAsync(lab.Context, kept, default);
        Assert.Equal("0", await PsqlAsync(id, "postgres", "SELECT count(*) FROM pg_database WHERE datname LIKE 'ops_%'"));
        Assert.Empty(lab.Context.Journal.FindUnfinished());
    }

    [Fact]
    public async Task Without_server_programs_a_drill_takes_a_container_of_the_databases_image_and_leaves_none()
    {
        using BackupLab lab = Lab("drilled");
        await StartAsync(lab, publish: false);
        BackupRecord tenant = (await lab.BackUpAsync(new BackupRequest { Tenants = ["demo"] })).Single(), full = (await lab.BackUpAsync()).Single();
        // What a drill left whose process is long gone, and one of another machine.
        string stale = await SleepAsync("/nowhere/ops-drill-0.owner", Environment.MachineName), other = await SleepAsync("/nowhere/ops-drill-0.owner", "another-machine");

        foreach (BackupRecord backup in new[] { full, tenant })
        {
            DrillResult result = await new RecoveryDrill(lab.Context) { InContainer = true }.RunAsync(backup, default);
            Assert.True(result.Passed, string.Join("; ", result.Failures));
            Assert.Equal((backup.Tables.Count, backup.Tables.Sum(t => t.Rows)), (result.Tables, result.Rows));
            Assert.Contains(DockerFixture.Image, result.Where);
            Assert.Contains(result.Notes, n => n.Contains("a container of the database's own image"));
        }
        string left = await DockerFixture.DockerAsync("ps", "-aq", "--no-trunc", "--filter", "label=" + ContainerCluster.OwnerLabel);
        Assert.Equal(other, left.Trim());
        Assert.DoesNotContain(stale, left);
        await DockerFixture.DockerAsync("rm", "-f", other);
    }

    [Fact]
    public async Task A_drill_that_is_cancelled_leaves_no_container()
    {
        using BackupLab lab = Lab("cancelled-drill");
        await StartAsync(lab, publish: false);
        BackupRecord backup = (await lab.BackUpAsync()).Single();
        using var stop = new CancellationTokenSource();
        Task<DrillResult> drill = new RecoveryDrill(lab.Context) { InContainer = true }.RunAsync(backup, stop.Token);
        while ((await DockerFixture.DockerAsync("ps", "-q", "--filter", OfThisMachine)).Length == 0) Assert.False(drill.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => drill);
        Assert.Empty(await DockerFixture.DockerAsync("ps", "-aq", "--filter", OfThisMachine));
    }

    [Fact]
    public async Task The_container_of_a_drill_that_is_killed_ends_with_it()
    {
        using BackupLab lab = Lab("killed-drill");
        string id = await StartAsync(lab, publish: false);
        BackupRecord backup = (await lab.BackUpAsync()).Single();
        using Process drill = Probe.Start("container-drill", "never", lab, backup.Id, "killed-drill");
        string container = "";
        // Its assertion takes as long as nobody kills it: postgres shows what it is at.
        for (int i = 0; i < 600 && !drill.HasExited && !Asking().IsMatch(await RunningAsync(container)); i++)
        {
            await Task.Delay(100);
            container = (await DockerFixture.DockerAsync("ps", "-q", "--filter", OfThisMachine)).Trim();
        }
        Assert.False(drill.HasExited);
        string details = await DockerFixture.DockerAsync("inspect", container);
        Assert.Contains("\"NetworkMode\": \"none\"", details);
        Assert.Contains("\"ReadonlyRootfs\": true", details);
        drill.Kill();
        for (int i = 0; i < 300 && container.Length > 0; i++)
        {
            await Task.Delay(100);
            container = (await DockerFixture.DockerAsync("ps", "-aq", "--filter", OfThisMachine)).Trim();
        }
        Assert.Empty(container);
        Assert.Contains(id[..12], await DockerFixture.DockerAsync("ps", "-q"));
    }

    [Fact]
    public async Task Without_programs_and_without_an_image_a_drill_says_what_to_install()
    {
        using BackupLab lab = Lab("no-such-project");
        var backup = new BackupRecord { Id = "x", Environment = "lab", Name = "main", Key = "x", Sha256 = "", ServerVersion = "15.3" };
        OpsException error = await RecoveryLab.FailsAsync("ServerProgramsMissing", () => new RecoveryDrill(lab.Context) { InContainer = true }.RunAsync(backup, default));
        Assert.Contains("postgresql-15", error.RecommendedAction);
    }

    [System.Text.RegularExpressions.GeneratedRegex(@"(\)|\]) SELECT")]
    private static partial System.Text.RegularExpressions.Regex Asking();

    private static async Task<string> RunningAsync(string container)
    {
        if (container.Length == 0) return "";
        try { return await DockerFixture.DockerAsync("exec", container, "ps"); }
        catch (OpsException) { return ""; }
    }

    private static async Task<string> SleepAsync(string owner, string host) => (await DockerFixture.DockerAsync("run", "-d", "--label", $"{ContainerCluster.OwnerLabel}={owner}",
        "--label", $"{ContainerCluster.HostLabel}={host}", DockerFixture.Image, "sleep", "600")).Trim();

    private async Task<string> StartAsync(BackupLab lab, bool publish)
    {
        string id = await docker.RunPostgresAsync(lab.Context.Environment.Platform.Project!, "postgres", publish);
        await PsqlAsync(id, "postgres", "CREATE DATABASE shop");
        await PsqlAsync(id, "shop", """
            CREATE TABLE products AS SELECT i, 'product ' || i AS name FROM generate_series(1, 100) i; ALTER TABLE products ADD PRIMARY KEY (i);
            CREATE SCHEMA tenant_demo; CREATE TABLE tenant_demo.orders AS SELECT i, 1 + i % 100 AS product, md5(i::text) AS note FROM generate_series(1, 3000) i;
            ALTER TABLE tenant_demo.orders ADD FOREIGN KEY (product) REFERENCES products;
            """);
        return id;
    }

    private static async Task<string> PsqlAsync(string container, string database, string sql) => (await DockerFixture.DockerAsync("exec", "-e", "PGPASSWORD=" + DockerFixture.Password,
        container, "psql", "-h", "127.0.0.1", "-U", "postgres", "-d", database, "-qAtc", sql)).Trim();

    private static BackupLab Lab(string project)
    {
        var lab = new BackupLab(new DatabaseSettings
        {
            Name = "main", Service = "postgres", Database = "shop", User = "postgres", TenantSchema = "tenant_{tenant}",
            Password = new SecretReference(DockerFixture.Password, "/"),
        });
        lab.Context = OnCompose(lab.Context, project);
        return lab;
    }

    private static OpsContext OnCompose(OpsContext context, string project) => context with
    {
        Environment = context.Environment with { Platform = new PlatformOptions { Kind = PlatformKind.Compose, Project = project } },
    };
}
