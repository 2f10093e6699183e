using System.Text;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Services;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Platforms;

/// <summary>Units of a real systemd.</summary>
[Collection(DockerCollection.Name)]
public sealed class HostPlatformTests(DockerFixture docker) : IAsyncLifetime
{
    private SystemdLab _lab = null!;

    public async Task InitializeAsync()
    {
        Assert.NotNull(docker);
        _lab = await SystemdLab.StartAsync(
            ("api.service", "[Service]\nExecStart=/bin/sh -c 'echo begin; sleep 3600 & wait'\nMemoryMax=64M\nCPUAccounting=yes\nMemoryAccounting=yes\nTasksAccounting=yes\n"),
            ("loop.service", "[Unit]\nStartLimitIntervalSec=0\n[Service]\nExecStart=/bin/sh -c 'exit 7'\nRestart=always\nRestartSec=1\n"),
            ("broken.service", "[Service]\nExecStart=/bin/sh -c 'echo bad; exit 3'\n"),
            ("job.service", "[Service]\nType=oneshot\nExecStart=/bin/echo done\n"),
            ("slow.service", "[Service]\nType=oneshot\nExecStart=/bin/sleep 600\n"),
            ("refuses.service", "[Service]\nType=oneshot\nExecStart=/bin/false\n"),
            ("talker.service", "[Service]\nExecStart=/bin/cat /etc/systemd/system/talk.txt\n"),
            ("talk.txt", Talk),
            ("worker@.service", "[Service]\nExecStart=/bin/sh -c 'echo worker %i; sleep 3600 & wait'\n"));
    }

    public async Task DisposeAsync() => await _lab.DisposeAsync();

    private static string Talk { get; } = "one\n<3>two\n" + new string('x', 100_000) + "\nfour\n";

    private IServicePlatform Open(params ServiceSettings[] services) => ServicePlatforms.Open(_lab.Context(new RecordingReporter(), services));

    private static ServiceSettings Service(string name, string? unit = null) => new() { Name = name, Unit = unit };

    private static async Task<string> LogAsync(IServicePlatform platform, ServiceInstance instance, LogRequest request, bool? errors = null)
    {
        var text = new MemoryStream();
        await platform.ReadLogAsync(instance, request, (error, bytes) =>
        {
            if (errors is null || error == errors) text.Write(bytes.Span);
            return ValueTask.CompletedTask;
        }, default);
        return Encoding.UTF8.GetString(text.ToArray());
    }

    [Fact]
    public async Task A_unit_tells_how_it_is()
    {
        using IServicePlatform platform = Open(Service("api"), Service("loop"), Service("broken"), Service("job"), Service("slow"));
        await _lab.SystemctlAsync("start", "--no-block", "api", "loop", "broken", "job", "slow");
        ServiceRecord api = await SystemdLab.UntilAsync(platform, "api", s => s.State == ServiceState.Running);
        Assert.Equal(("systemd", "api.service", 1, 64L << 20), (api.Kind, api.Instances[0].Id, api.Wanted, api.Instances[0].MemoryLimitBytes!.Value));
        Assert.InRange(api.StartedAt!.Value, DateTimeOffset.UtcNow.AddMinutes(-2), DateTimeOffset.UtcNow.AddSeconds(2));
        ServiceInstance loop = (await SystemdLab.UntilAsync(platform, "loop", s => s.Restarts >= 1 && s.Instances[0].State == InstanceState.Restarting)).Instances[0];
        Assert.Equal(7, loop.ExitCode);
        ServiceRecord broken = await SystemdLab.UntilAsync(platform, "broken", s => s.State == ServiceState.Down);
        Assert.Equal((InstanceState.Exited, "exit-code", 3), (broken.Instances[0].State, broken.Instances[0].Reason, broken.Instances[0].ExitCode!.Value));
        ServiceRecord job = await SystemdLab.UntilAsync(platform, "job", s => s.Wanted == 0);
        Assert.Equal(ServiceState.Stopped, job.State);
        Assert.Equal((ServiceState.Starting, "start"), ((await SystemdLab.UntilAsync(platform, "slow", s => s.Instances[0].Reason is not null)) is var slow ? (slow.State, slow.Instances[0].Reason!) : default));
    }

    [Fact]
    public async Task Without_names_the_environments_services_are_listed_and_with_names_any_unit()
    {
        using IServicePlatform platform = Open(Service("web", "api.service"), Service("worker", "worker@*.service"));
        await _lab.SystemctlAsync("start", "api", "worker@1", "worker@2", "broken");
        Assert.Equal([("web", 1), ("worker", 2)], (await platform.ListAsync(null, default)).Select(s => (s.Name, s.Instances.Count)));
        Assert.Equal(["broken"], (await platform.ListAsync(["brok*"], default)).Select(s => s.Name));
        Assert.Equal(["systemd-journald"], (await platform.ListAsync(["systemd-journald"], default)).Select(s => s.Name));
        // What has a name of its own here is not shown by its unit's as well.
        Assert.Empty(await platform.ListAsync(["api*"], default));
        OpsException unknown = await Assert.ThrowsAsync<OpsException>(() => platform.ListAsync(["brokn"], default));
        Assert.Equal("ServiceNotFound", unknown.ErrorId);
        Assert.Contains("Did you mean broken?", unknown.RecommendedAction);
        // A name that Compose would have found is not made up either.
        Assert.Empty(await platform.ListAsync(["nothing-of-the-kind*"], default));
    }

