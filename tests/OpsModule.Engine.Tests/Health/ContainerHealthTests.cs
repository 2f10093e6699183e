using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Health;

/// <summary>What a real Docker engine tells of the health of services.</summary>
[Collection(DockerCollection.Name)]
public sealed class ContainerHealthTests
{
    [Fact]
    public async Task Services_that_run_end_and_circle_are_told_apart()
    {
        using var lab = new ServiceLab();
        await lab.RunAsync("api", DockerFixture.Stay, "--log-opt", "max-size=10m");
        await lab.RunAsync("wordy", DockerFixture.Stay);
        await lab.RunAsync("broken", "exit 3");
        await lab.RunAsync("circling", "exit 4", "--restart", "always");
        await lab.UntilAsync("circling", s => s.Restarts >= 1);
        await lab.UntilAsync("broken", s => s.Instances[0].State == InstanceState.Exited);

        List<HealthResult> results = await RunAsync(lab, null);

        Assert.Equal(HealthStatus.Healthy, Of("api", "service.state").Status);
        HealthResult logs = Of(lab.Project, "service.logs");
        Assert.Equal(HealthStatus.Degraded, logs.Status);
        Assert.EndsWith(": broken, circling, wordy.", logs.Message);
        Assert.Contains("ended with 3", Of("broken", "service.state").Message);
        Assert.Equal(HealthStatus.Unhealthy, Of("broken", "service.state").Status);
        HealthResult circle = Of("circling", "service.restarts");
        Assert.True(circle.Status != HealthStatus.Healthy || circle.Number is 1 or 2, circle.ToString());
        Assert.All(results.Where(r => r.CausedBy is not null), r => Assert.Equal(("service.restarts", "circling", "service.state of circling"), (r.Check, r.Target, r.CausedBy)));
        List<HealthResult> one = await RunAsync(lab, ["api"]);
        Assert.All(one, r => Assert.Contains(r.Target, new[] { "api", lab.Project }));
        Assert.Equal(HealthStatus.Healthy, one.Single(r => r.Check == "service.logs").Status);

        HealthResult Of(string service, string check) => results.Single(r => r.Target == service && r.Check == check);
    }

    [Fact]
    public async Task Want_of_memory_is_told_from_other_ends()
    {
        using var lab = new ServiceLab();
        await lab.RunAsync("greedy", "x=aaaaaaaaaaaaaaaa; while :; do x=$x$x; done", "--memory", "24m", "--memory-swap", "24m");
        await lab.UntilAsync("greedy", s => s.Instances[0].State == InstanceState.Exited);

        List<HealthResult> results = await RunAsync(lab, ["greedy"]);

        HealthResult memory = results.Single(r => r.Check == "service.memory");
        Assert.Equal(HealthStatus.Unhealthy, memory.Status);
        Assert.Contains("memory", memory.Message);
    }

    [Fact]
    public async Task What_a_service_uses_is_told_where_it_is_asked_for()
    {
        using var lab = new ServiceLab();
        await lab.RunAsync("busy", DockerFixture.Busy, "--memory", "64m");
        await lab.RunAsync("idle", DockerFixture.Stay);
        Assert.DoesNotContain(await RunAsync(lab, null), r => r.Check is "service.cpu" or "service.memory.used");

        var results = new List<HealthResult>();
        await foreach (HealthResult result in new HealthTester(lab.Context).RunAsync(new HealthRequest { Checks = ["service.cpu", "service.memory.used"] }, default)) results.Add(result);
        HealthResult busy = results.Single(r => r is { Check: "service.cpu", Target: "busy" }), idle = results.Single(r => r is { Check: "service.cpu", Target: "idle" });
        Assert.Contains("since it started", busy.Message);
        Assert.True(busy.Number > idle.Number, $"{busy.Value} {idle.Value}");
        HealthResult memory = results.Single(r => r is { Check: "service.memory.used", Target: "busy" });
        Assert.InRange(memory.Number!.Value, 0.01, 100);
        Assert.Contains("of 64.0 MiB", memory.Message);
        Assert.Contains("no limit", results.Single(r => r is { Check: "service.memory.used", Target: "idle" }).Message);
    }

    [Fact]
    public async Task A_program_in_a_service_is_a_figure()
    {
        using var lab = new ServiceLab();
        using var health = new HealthLab();
        await lab.RunAsync("api", DockerFixture.Stay);
        List<HealthResult> results = await health.RunAsync($$"""
            platform: { compose: { project: {{lab.Project}} } }
            checks:
              number: { command: [ sh, -c, "echo 42; echo noise >&2" ], service: api, warning: 40, critical: 50 }
              json: { command: [ sh, -c, "echo '{\"queues\": [{\"length\": 3}]}'" ], service: api, json: "queues[0].length", warning: 3 }
              text: { command: [ sh, -c, "echo postgres:x:100:" ], service: api, expect: "postgres:x:100:" }
              quiet: { command: [ sh, -c, ":" ], service: api }
              nothing: { command: [ sh, -c, ":" ], service: api, warning: 1 }
              failed: { command: [ sh, -c, "echo first; echo no database >&2; exit 3" ], service: api, remedy: "Call the database's people." }
              noJson: { command: [ cat, /etc/group ], service: api, json: a }
              noProgram: { command: [ nothing-here ], service: api }
              endless: { command: [ sleep, "600" ], service: api, timeout: 1s }
              stranger: { command: [ ls ], service: apo }
            """, ["checks"]);

        Assert.Equal(
        [
            ("endless", HealthStatus.Unhealthy, null), ("failed", HealthStatus.Unhealthy, "exit code 3"), ("json", HealthStatus.Degraded, "3"), ("noJson", HealthStatus.Unhealthy, null),
            ("noProgram", HealthStatus.Unknown, null), ("nothing", HealthStatus.Unhealthy, null), ("number", HealthStatus.Degraded, "42"), ("quiet", HealthStatus.Healthy, null),
            ("stranger", HealthStatus.Unhealthy, null), ("text", HealthStatus.Healthy, "postgres:x:100:"),
        ], results.OrderBy(r => r.Check, StringComparer.Ordinal).Select(r => (r.Check, r.Status, r.Value)));
        HealthResult failed = results.Single(r => r.Check == "failed");
        Assert.EndsWith("ended with exit code 3: no database.", failed.Message);
        Assert.Equal(("Call the database's people.", "api"), (failed.Remedy, failed.Target));
        Assert.Contains("runs sleep, which did not end in 1.0 s", results.Single(r => r.Check == "endless").Message);
        Assert.Contains("Did you mean api?", results.Single(r => r.Check == "stranger") is var s ? s.Message + s.Remedy : "");
    }

    private static async Task<List<HealthResult>> RunAsync(ServiceLab lab, string[]? services)
    {
        var results = new List<HealthResult>();
        await foreach (HealthResult result in new HealthTester(lab.Context).RunAsync(new HealthRequest { Checks = ["service"], Services = services }, default)) results.Add(result);
        return results;
    }
}
