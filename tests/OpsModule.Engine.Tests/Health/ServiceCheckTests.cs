using System.Threading.Channels;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Health;

namespace OpsModule.Engine.Tests.Health;

public sealed class ServiceCheckTests : IDisposable
{
    private static readonly DateTimeOffset Long = DateTimeOffset.UtcNow.AddDays(-3), Just = DateTimeOffset.UtcNow.AddMinutes(-1);

    private readonly HealthLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public void A_service_that_runs_is_well() => Assert.Equal(
        [("service.state", HealthStatus.Healthy), ("service.restarts", HealthStatus.Healthy), ("service.memory", HealthStatus.Healthy)],
        Shown(Service(2, Running("a"), Running("b"))));

    [Fact]
    public void Some_and_none_that_are_ready_are_told_apart()
    {
        Assert.Equal(HealthStatus.Degraded, Of("service.state", Service(2, Running("a"), Ended("b", 137))).Status);
        HealthResult down = Of("service.state", Service(1, Ended("b", 137)));
        Assert.Equal((HealthStatus.Unhealthy, "0 of 1 is ready; b ended with 137."), (down.Status, down.Message));
        Assert.Contains("health check of a fails", Of("service.state", Service(1, Running("a") with { Health = InstanceHealth.Unhealthy })).Message);
        Assert.Equal(HealthStatus.Degraded, Of("service.state", Service(1, Running("a") with { Health = InstanceHealth.Starting })).Status);
        Assert.Equal(HealthStatus.Healthy, Of("service.state", Service(0, Ended("migrate", 0))).Status);
    }

    [Fact]
    public void What_is_stopped_is_well_only_where_nobody_counts_on_it()
    {
        ServiceRecord none = Service(0);
        Assert.Equal(HealthStatus.Healthy, Of("service.state", none).Status);
        Assert.Equal(HealthStatus.Degraded, Of("service.state", none with { IsHeldBack = true }).Status);
        HealthResult needed = Results(none, "platform: { compose: {} }\nservices: { api: { health: \"http://127.0.0.1:1/\" } }").Single(r => r.Check == "service.state");
        Assert.Equal(HealthStatus.Unhealthy, needed.Status);
        Assert.Contains("services.api.health", needed.Message);
    }

    [Fact]
    public void Instances_that_were_lost_are_missed()
    {
        HealthResult lost = Of("service.state", Service(1, Running("a")) with { Declared = 3 });
        Assert.Equal(HealthStatus.Degraded, lost.Status);
        Assert.Contains("wants 3", lost.Message);
        Assert.Equal(HealthStatus.Healthy, Of("service.state", Service(1, Running("a")) with { Declared = 1 }).Status);
    }

    [Fact]
    public void Circles_are_told_from_restarts_long_ago()
    {
        Assert.Equal(HealthStatus.Unhealthy, Of("service.restarts", Service(1, Running("a") with { State = InstanceState.Restarting, Restarts = 4, ExitCode = 1 })).Status);
        Assert.Equal(HealthStatus.Degraded, Of("service.restarts", Service(1, Running("a") with { Restarts = 4, StartedAt = Just })).Status);
        Assert.Equal(HealthStatus.Unhealthy, Of("service.restarts", Service(1, Running("a") with { Restarts = 12, StartedAt = Just })).Status);
        HealthResult settled = Of("service.restarts", Service(1, Running("a") with { Restarts = 12, StartedAt = Long }));
        Assert.Equal(HealthStatus.Healthy, settled.Status);
        Assert.Contains("3 d 0 h", settled.Message);
    }

    [Fact]
    public void Want_of_memory_is_found()
    {
        Assert.Equal(HealthStatus.Unhealthy, Of("service.memory", Service(1, Running("a") with { OutOfMemory = true })).Status);
    }

    [Fact]
    public void Output_without_a_limit_is_told_once_for_all_services_and_not_of_jobs_that_are_done()
    {
        ServiceInstance wordy = Running("a") with { LogKeeping = new LogKeeping("json-file", null, null) };
        ServiceRecord[] services = [Service(1, wordy) with { Name = "api" }, Service(1, Running("b")) with { Name = "web" }, Service(1, wordy) with { Name = "worker" },
            Service(0, wordy with { State = InstanceState.Exited, ExitCode = 0, IsDone = true }) with { Name = "migrate" }];
        HealthResult logs = Assert.Single(Told(report => ServiceCheck.ReportLogs(services, report)));
        Assert.Equal(("service.logs", "project", HealthStatus.Degraded), (logs.Check, logs.Target, logs.Status));
        Assert.Equal("The output of 2 of 3 services is kept without a limit, until the disk is full: api, worker.", logs.Message);
        Assert.Contains("max-size", logs.Remedy);
        Assert.Equal(HealthStatus.Healthy, Assert.Single(Told(report => ServiceCheck.ReportLogs([services[1], services[3]], report))).Status);
        Assert.Empty(Told(report => ServiceCheck.ReportLogs([services[3], Service(1, Running("k") with { LogKeeping = null })], report)));
    }