    [Fact]
    public async Task A_unit_is_started_restarted_and_stopped_and_the_journal_tells()
    {
        OpsContext context = _lab.Context(new RecordingReporter(), Service("api"));
        using IServicePlatform platform = ServicePlatforms.Open(context);
        var control = new ServiceControl(context, platform);
        ServiceRecord stopped = (await platform.ListAsync(["api"], default)).Single();
        Assert.Equal((ServiceState.Down, "Start 1 instance"), (stopped.State, platform.Plan(stopped, ServiceChange.Start)));
        ServiceRecord started = await control.StartAsync(stopped, default);
        Assert.Equal(ServiceState.Running, started.State);
        Assert.Null(platform.Plan(started, ServiceChange.Start));
        string before = await _lab.SystemctlAsync("show", "-P", "MainPID", "api");
        Assert.Equal(ServiceState.Running, (await control.RestartAsync(started, TimeSpan.FromSeconds(1), default)).State);
        Assert.NotEqual(before, await _lab.SystemctlAsync("show", "-P", "MainPID", "api"));
        Assert.Equal(ServiceState.Down, (await control.StopAsync(started, TimeSpan.FromSeconds(1), default)).State);
        string journal = await File.ReadAllTextAsync(Path.Combine(_lab.Folder, ".ops", "journal.jsonl"));
        foreach (string action in new[] { "Stop-OpsService", "Start-OpsService", "Restart-OpsService" }) Assert.Contains(action, journal);
    }

    [Fact]
    public async Task What_cannot_be_started_is_an_error_of_its_kind()
    {
        using IServicePlatform platform = Open(Service("refuses"), Service("gone", "apo.service"), Service("masked"), Service("api"));
        await _lab.SystemctlAsync("mask", "--runtime", "masked.service");
        await _lab.SystemctlAsync("start", "api");
        Assert.Equal("UnitFailed", await ErrorAsync("refuses"));
        Assert.Equal("UnitMasked", await ErrorAsync("masked"));
        Assert.Equal("UnitMasked", Assert.Throws<OpsException>(() => platform.Plan(Find("masked").Result, ServiceChange.Restart)).ErrorId);
        Assert.Equal("UnitNotFound", await ErrorAsync("gone"));
        ServiceRecord gone = await Find("gone");
        Assert.Equal((ServiceState.Down, "there is no such unit; did you mean api.service?"), (gone.State, gone.Instances[0].Reason));
        Assert.Equal("ScaleUnsupported", Assert.Throws<OpsException>(() => platform.Plan(Find("api").Result, ServiceChange.Scale, 2)).ErrorId);

        async Task<ServiceRecord> Find(string name) => (await platform.ListAsync([name], default)).Single();
        async Task<string> ErrorAsync(string name) => (await Assert.ThrowsAsync<OpsException>(async () => await platform.StartAsync(TestScope.Instance, await Find(name), default))).ErrorId;
    }

    [Fact]
    public async Task A_template_has_as_many_instances_as_wanted()
    {
        OpsContext context = _lab.Context(new RecordingReporter(), Service("worker", "worker@*.service"));
        using IServicePlatform platform = ServicePlatforms.Open(context);
        var control = new ServiceControl(context, platform);
        ServiceRecord none = (await platform.ListAsync(null, default)).Single();
        Assert.Equal((ServiceState.Stopped, "Start worker@1.service"), (none.State, platform.Plan(none, ServiceChange.Start)));
        Assert.Equal("Start worker@1.service, worker@2.service, worker@3.service", platform.Plan(none, ServiceChange.Scale, 3));
        ServiceRecord three = await control.ScaleAsync(none, 3, default);
        Assert.Equal((3, ServiceState.Running), (three.Ready, three.State));
        Assert.Null(platform.Plan(three, ServiceChange.Scale, 3));
        Assert.Equal("Stop worker@3.service, worker@2.service", platform.Plan(three, ServiceChange.Scale, 1));
        Assert.Equal(["worker@1.service"], (await control.ScaleAsync(three, 1, default)).Instances.Select(i => i.Name));
    }

