using System.Text;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Docker;
using OpsModule.Engine.Access;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Platforms;

/// <summary>What a real Docker engine says of containers, as services.</summary>
[Collection(DockerCollection.Name)]
public sealed class DockerPlatformTests
{
    [Fact]
    public async Task A_service_is_its_containers_with_image_ports_and_log_driver()
    {
        using var lab = new ServiceLab();
        string id = await lab.RunAsync("api", DockerFixture.Stay, "-p", "127.0.0.1::4000", "--expose", "4001/udp", "--log-opt", "max-size=10m", "--log-opt", "max-file=3");
        await lab.RunAsync("api", DockerFixture.Stay);
        await DockerFixture.DockerAsync("run", "-d", "--label", "com.docker.compose.project=" + lab.Project, "--label", "com.docker.compose.service=api",
            "--label", "com.docker.compose.oneoff=True", DockerFixture.Image, "sleep", "60");

        ServiceRecord api = Assert.Single(await lab.Platform.ListAsync(null, default));

        Assert.Equal(("api", "lab", "compose", 2, 2, ServiceState.Running), (api.Name, api.Environment, api.Kind, api.Wanted, api.Ready, api.State));
        Assert.Equal(DockerFixture.Image, api.Image);
        Assert.StartsWith("sha256:", api.ImageDigest);
        ServiceInstance first = api.Instances.Single(i => i.Id == id);
        Assert.Equal(("json-file", "10m", "3"), (first.LogKeeping!.Driver, first.LogKeeping.MaxSize, first.LogKeeping.MaxFiles));
        Assert.False(first.LogKeeping.IsUnbounded);
        ServicePort published = Assert.Single(first.Ports, p => p.Container == 4000);
        Assert.Equal(("127.0.0.1", "tcp"), (published.HostAddress, published.Protocol));
        Assert.True(published.Host > 0);
        Assert.Equal(new ServicePort(4001, "udp"), Assert.Single(first.Ports, p => p.Container == 4001));
        Assert.NotNull(first.StartedAt);
        Assert.Null(first.FinishedAt);
        Assert.Null(first.ExitCode);
        Assert.NotNull(first.Address);
        Assert.True(api.Instances.Single(i => i.Id != id).LogKeeping!.IsUnbounded);
    }

    [Fact]
    public async Task Health_goes_from_starting_to_healthy_to_unhealthy()
    {
        using var lab = new ServiceLab();
        string id = await lab.RunAsync("web", "busybox touch /tmp/well; " + DockerFixture.Stay, "--health-cmd", "ls /tmp/well", "--health-interval", "1s", "--health-retries", "1");
        ServiceRecord well = await lab.UntilAsync("web", s => s.Health != InstanceHealth.Starting);
        Assert.Equal((InstanceHealth.Healthy, ServiceState.Running), (well.Health, well.State));
        await DockerFixture.DockerAsync("exec", id, "busybox", "rm", "/tmp/well");
        ServiceRecord ill = await lab.UntilAsync("web", s => s.Health == InstanceHealth.Unhealthy);
        Assert.Equal((ServiceState.Down, 0, 1), (ill.State, ill.Ready, ill.Wanted));
    }

    [Fact]
    public async Task What_ended_badly_is_down_and_what_ended_well_is_a_job_that_is_done()
    {
        using var lab = new ServiceLab();
        await lab.RunAsync("broken", "exit 3");
        await lab.RunAsync("migrate", "exit 0");
        await lab.RunAsync("stopped", DockerFixture.Stay, "--restart", "always");
        await DockerFixture.DockerAsync("stop", "-t", "1", (await lab.FindAsync("stopped")).Instances[0].Id);

        ServiceRecord broken = await lab.UntilAsync("broken", s => s.Instances[0].State == InstanceState.Exited);
        Assert.Equal((3, ServiceState.Down, 1), (broken.Instances[0].ExitCode!.Value, broken.State, broken.Wanted));
        Assert.NotNull(broken.Instances[0].FinishedAt);
        ServiceRecord job = await lab.UntilAsync("migrate", s => s.Instances[0].State == InstanceState.Exited);
        Assert.Equal((true, ServiceState.Stopped, 0), (job.Instances[0].IsDone, job.State, job.Wanted));
        Assert.Equal(ServiceState.Down, (await lab.FindAsync("stopped")).State);
    }

