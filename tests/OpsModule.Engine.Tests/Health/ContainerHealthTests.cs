using OpsModule.Engine.Health;
using OpsModule.Engine.Platforms;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Health;

/// <summary>What a real Docker engine tells of the health of services.</summary>
[Collection(DockerCollection.Name)]
public sealed class ContainerHealthTests
{
    private const string Stay = "trap 'exit 0' TERM; while :; do sleep 0.2; done";

    [Fact]
    public async Task Services_that_run_end_and_circle_are_told_apart()
    {
        using var lab = new ServiceLab();
        await lab.RunAsync("api", Stay, "--log-opt", "max-size=10m");
        await lab.RunAsync("wordy", Stay);
        await lab.RunAsync("broken", "exit 3");
        await lab.RunAsync("circling", "exit 4", "--restart", "always");
        await lab.UntilAsync("circling", s => s.Restarts >= 1);
        await lab.UntilAsync("broken", s => s.Instances[0].State == InstanceState.Exited);

        List<HealthResult> results = await RunAsync(lab, null);

        Assert.Equal(HealthStatus.Healthy, Of("api", "service.state").Status);
        Assert.Equal(HealthStatus.Healthy, Of("api", "service.logs").Status);
        Assert.Equal(HealthStatus.Degraded, Of("wordy", "service.logs").Status);
        Assert.Contains("ended with 3", Of("broken", "service.state").Message);
        Assert.Equal(HealthStatus.Unhealthy, Of("broken", "service.state").Status);
        HealthResult circle = Of("circling", "service.restarts");
        Assert.True(circle.Status != HealthStatus.Healthy || circle.Number is 1 or 2, circle.ToString());
        Assert.All(await RunAsync(lab, ["api"]), r => Assert.Equal("api", r.Target));

        HealthResult Of(string service, string check) => results.Single(r => r.Target == service && r.Check == check);
    }

    private static async Task<List<HealthResult>> RunAsync(ServiceLab lab, string[]? services)
    {
        var results = new List<HealthResult>();
        await foreach (HealthResult result in new HealthTester(lab.Context).RunAsync(new HealthRequest { Checks = ["service"], Services = services }, default)) results.Add(result);
        return results;
    }
}