    [Fact]
    public async Task Output_is_read_whole_by_tail_time_and_gravity()
    {
        using IServicePlatform platform = Open(Service("talker"));
        await _lab.SystemctlAsync("start", "talker");
        ServiceInstance talker = (await SystemdLab.UntilAsync(platform, "talker", s => s.Instances[0].State == InstanceState.Exited)).Instances[0];
        string plain = Talk.Replace("<3>", "");
        Assert.Equal(plain, await LogAsync(platform, talker, new LogRequest()));
        Assert.Equal("two\n", await LogAsync(platform, talker, new LogRequest(), errors: true));
        Assert.Equal("four\n", await LogAsync(platform, talker, new LogRequest(Tail: 1)));
        Assert.Equal("four\n", await LogAsync(platform, talker, new LogRequest(Tail: 1, Until: DateTimeOffset.UtcNow.AddMinutes(1))));
        Assert.Equal("", await LogAsync(platform, talker, new LogRequest(Tail: 0)));
        string[] stamped = (await LogAsync(platform, talker, new LogRequest(Timestamps: true))).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(4, stamped.Length);
        Assert.All(stamped, l => Assert.Matches(@"^\d{4}-\d\d-\d\dT[0-9:]{8}\.\d{9}Z (one|two|x+|four)$", l));
        DateTimeOffset first = DateTimeOffset.Parse(stamped[0].Split(' ')[0]);
        Assert.Equal("", await LogAsync(platform, talker, new LogRequest(Until: first.AddMilliseconds(-1))));
        Assert.Equal("", await LogAsync(platform, talker, new LogRequest(Since: first.AddMinutes(1))));
        Assert.Equal(plain, await LogAsync(platform, talker, new LogRequest(Since: first)));
    }

    [Fact]
    public async Task Following_goes_on_through_a_restart_and_ends_when_it_is_cancelled()
    {
        using IServicePlatform platform = Open(Service("api"));
        await _lab.SystemctlAsync("start", "api");
        ServiceInstance api = (await platform.ListAsync(null, default)).Single().Instances[0];
        using var stop = new CancellationTokenSource();
        int begun = 0;
        var twice = new TaskCompletionSource();
        Task following = platform.ReadLogAsync(api, new LogRequest(Follow: true), (_, bytes) =>
        {
            if (bytes.Span.StartsWith("begin"u8) && ++begun == 2) twice.SetResult();
            return ValueTask.CompletedTask;
        }, stop.Token);
        await _lab.SystemctlAsync("restart", "api");
        await await Task.WhenAny(twice.Task, following);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => following);
    }

    [Fact]
    public async Task Usage_is_what_systemd_counts()
    {
        using IServicePlatform platform = Open(Service("api"), Service("job"));
        await _lab.SystemctlAsync("start", "api");
        ServiceInstance api = (await platform.ListAsync(["api"], default)).Single().Instances[0];
        // With the first version of control groups a kernel may be set up so that systemd cannot count processors' time.
        if ((await _lab.SystemctlAsync("show", "-P", "CPUUsageNSec", "api")).StartsWith('['))
            Assert.Equal("UsageUnknown", (await Assert.ThrowsAsync<OpsException>(() => platform.MeasureAsync(api, default))).ErrorId);
        else
        {
            InstanceUsage usage = await platform.MeasureAsync(api, default);
            Assert.Equal(64L << 20, usage.MemoryLimitBytes);
            Assert.InRange(usage.MemoryBytes, 1, 64L << 20);
            Assert.InRange(usage.CpuPercent, 0, 100.0 * Environment.ProcessorCount + 20);
            Assert.InRange(usage.Processes!.Value, 1, 10);
        }
        await _lab.SystemctlAsync("stop", "api");
        ServiceInstance ended = (await platform.ListAsync(["api"], default)).Single().Instances[0];
        Assert.Equal("ContainerNotFound", (await Assert.ThrowsAsync<OpsException>(() => platform.MeasureAsync(ended, default))).ErrorId);
    }

    [Fact]
    public async Task Events_tell_starts_ends_and_restarts_of_the_environments_units()
    {
        using IServicePlatform platform = Open(Service("broken"), Service("loop"));
        DateTimeOffset since = DateTimeOffset.UtcNow.AddSeconds(-1);
        await _lab.SystemctlAsync("start", "broken", "loop", "job");
        await SystemdLab.UntilAsync(platform, "broken", s => s.Instances[0].State == InstanceState.Exited);
        await SystemdLab.UntilAsync(platform, "loop", s => s.Restarts >= 1);
        var events = new List<PlatformEvent>();
        await foreach (PlatformEvent happened in platform.EventsAsync(since, DateTimeOffset.UtcNow, default)) events.Add(happened);
        Assert.Equal([PlatformEventKind.Started, PlatformEventKind.Died], events.Where(e => e.Service == "broken").Select(e => e.Kind));
        Assert.Equal(3, events.Last(e => e.Service == "broken").ExitCode);
        Assert.Contains(events, e => e is { Service: "loop", Kind: PlatformEventKind.Other } && e.Message.Contains("restart 1"));
        Assert.DoesNotContain(events, e => e.Service == "job");

        using var stop = new CancellationTokenSource();
        await using IAsyncEnumerator<PlatformEvent> following = platform.EventsAsync(DateTimeOffset.UtcNow, null, stop.Token).GetAsyncEnumerator();
        Task<bool> next = following.MoveNextAsync().AsTask();
        await _lab.SystemctlAsync("stop", "loop");
        await _lab.SystemctlAsync("restart", "broken");
        Assert.True(await next);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => { while (await following.MoveNextAsync()) { } });
    }
}