    [Fact]
    public async Task A_restart_loop_counts_its_restarts()
    {
        using var lab = new ServiceLab();
        await lab.RunAsync("loop", "exit 7", "--restart", "always");
        ServiceRecord loop = await lab.UntilAsync("loop", s => s.Restarts >= 2 && s.Instances[0].State == InstanceState.Restarting);
        Assert.Equal(7, loop.Instances[0].ExitCode);
        Assert.Equal(ServiceState.Down, loop.State);
    }

    [Fact]
    public async Task What_wants_more_memory_than_it_may_have_is_told_as_out_of_memory()
    {
        using var lab = new ServiceLab();
        await lab.RunAsync("greedy", "exec busybox tail /dev/zero", "--memory", "24m", "--memory-swap", "24m");
        ServiceRecord greedy = await lab.UntilAsync("greedy", s => s.Instances[0].State == InstanceState.Exited);
        Assert.True(greedy.Instances[0].OutOfMemory);
        Assert.Equal(137, greedy.Instances[0].ExitCode);
    }

    [Fact]
    public async Task Services_of_the_compose_file_that_have_no_container_are_known_too()
    {
        using var lab = new ServiceLab("""
            services:
              api: { image: a, deploy: { replicas: 3 } }
              debug: { image: b, profiles: [debug] }
              web: { image: c }
            """);
        await lab.RunAsync("web", DockerFixture.Stay);
        Assert.Equal([("api", 3, ServiceState.Down, false), ("debug", 0, ServiceState.Stopped, true), ("web", 1, ServiceState.Running, false)],
            (await lab.Platform.ListAsync(null, default)).Select(s => (s.Name, s.Wanted, s.State, s.IsOptional)));
    }

    [Fact]
    public async Task Names_may_be_patterns_and_a_name_that_is_unknown_is_an_error_with_the_nearest()
    {
        using var lab = new ServiceLab("services: { worker-a: { image: a }, worker-b: { image: a }, api: { image: a } }");
        Assert.Equal(["worker-a", "worker-b"], (await lab.Platform.ListAsync(["worker-*"], default)).Select(s => s.Name));
        Assert.Empty(await lab.Platform.ListAsync(["nothing*"], default));
        OpsException unknown = await Assert.ThrowsAsync<OpsException>(() => lab.Platform.ListAsync(["apl"], default));
        Assert.Equal("ServiceNotFound", unknown.ErrorId);
        Assert.Contains("Did you mean api?", unknown.RecommendedAction);
    }

    [Fact]
    public async Task A_compose_file_that_cannot_be_read_costs_a_warning_only()
    {
        using var lab = new ServiceLab("services: [");
        await lab.RunAsync("web", DockerFixture.Stay);
        Assert.Equal("web", Assert.Single(await lab.Platform.ListAsync(null, default)).Name);
        Assert.Single(lab.Reporter.Warnings);
    }

    [Fact]
    public async Task Output_is_read_by_stream_tail_and_time()
    {
        using var lab = new ServiceLab();
        await lab.RunAsync("talker", "echo one; echo two >&2; sleep 1; echo three");
        ServiceInstance talker = (await lab.UntilAsync("talker", s => s.Instances[0].State == InstanceState.Exited)).Instances[0];
        var byStream = new Dictionary<bool, string> { [false] = "", [true] = "" };
        await lab.Platform.ReadLogAsync(talker, new LogRequest(), (error, bytes) =>
        {
            byStream[error] += System.Text.Encoding.UTF8.GetString(bytes.Span);
            return ValueTask.CompletedTask;
        }, default);
        Assert.Equal(("one\nthree\n", "two\n"), (byStream[false], byStream[true]));
        Assert.Equal("three\n", await lab.LogAsync(talker, new LogRequest(Tail: 1)));
        string[] stamped = (await lab.LogAsync(talker, new LogRequest(Timestamps: true))).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.All(stamped, l => Assert.Matches(@"^\d{4}-\d\d-\d\dT[0-9:.]+Z (one|two|three)$", l));
        DateTimeOffset last = DateTimeOffset.Parse(stamped.Single(l => l.EndsWith("three")).Split(' ')[0]);
        Assert.Equal("three\n", await lab.LogAsync(talker, new LogRequest(Since: last.AddMilliseconds(-200))));
        Assert.DoesNotContain("three", await lab.LogAsync(talker, new LogRequest(Until: last.AddMilliseconds(-200))));
    }

