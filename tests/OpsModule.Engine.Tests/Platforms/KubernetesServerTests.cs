using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Kubernetes;
using OpsModule.Connections.Platforms.Kubernetes.Asking;
using OpsModule.Connections.Redis;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Databases;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Areas.Recovery.Drills;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Engine.Tests.Fixtures.Kubernetes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;

namespace OpsModule.Engine.Tests.Platforms;

/// <summary>
/// A database and a cache that are services on Kubernetes. The API server is a fake, programs in pods really run, on this machine, through the real kubectl.
/// Port-forward the fake does not speak: a stand-in for it says that the port is open, and ends when kubectl would.
/// </summary>
[Collection(PostgresCollection.Name)]
public sealed class KubernetesServerTests : IDisposable
{
    private readonly PostgresFixture _postgres;
    private readonly KubeLab _kube = new();

    public KubernetesServerTests(PostgresFixture postgres)
    {
        _postgres = postgres;
        foreach (string name in new[] { "db", "cache" })
        {
            System.Text.Json.Nodes.JsonObject set = KubeSamples.Workload("StatefulSet", name);
            _kube.Store.Add("statefulsets", set);
            _kube.Store.Add("pods", KubeSamples.Pod(name + "-0", set));
        }
    }

    private string Stopping => Path.Combine(_kube.Folder, "stop");

    public void Dispose() => _kube.Dispose();