    [Fact]
    public void Why_and_what_to_do_fit_how_it_is()
    {
        HealthResult paused = Of("service.state", Service(1, Running("a") with { State = InstanceState.Paused }));
        Assert.Equal((HealthStatus.Unhealthy, "0 of 1 is ready; paused: a.", "Let it go on: Start-OpsService api."), (paused.Status, paused.Message, paused.Remedy));

        HealthResult circling = Of("service.state", Service(1, Running("a") with { State = InstanceState.Restarting, ExitCode = 4, Restarts = 7 }));
        Assert.Contains("a ended with 4 and is started again in a circle", circling.Message);
        Assert.DoesNotContain("Start-OpsService", circling.Remedy);

        HealthResult ill = Of("service.state", Service(1, Running("a") with { Health = InstanceHealth.Unhealthy, Reason = "no connection to db" }));
        Assert.Equal("0 of 1 is ready; the health check of a fails (no connection to db).", ill.Message);
        Assert.Contains("Restart-OpsService api", ill.Remedy);
        Assert.DoesNotContain("Start-OpsService", ill.Remedy);

        HealthResult killed = Of("service.state", Service(1, Ended("a", 137) with { OutOfMemory = true, MemoryLimitBytes = 24 << 20 }));
        Assert.Equal("0 of 1 is ready; a ended for want of memory (its limit is 24.0 MiB).", killed.Message);
        Assert.Contains("memory limit", killed.Remedy);

        Assert.Contains("b ended with 127 (no such file)", Of("service.state", Service(1, Ended("b", 127) with { Reason = "no such file" })).Message);
    }

    [Fact]
    public void A_rollout_that_failed_and_one_that_is_held_are_no_longer_well()
    {
        ServiceRecord failed = Service(2, Running("a"), Running("b")) with { Uid = "u", HasFailed = true, IsUpdating = true, Updated = 1, Problem = "ProgressDeadlineExceeded: it has timed out progressing." };
        HealthResult late = Of("service.state", failed);
        Assert.Equal(HealthStatus.Degraded, late.Status);
        Assert.Equal("2 of 2 are ready, its rollout has failed (1 of 2 is new); ProgressDeadlineExceeded: it has timed out progressing.", late.Message);
        HealthResult refused = Of("service.state", Service(1, Running("a")) with { Problem = "FailedCreate: exceeded quota: q." });
        Assert.Equal((HealthStatus.Degraded, "1 of 1 is ready; FailedCreate: exceeded quota: q."), (refused.Status, refused.Message));
        Assert.Equal(HealthStatus.Degraded, Of("service.state", Service(1, Running("a")) with { IsPaused = true, Updated = 0, Held = RolloutHold.Paused }).Status);
        Assert.Equal(HealthStatus.Healthy, Of("service.state", Service(1, Running("a")) with { IsPaused = true, Updated = 1 }).Status);
        Assert.Equal(HealthStatus.Healthy, Of("service.state", Service(2, Running("a"), Running("b")) with { Updated = 1, Held = RolloutHold.Partition }).Status);
    }

    [Fact]
    public void What_cannot_come_up_is_down_and_says_why()
    {
        HealthResult stuck = Of("service.state", Service(1, Running("a") with { State = InstanceState.Pending, Reason = "Unschedulable", Detail = "0/1 nodes are available.", IsStuck = true }));
        Assert.Equal((HealthStatus.Unhealthy, "0 of 1 is ready; a (Unschedulable: 0/1 nodes are available)."), (stuck.Status, stuck.Message));
        Assert.Contains("Get-OpsEvent api", stuck.Remedy);
        HealthResult lost = Of("service.state", Service(1, Running("a") with { State = InstanceState.Unknown, Reason = "NodeNotReady", Detail = "the node n-1 does not answer the cluster" }));
        Assert.Equal(HealthStatus.Unhealthy, lost.Status);
        Assert.Contains("the node n-1 does not answer", lost.Message);
        Assert.DoesNotContain("health check", lost.Message);
    }

    private HealthResult Of(string check, ServiceRecord service) => Results(service).Single(r => r.Check == check);

    private IEnumerable<(string, HealthStatus)> Shown(ServiceRecord service) => Results(service).Select(r => (r.Check, r.Status));

    private List<HealthResult> Results(ServiceRecord service, string environment = "")
    {
        List<HealthResult> found = Told(report => ServiceCheck.Report(service, report, _lab.Context(environment).Environment), environment);
        Assert.All(found, r => Assert.Equal("api", r.Target));
        return found;
    }

    private List<HealthResult> Told(Action<HealthReport> tell, string environment = "")
    {
        Channel<HealthResult> results = Channel.CreateUnbounded<HealthResult>();
        tell(new HealthReport(new HealthCheck("service.state", "project", (_, _) => Task.CompletedTask), _lab.Context(environment), _ => true, results.Writer));
        var found = new List<HealthResult>();
        while (results.Reader.TryRead(out HealthResult? result)) found.Add(result);
        return found;
    }

    private static ServiceRecord Service(int wanted, params ServiceInstance[] instances) => new() { Name = "api", Environment = "lab", Kind = "compose", Wanted = wanted, Instances = instances };

    private static ServiceInstance Running(string name) => new()
    {
        Id = name,
        Name = name,
        Service = "api",
        State = InstanceState.Running,
        StartedAt = Long,
        LogKeeping = new LogKeeping("json-file", "10m", "3"),
    };

    private static ServiceInstance Ended(string name, int exitCode) => Running(name) with { State = InstanceState.Exited, ExitCode = exitCode, IsDone = exitCode == 0 };
}
