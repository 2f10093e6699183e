using System.Text;
using System.Text.Json.Nodes;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Logs;
using OpsModule.Engine.Areas.Services;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Engine.Tests.Fixtures.Kubernetes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Platforms;

/// <summary>Logs, programs, usage and events of pods, through the real kubectl.</summary>
public sealed class KubernetesStreamTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly KubeLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task The_containers_of_a_pod_are_read_in_the_order_of_their_times()
    {
        ServiceInstance pod = await PodAsync(KubeSamples.Container("app"), KubeSamples.Container("proxy"));
        Assert.Equal(["app", "proxy"], pod.Containers);
        Assert.Equal(["migrate"], pod.InitContainers);
        foreach ((string container, int second, string text) in new[] { ("migrate", 0, "migrated"), ("app", 1, "one"), ("proxy", 2, "two"), ("app", 3, "three"), ("proxy", 4, "four") })
            _lab.Api.Output.Write("pod", container, Noon.AddSeconds(second), text);
        Assert.Equal("migrated\none\ntwo\nthree\nfour\n", await _lab.LogAsync(pod, new LogRequest()));
        Assert.Equal("three\nfour\n", await _lab.LogAsync(pod, new LogRequest(Tail: 2)));
        Assert.Equal("2026-05-01T12:00:04.000000000Z four\n", await _lab.LogAsync(pod, new LogRequest(Tail: 1, Timestamps: true)));
        Assert.Equal("one\ntwo\n", await _lab.LogAsync(pod, new LogRequest(Noon.AddSeconds(0.5), Noon.AddSeconds(2))));
        Assert.Equal("", await _lab.LogAsync(pod, new LogRequest(Tail: 0)));
    }

    [Fact]
    public async Task All_containers_of_a_pod_are_followed_until_it_is_gone()
    {
        ServiceInstance pod = await PodAsync(KubeSamples.Container("app"), KubeSamples.Container("proxy"));
        _lab.Api.Output.Write("pod", "app", Noon, "before");
        _lab.Api.Output.Write("pod", "proxy", Noon.AddSeconds(2), "one");
        var read = new StringBuilder();
        await _lab.Open().ReadLogAsync(pod, new LogRequest(Noon.AddSeconds(1), Follow: true), (_, bytes) =>
        {
            string line = Encoding.UTF8.GetString(bytes.Span);
            read.Append(line);
            if (line == "one\n") _lab.Api.Output.Write("pod", "app", Noon.AddSeconds(3), "two");
            if (line == "two\n") _lab.Store.Remove("pods", "pod");
            return ValueTask.CompletedTask;
        }, default);
        Assert.Equal("one\ntwo\n", read.ToString());
    }

    [Fact]
    public async Task One_container_is_read_as_it_is_and_since_is_exact()
    {
        _lab.Store.Add("pods", KubeSamples.Pod("pod"));
        ServiceInstance pod = (await _lab.FindAsync("pod")).Instances[0];
        for (int i = 0; i < 2000; i++) _lab.Api.Output.Write("pod", "app", Noon.AddMilliseconds(i), $"line {i}");
        string[] all = (await _lab.LogAsync(pod, new LogRequest())).Split('\n');
        Assert.Equal((2001, "line 0", "line 1999"), (all.Length, all[0], all[1999]));
        Assert.Equal("line 1998\nline 1999\n", await _lab.LogAsync(pod, new LogRequest(Noon.AddMilliseconds(1998))));
    }

    [Fact]
    public async Task A_pod_that_is_gone_and_a_container_that_waits_are_told_apart()
    {
        _lab.Store.Add("pods", KubeSamples.Pod("pod").With(p => p["status"]!["containerStatuses"]![0]!["state"] = KubeSamples.Waiting("ContainerCreating")));
        ServiceInstance pod = (await _lab.FindAsync("pod")).Instances[0];
        Assert.Equal("", await _lab.LogAsync(pod, new LogRequest()));
        _lab.Store.Remove("pods", "pod");
        Assert.Equal("ContainerNotFound", (await Assert.ThrowsAsync<OpsException>(() => _lab.LogAsync(pod, new LogRequest()))).ErrorId);
        Assert.Equal("ContainerNotFound", (await Assert.ThrowsAsync<OpsException>(() => _lab.LogAsync(pod, new LogRequest(Noon, Follow: true)))).ErrorId);
        Assert.Equal("ContainerNotFound", (await Assert.ThrowsAsync<OpsException>(() => _lab.ExecAsync(pod, new ExecuteRequest(["true"])))).ErrorId);
    }

    [Fact]
    public async Task Following_goes_on_through_a_restart_of_the_service()
    {
        int started = 0;
        _lab.Api.Controllers.Started = pod => _lab.Api.Output.Write(pod, "app", DateTimeOffset.UtcNow, $"started {Interlocked.Increment(ref started)}");
        await _lab.Api.Controllers.Keep(KubeSamples.Workload("Deployment", "api", 1));
        using IServicePlatform platform = _lab.Open();
        using var stop = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var read = new List<string>();
        var reader = new LogReader(platform, _lab.Reporter, TimeProvider.System, e => throw e);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (IReadOnlyList<LogEntry> batch in reader.ReadAsync(new LogQuery { Services = ["api"], Follow = true }, stop.Token))
            {
                read.AddRange(batch.Select(e => e.Message));
                if (read[^1] == "started 1") await platform.RestartAsync(TestScope.Instance, (await platform.ListAsync(["api"], default))[0], default, default);
                if (read[^1] == "started 2") await stop.CancelAsync();
            }
        });
        Assert.Equal(["started 1", "started 2"], read);
    }

    [Fact]
    public async Task A_program_gets_its_input_and_gives_output_errors_and_exit_code()
    {
        _lab.Store.Add("pods", KubeSamples.Pod("pod"));
        ServiceInstance pod = (await _lab.FindAsync("pod")).Instances[0];
        Assert.Equal((3, "one\n", "two\n"), await _lab.ExecAsync(pod, new ExecuteRequest(["sh", "-c", "echo one; echo two >&2; exit 3"])));
        Assert.Equal((0, "HELLO", ""), await _lab.ExecAsync(pod, new ExecuteRequest(["tr", "a-z", "A-Z"], Input: new MemoryStream("hello"u8.ToArray()))));
        Assert.Equal((0, "/\n", ""), await _lab.ExecAsync(pod, new ExecuteRequest(["pwd"], WorkingDirectory: "/")));
        // A program that says what kubectl says is a program all the same.
        Assert.Equal((1, "", "command terminated with exit code 9\nand on\n"), await _lab.ExecAsync(pod, new ExecuteRequest(["sh", "-c", "echo command terminated with exit code 9 >&2; echo and on >&2; exit 1"])));
        byte[] large = Encoding.ASCII.GetBytes(new string('x', 400_000));
        Assert.Equal("400000", (await _lab.ExecAsync(pod, new ExecuteRequest(["wc", "-c"], Input: new MemoryStream(large)))).Output.Trim());
        // It ends without reading what it is given.
        Assert.Equal(0, (await _lab.ExecAsync(pod, new ExecuteRequest(["true"], Input: new MemoryStream(large)))).ExitCode);
    }

    [Fact]
    public async Task A_program_that_is_not_there_and_a_user_that_cannot_be_are_errors()
    {
        _lab.Store.Add("pods", KubeSamples.Pod("pod"));
        ServiceInstance pod = (await _lab.FindAsync("pod")).Instances[0];
        Assert.Equal("ProgramMissing", (await Assert.ThrowsAsync<OpsException>(() => _lab.ExecAsync(pod, new ExecuteRequest(["nothing-of-the-kind"])))).ErrorId);
        Assert.Equal("UserUnsupported", (await Assert.ThrowsAsync<OpsException>(() => _lab.ExecAsync(pod, new ExecuteRequest(["id"], User: "root")))).ErrorId);
        _lab.Api.Forbidden["create pods/exec"] = true;
        OpsException forbidden = await Assert.ThrowsAsync<OpsException>(() => _lab.ExecAsync(pod, new ExecuteRequest(["id"])));
        Assert.Equal("ClusterForbidden", forbidden.ErrorId);
        Assert.Contains("create pods/exec", forbidden.Message);
    }

    [Theory]
    [InlineData("printf oops >&2; exit 3", 3, "oops")]
    [InlineData("printf 'executable file not found' >&2; exit 1", 1, "executable file not found")]
    [InlineData("echo 'exec: no such file: executable file not found' >&2; exit 127", 127, "exec: no such file: executable file not found\n")]
    [InlineData("printf 'command terminated with exit code 5' >&2; exit 3", 3, "command terminated with exit code 5")]
    [InlineData("echo 'command terminated with exit code 5' >&2; exit 3", 3, "command terminated with exit code 5\n")]
    [InlineData("echo one >&2; echo error: two >&2; exit 0", 0, "one\nerror: two\n")]
    [InlineData("echo one >&2; echo Error from server two >&2; exit 0", 0, "one\nError from server two\n")]
    [InlineData("echo command terminated with exit code 9 >&2; exit 0", 0, "command terminated with exit code 9\n")]
    [InlineData("echo error: one >&2; exit 1", 1, "error: one\n")]
    public async Task What_a_program_writes_last_is_its_own_and_its_exit_code_too(string command, int exitCode, string errors)
    {
        await _lab.Api.Controllers.Keep(KubeSamples.Workload("Deployment", "api"));
        ServiceInstance pod = (await _lab.FindAsync("api")).Instances[0];
        Assert.Equal((exitCode, "", errors), await _lab.ExecAsync(pod, new ExecuteRequest(["sh", "-c", command])));
    }

    [Fact]
    public async Task Usage_is_what_the_metrics_server_measured()
    {
        await _lab.Api.Controllers.Keep(KubeSamples.Workload("Deployment", "api", 2));
        IReadOnlyList<ServiceRecord> services = await _lab.Open().ListAsync(null, default);
        string first = services[0].Instances[0].Name;
        _lab.Api.Metrics = new JsonObject
        {
            ["kind"] = "PodMetricsList", ["apiVersion"] = "metrics.k8s.io/v1beta1",
            ["items"] = new JsonArray(new JsonObject
            {
                ["metadata"] = new JsonObject { ["name"] = first }, ["window"] = "15s",
                ["containers"] = new JsonArray(Used("app", "250m", "32Mi"), Used("proxy", "1500000n", "1024Ki")),
            }),
        };
        List<ResourceUsage> usages = [];
        List<OpsException> failed = [];
        await new UsageMeter(_lab.Context()).MeasureAsync(_lab.Open(), services, usages.Add, failed.Add, default);
        ResourceUsage usage = Assert.Single(usages);
        Assert.Equal((first, 25.15, 33L * 1024 * 1024, 128L * 1024 * 1024), (usage.Instance, Math.Round(usage.CpuPercent, 3), usage.MemoryBytes, usage.MemoryLimitBytes!.Value));
        Assert.Equal("UsageNotMeasured", Assert.Single(failed).ErrorId);
        Assert.Single(_lab.Api.Requests, r => r.Contains("metrics.k8s.io"));
    }

    [Fact]
    public async Task Without_a_metrics_server_one_error_says_so()
    {
        await _lab.Api.Controllers.Keep(KubeSamples.Workload("Deployment", "api", 3));
        List<OpsException> failed = [];
        IServicePlatform platform = _lab.Open();
        await new UsageMeter(_lab.Context()).MeasureAsync(platform, await platform.ListAsync(null, default), _ => Assert.Fail("Nothing was measured."), failed.Add, default);
        Assert.Equal("MetricsUnavailable", Assert.Single(failed).ErrorId);
    }

    [Fact]
    public async Task Events_tell_of_services_and_pods_of_ends()
    {
        await _lab.Api.Controllers.Keep(KubeSamples.Workload("Deployment", "api", 1));
        string pod = (await _lab.FindAsync("api")).Instances[0].Name;
        DateTimeOffset now = DateTimeOffset.UtcNow;
        _lab.Store.Add("events", KubeSamples.Event("Unhealthy", "Pod", pod, "Readiness probe failed", now.AddMinutes(-5), "Warning", 4));
        _lab.Store.Add("events", KubeSamples.Event("ScalingReplicaSet", "Deployment", "api", "Scaled up", now.AddMinutes(-4)));
        _lab.Store.Add("events", KubeSamples.Event("Started", "Pod", pod[..pod.LastIndexOf('-')] + "-gone1", "Started container app", now.AddMinutes(-3)));
        _lab.Store.Add("events", KubeSamples.Event("ProvisioningFailed", "PersistentVolumeClaim", "data", "no class", now.AddMinutes(-2), "Warning"));
        _lab.Store.Add("events", KubeSamples.Event("Started", "Pod", pod, "long ago", now.AddHours(-2)));
        _lab.Store.Change("pods", pod, p => p["status"]!["containerStatuses"]![0]!["lastState"] = KubeSamples.Terminated(137, "OOMKilled", now.AddMinutes(-1)));
        List<PlatformEvent> all = [];
        await foreach (PlatformEvent happened in _lab.Open().EventsAsync(now.AddHours(-1), now, default)) all.Add(happened);
        Assert.Equal([(PlatformEventKind.HealthChanged, "api"), (PlatformEventKind.Other, "api"), (PlatformEventKind.Started, "api"), (PlatformEventKind.Warning, ""), (PlatformEventKind.OutOfMemory, "api")],
            all.Select(e => (e.Kind, e.Service)));
        Assert.Equal(("Unhealthy: Readiness probe failed (4 times)", "deployment/api", 137), (all[0].Message, all[1].Instance, all[4].ExitCode!.Value));
    }

    [Fact]
    public async Task Following_events_goes_on_when_the_server_ends_the_watch_and_tells_nothing_twice()
    {
        await _lab.Api.Controllers.Keep(KubeSamples.Workload("Deployment", "api", 1));
        string pod = (await _lab.FindAsync("api")).Instances[0].Name;
        void Happen(string message) => _lab.Store.Add("events", KubeSamples.Event("Started", "Pod", pod, message, DateTimeOffset.UtcNow));
        Happen("first");
        using var stop = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        List<string> read = [];
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (PlatformEvent happened in _lab.Open().EventsAsync(DateTimeOffset.UtcNow.AddMinutes(-1), null, stop.Token))
            {
                read.Add(happened.Message);
                switch (read.Count)
                {
                    case 1: Happen("second"); break;
                    case 2: _lab.Store.EndWatches(); Happen("third"); break;
                    case 3: _lab.Store.Change("pods", pod, p => p["status"]!["containerStatuses"]![0]!["lastState"] = KubeSamples.Terminated(1, "Error", DateTimeOffset.UtcNow)); break;
                    default: await stop.CancelAsync(); break;
                }
            }
        });
        Assert.Equal(["Started: first", "Started: second", "Started: third", "the container app ended with exit code 1"], read);
    }

    private static JsonObject Used(string container, string cpu, string memory) => new() { ["name"] = container, ["usage"] = new JsonObject { ["cpu"] = cpu, ["memory"] = memory } };

    private async Task<ServiceInstance> PodAsync(params JsonObject[] containers)
    {
        _lab.Store.Add("pods", KubeSamples.Pod("pod", null, containers).With(p =>
        {
            p["spec"]!["initContainers"] = new JsonArray(KubeSamples.Container("migrate"));
            p["status"]!["initContainerStatuses"] = new JsonArray(KubeSamples.Status("migrate", "example/app:1", Noon).With(s => s["state"] = KubeSamples.Terminated(0, "Completed", Noon)));
        }));
        return (await _lab.FindAsync("pod")).Instances[0];
    }
}