    private Func<OpsContext, IServicePlatform> Platforms(int port)
    {
        string kubectl = Path.Combine(_kube.Folder, "kubectl");
        File.WriteAllText(kubectl, $$"""
            #!/bin/sh
            case " $* " in
            *" port-forward "*) echo "Forwarding from 127.0.0.1:{{port}} -> 1"; echo $$ > {{_kube.Folder}}/pid; while [ ! -e {{Stopping}} ]; do sleep 0.05; done
              echo "error: lost connection to pod" >&2; exit 1;;
            esac
            exec kubectl "$@"
            """);
        File.SetUnixFileMode(kubectl, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return c => new KubernetesPlatform(ServicePlatforms.SetupOf(c), new Kubectl(c.Environment.Platform) { Program = kubectl });
    }

    private OpsContext On(OpsContext context, int port) => context with
    {
        Environment = context.Environment with
        {
            Platform = new PlatformOptions { Kind = PlatformKind.Kubernetes, Kubeconfig = _kube.Kubeconfig, Context = "prod", Namespace = "shop" },
        },
        Platforms = Platforms(port),
    };

    private async Task<BackupLab> CreateAsync()
    {
        DatabaseSettings database = await _postgres.CreateDatabaseAsync();
        await _postgres.ExecuteAsync(database.Database, "CREATE TABLE t AS SELECT i AS id FROM generate_series(1, 100) i");
        var lab = new BackupLab(database with { Host = null, Service = "db" });
        lab.Context = On(lab.Context, _postgres.Port);
        return lab;
    }

    [Fact]
    public async Task A_database_is_backed_up_and_drilled_and_asked_and_no_argument_holds_its_password()
    {
        using BackupLab lab = await CreateAsync();
        BackupRecord backup = Assert.Single(await lab.BackUpAsync());
        Assert.Empty(lab.Failures);
        Assert.Contains(_kube.Api.Requests, r => r.Contains("/pods/db-0/exec") && r.Contains("command=pg_dump"));
        Assert.DoesNotContain(_kube.Api.Requests, r => r.Contains(PostgresFixture.Password));
        DrillResult drill = await new RecoveryDrill(lab.Context).RunAsync(backup, default);
        Assert.Empty(drill.Failures);
        var rows = new List<QueryRow>();
        await new DatabaseQuery(lab.Context).ReadAsync(new QueryRequest { Text = "SELECT count(*) AS n FROM t" }, rows.Add, default);
        Assert.Equal(100L, Assert.Single(rows).Values[0]);
        lab.Context.Dispose();
        await UntilGoneAsync();
    }

    [Fact]
    public async Task A_way_that_has_ended_is_told_and_opened_anew()
    {
        using BackupLab lab = await CreateAsync();
        await DatabaseServers.ResolveAsync(lab.Context, "main", default);
        string first = File.ReadAllText(Path.Combine(_kube.Folder, "pid"));
        await DatabaseServers.ResolveAsync(lab.Context, "main", default);
        Assert.Equal(first, File.ReadAllText(Path.Combine(_kube.Folder, "pid")));
        Assert.Empty(lab.Reporter.Warnings);
        File.WriteAllText(Stopping, "");
        await UntilGoneAsync();
        File.Delete(Stopping);
        await DatabaseServers.ResolveAsync(lab.Context, "main", default);
        Assert.Contains("has ended: error: lost connection to pod. Another one is opened.", Assert.Single(lab.Reporter.Warnings));
        // It writes its number when it gets the processor.
        for (int attempt = 0; attempt < 400 && File.ReadAllText(Path.Combine(_kube.Folder, "pid")) == first; attempt++) await Task.Delay(50);
        Assert.NotEqual(first, File.ReadAllText(Path.Combine(_kube.Folder, "pid")));
        lab.Context.Dispose();
        await UntilGoneAsync();
    }

    [Fact]
    public async Task A_database_whose_pod_does_not_run_is_an_error()
    {
        using BackupLab lab = await CreateAsync();
        _kube.Store.Remove("pods", "db-0");
        Assert.Equal("ServiceNotRunning", (await Assert.ThrowsAsync<OpsException>(() => DatabaseServers.ResolveAsync(lab.Context, "main", default))).ErrorId);
    }

    [Fact]
    public async Task A_cache_is_reached()
    {
        var redis = new RedisFixture();
        await redis.InitializeAsync();
        try
        {
            using OpsContext context = On(_kube.Context() with
            {
                Environment = _kube.Context().Environment with { Caches = new Dictionary<string, CacheSettings> { ["main"] = new() { Name = "main", Service = "cache", Port = 6379 } } },
            }, redis.OpenPort);
            RedisServer server = await CacheServers.ResolveAsync(context, null, default);
            Assert.Equal(("127.0.0.1", redis.OpenPort), (server.Host, server.Port));
            using RedisConnection connection = await server.ConnectAsync(default);
        }
        finally { await redis.DisposeAsync(); }
    }

    [Theory]
    [InlineData("a plain value", "a plain value")]
    [InlineData("it's \"quoted\" $HOME `id` \\n \\", "it's \"quoted\" $HOME `id` \\n \\")]
    [InlineData("a=b=c ", "a=b=c ")]
    public async Task Variables_reach_a_program_in_a_pod_to_the_letter_and_its_input_is_whole(string value, string expected)
    {
        using var platform = Platforms(1)(On(_kube.Context(), 1));
        ServiceInstance pod = (await platform.ListAsync(["db"], default)).Single().Instances[0];
        ProgramCall call = platform.ProgramIn(pod, new ProgramCall("sh", "-c", "printf '%s|' \"$A_VALUE\"; cat")
        {
            Environment = new Dictionary<string, string?> { ["A_VALUE"] = value, ["GONE"] = null },
        });
        Assert.DoesNotContain(call.Arguments, a => a.Contains(value));
        Assert.Equal(expected + "|first\n\nsecond", await ProgramRunner.RunAsync(call, "first\n\nsecond", default));
        Assert.Equal("VariableUnsupported", Assert.Throws<OpsException>(() => platform.ProgramIn(pod,
            new ProgramCall("true") { Environment = new Dictionary<string, string?> { ["A"] = "b\nPATH=/x" } })).ErrorId);
    }

    /// <summary>The stand-in's process, and so kubectl's, is gone.</summary>
    private async Task UntilGoneAsync()
    {
        string pid = File.ReadAllText(Path.Combine(_kube.Folder, "pid")).Trim();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (Directory.Exists($"/proc/{pid}") && !File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ")) await Task.Delay(20, limit.Token);
    }
}
