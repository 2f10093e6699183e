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
        [("service.state", HealthStatus.Healthy), ("service.restarts", HealthStatus.Healthy), ("service.memory", HealthStatus.Healthy), ("service.logs", HealthStatus.Healthy)],
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
    public void Want_of_memory_and_output_without_a_limit_are_found()
    {
        Assert.Equal(HealthStatus.Unhealthy, Of("service.memory", Service(1, Running("a") with { OutOfMemory = true })).Status);
        HealthResult logs = Of("service.logs", Service(1, Running("a") with { LogKeeping = new LogKeeping("json-file", null, null) }));
        Assert.Equal(HealthStatus.Degraded, logs.Status);
        Assert.Contains("max-size", logs.Remedy);
        Assert.DoesNotContain(Results(Service(1, Running("a") with { LogKeeping = null })), r => r.Check == "service.logs");
    }

    private HealthResult Of(string check, ServiceRecord service) => Results(service).Single(r => r.Check == check);

    private IEnumerable<(string, HealthStatus)> Shown(ServiceRecord service) => Results(service).Select(r => (r.Check, r.Status));

    private List<HealthResult> Results(ServiceRecord service, string environment = "")
    {
        Channel<HealthResult> results = Channel.CreateUnbounded<HealthResult>();
        var report = new HealthReport(new HealthCheck("service.state", "project", (_, _) => Task.CompletedTask), _lab.Context(environment), _ => true, results.Writer);
        ServiceCheck.Report(service, report, _lab.Context(environment).Environment);
        var found = new List<HealthResult>();
        while (results.Reader.TryRead(out HealthResult? result)) found.Add(result);
        Assert.All(found, r => Assert.Equal("api", r.Target));
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