    [Fact]
    public async Task A_terminals_output_is_one_stream()
    {
        using var lab = new ServiceLab();
        await lab.RunAsync("terminal", "echo one; echo two >&2", "-t");
        ServiceInstance terminal = (await lab.UntilAsync("terminal", s => s.Instances[0].State == InstanceState.Exited)).Instances[0];
        Assert.True(terminal.Terminal);
        Assert.Equal("one\r\ntwo\r\n", await lab.LogAsync(terminal, new LogRequest()));
    }

    [Fact]
    public async Task Following_ends_with_the_container_and_at_once_when_it_is_cancelled()
    {
        using var lab = new ServiceLab();
        await lab.RunAsync("short", "echo begin; while ! ls /tmp/go 2>/dev/null; do sleep 0.1; done; echo end");
        await lab.RunAsync("long", "echo begin; " + DockerFixture.Stay);
        ServiceInstance brief = (await lab.FindAsync("short")).Instances[0], lasting = (await lab.FindAsync("long")).Instances[0];

        Task<string> following = lab.LogAsync(brief, new LogRequest(Follow: true));
        await DockerFixture.DockerAsync("exec", brief.Id, "busybox", "touch", "/tmp/go");
        Assert.EndsWith("end\n", await following);
        Assert.EndsWith("end\n", await lab.LogAsync(brief, new LogRequest(Follow: true)));

        using var stop = new CancellationTokenSource();
        var begun = new TaskCompletionSource();
        Task endless = lab.Platform.ReadLogAsync(lasting, new LogRequest(Follow: true), (_, _) => { begun.TrySetResult(); return ValueTask.CompletedTask; }, stop.Token);
        await begun.Task;
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => endless);
    }

    [Fact]
    public async Task What_is_gone_between_list_and_use_is_not_found()
    {
        using var lab = new ServiceLab();
        ServiceInstance gone = (await lab.RunAndFindAsync("gone", DockerFixture.Stay)).Instances[0];
        await DockerFixture.DockerAsync("rm", "-f", gone.Id);
        Assert.Equal("ContainerNotFound", (await Assert.ThrowsAsync<OpsException>(() => lab.LogAsync(gone, new LogRequest()))).ErrorId);
        Assert.Equal("ContainerNotFound", (await Assert.ThrowsAsync<OpsException>(() => lab.Platform.MeasureAsync(gone, default))).ErrorId);
        Assert.Equal("ContainerNotFound", (await Assert.ThrowsAsync<OpsException>(() => lab.ExecAsync(gone, "ls"))).ErrorId);
    }

    [Fact]
    public async Task Usage_tells_cpu_memory_and_its_limit()
    {
        using var lab = new ServiceLab();
        InstanceUsage busy = await lab.Platform.MeasureAsync((await lab.RunAndFindAsync("busy", DockerFixture.Busy, "--memory", "64m")).Instances[0], default);
        Assert.InRange(busy.CpuPercent, 1, 100.0 * Environment.ProcessorCount + 20);
        Assert.Equal(64L << 20, busy.MemoryLimitBytes);
        Assert.InRange(busy.MemoryBytes, 1, 64L << 20);
        Assert.NotNull(busy.NetworkReceivedBytes);
        Assert.True(busy.Processes >= 1);
        InstanceUsage idle = await lab.Platform.MeasureAsync((await lab.RunAndFindAsync("idle", "sleep 600", "--network", "none")).Instances[0], default);
        Assert.Null(idle.MemoryLimitBytes);
        Assert.True(idle.CpuPercent < busy.CpuPercent);
    }

    [Fact]
    public async Task Events_tell_start_death_and_health()
    {
        using var lab = new ServiceLab();
        DateTimeOffset since = DateTimeOffset.UtcNow.AddSeconds(-1);
        string id = await lab.RunAsync("eventful", "exit 5");
        await lab.UntilAsync("eventful", s => s.Instances[0].State == InstanceState.Exited);
        var events = new List<PlatformEvent>();
        await foreach (PlatformEvent happened in lab.Platform.EventsAsync(since, DateTimeOffset.UtcNow, default)) events.Add(happened);
        Assert.Equal([PlatformEventKind.Created, PlatformEventKind.Started, PlatformEventKind.Died], events.Select(e => e.Kind));
        Assert.Equal(("eventful", 5), (events[^1].Service, events[^1].ExitCode!.Value));
        Assert.Null(events[0].ExitCode);

        Assert.DoesNotContain(lab.Reporter.Warnings, w => w.Contains("remembers its last events", StringComparison.Ordinal));
        // Programs that are run in containers push everything else out.
        string busy = await lab.RunAsync("busy", DockerFixture.Stay);
        for (int i = 0; i < 90; i++) await DockerFixture.DockerAsync("exec", busy, "sh", "-c", ":");
        await foreach (PlatformEvent _ in lab.Platform.EventsAsync(since.AddHours(-2), DateTimeOffset.UtcNow, default)) { }
        Assert.Single(lab.Reporter.Warnings, w => w.Contains("remembers its last events alone", StringComparison.Ordinal));

        using var stop = new CancellationTokenSource();
        Task<PlatformEvent> next = Task.Run(async () =>
        {
            await foreach (PlatformEvent happened in lab.Platform.EventsAsync(DateTimeOffset.UtcNow, null, stop.Token))
                if (happened.Kind == PlatformEventKind.Removed) return happened;
            throw new InvalidOperationException();
        });
        while (!next.IsCompleted)
        {
            // The first removals may come before somebody listens.
            string other = await lab.RunAsync("removed", "exit 0");
            await DockerFixture.DockerAsync("rm", "-f", other);
        }
        Assert.Equal("removed", (await next).Service);
    }

    [Fact]
    public async Task What_streams_may_take_longer_than_the_engine_may_for_an_answer()
    {
        using var lab = new ServiceLab();
        using var platform = new DockerPlatform(ServicePlatforms.SetupOf(lab.Context), new DockerEngine(DockerEndpoint.Find(Environment.GetEnvironmentVariable)) { Patience = TimeSpan.FromSeconds(2) });
        await lab.RunAsync("slow", "echo begin; sleep 5; echo end");
        ServiceInstance slow = (await lab.FindAsync("slow")).Instances[0];
        var said = new StringBuilder();
        Func<bool, ReadOnlyMemory<byte>, ValueTask> sink = (_, bytes) => { said.Append(Encoding.UTF8.GetString(bytes.Span)); return ValueTask.CompletedTask; };
        using var stop = new CancellationTokenSource();
        Task<PlatformEvent> death = Task.Run(async () =>
        {
            await foreach (PlatformEvent happened in platform.EventsAsync(DateTimeOffset.UtcNow, null, stop.Token))
                if (happened.Kind == PlatformEventKind.Died) return happened;
            throw new InvalidOperationException();
        });
        await platform.ReadLogAsync(slow, new LogRequest(Follow: true), sink, default);
        Assert.Equal("begin\nend\n", said.ToString());
        Assert.Equal("slow", (await death).Service);

        said.Clear();
        ServiceInstance box = (await lab.RunAndFindAsync("box", DockerFixture.Stay)).Instances[0];
        Assert.Equal(7, await platform.ExecuteAsync(box, new ExecuteRequest(["sh", "-c", "sleep 4; echo late; exit 7"]), sink, default));
        Assert.Equal("late\n", said.ToString());
    }

    [Fact]
    public async Task Many_follow_at_once_and_others_still_get_their_answers()
    {
        using var lab = new ServiceLab();
        await lab.RunAsync("talker", "echo begin; while ! ls /tmp/go >/dev/null 2>&1; do sleep 0.1; done; echo end");
        ServiceInstance talker = (await lab.FindAsync("talker")).Instances[0];
        Task<string>[] following = [.. Enumerable.Range(0, 24).Select(_ => lab.LogAsync(talker, new LogRequest(Follow: true)))];
        Assert.Equal(0, (await lab.ExecAsync(talker, "busybox touch /tmp/go")).ExitCode);
        Assert.All(await Task.WhenAll(following), said => Assert.Equal("begin\nend\n", said));
    }
}
