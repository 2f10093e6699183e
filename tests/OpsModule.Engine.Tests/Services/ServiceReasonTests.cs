using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Docker;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Services;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Services;

/// <summary>What is not as it should be says why, on a real Docker engine, and is waited for no longer than it can come.</summary>
[Collection(DockerCollection.Name)]
public sealed class ServiceReasonTests
{
    [Fact]
    public async Task What_cannot_be_started_is_down_and_says_why()
    {
        using var lab = new ServiceLab();
        await Assert.ThrowsAsync<OpsException>(() => DockerFixture.DockerAsync("run", "-d", "--label", "com.docker.compose.project=" + lab.Project,
            "--label", "com.docker.compose.service=web", DockerFixture.Image, "/no/such/program"));

        ServiceRecord web = await lab.FindAsync("web");

        Assert.Equal((ServiceState.Down, 127), (web.State, web.Instances[0].ExitCode!.Value));
        Assert.Contains("no such file or directory", web.Reason);
        Assert.True(web.Instances[0].HasFailed);
        Assert.Contains("no such file or directory", (await WaitAsync(lab, "web")).Message);
        await RemoveAsync(web);
    }

    [Fact]
    public async Task What_was_made_long_ago_and_never_started_is_down()
    {
        using var lab = new ServiceLab();
        await DockerFixture.DockerAsync("create", "--label", "com.docker.compose.project=" + lab.Project, "--label", "com.docker.compose.service=web",
            DockerFixture.Image, "true");
        Assert.Equal(ServiceState.Starting, (await lab.FindAsync("web")).State);

        using var later = new DockerPlatform(ServicePlatforms.SetupOf(lab.Context) with { Time = new Later(TimeSpan.FromMinutes(20)) }, DockerEngine.Default());
        ServiceRecord web = (await later.ListAsync(["web"], default))[0];

        Assert.Equal(ServiceState.Down, web.State);
        Assert.Contains("never started", web.Reason);
        await RemoveAsync(web);
    }

    [Fact]
    public async Task Held_circling_and_ill_containers_say_so()
    {
        using var lab = new ServiceLab();
        string held = await lab.RunAsync("held", DockerFixture.Stay);
        await DockerFixture.DockerAsync("pause", held);
        await lab.RunAsync("circling", "exit 4", "--restart", "always");
        await lab.RunAsync("ill", DockerFixture.Stay, "--health-cmd", "echo connection refused by db; exit 1", "--health-interval", "1s", "--health-retries", "1");

        Assert.Contains("docker pause", (await lab.FindAsync("held")).Reason);
        ServiceRecord ill = await lab.UntilAsync("ill", s => s.Instances[0].Health == InstanceHealth.Unhealthy);
        Assert.Equal("connection refused by db", ill.Instances[0].HealthOutput);
        Assert.Contains("connection refused by db", ill.Reason);
        ServiceRecord circling = await lab.UntilAsync("circling", s => s.Instances[0].State == InstanceState.Restarting);
        Assert.Contains("started again", circling.Reason);
        Assert.Contains("exit code 4", circling.Reason);
        await DockerFixture.DockerAsync("unpause", held);
        Assert.Null((await lab.FindAsync("held")).Reason);
        foreach (string service in new[] { "held", "circling", "ill" }) await RemoveAsync(await lab.FindAsync(service));
    }

    [Fact]
    public async Task A_job_that_has_failed_is_not_waited_for()
    {
        using var lab = new ServiceLab();
        await lab.RunAsync("job", "exit 3");
        await lab.UntilAsync("job", s => s.Instances[0].State == InstanceState.Exited);

        OpsException failed = await WaitAsync(lab, "job");

        Assert.Equal(("ServiceNotRunning", OpsErrorCategory.InvalidOperation), (failed.ErrorId, failed.Category));
        Assert.Contains("exit code 3", failed.Message);
        await RemoveAsync(await lab.FindAsync("job"));
    }

    [Fact]
    public async Task Lost_replicas_are_missed_and_brought_back()
    {
        using var lab = new ServiceLab($$"""
            version: "3.4"
            services:
              api: { image: "{{DockerFixture.Image}}", command: ["sh", "-c", "{{DockerFixture.Stay}}"], deploy: { replicas: 3 }, stop_grace_period: 1s }
            """);
        using var second = new ComposeV2(); // v1 passes deploy: over
        var control = new ServiceControl(lab.Context, lab.Platform);
        ServiceRecord api = await control.StartAsync(await lab.FindAsync("api"), default);
        Assert.Equal(3, api.Ready);
        foreach (ServiceInstance lost in api.Instances.Take(2)) await DockerFixture.DockerAsync("rm", "-f", lost.Id);

        ServiceRecord left = await lab.FindAsync("api");

        Assert.Equal((ServiceState.Degraded, 1, 3), (left.State, left.Ready, left.Wanted));
        Assert.Equal("2 containers are missing", left.Reason);
        Assert.Equal("Make 2 that are missing", lab.Platform.Plan(left, ServiceChange.Start));
        Assert.Equal((3, ServiceState.Running), await control.StartAsync(left, default) is var back ? (back.Ready, back.State) : default);
        ServiceRecord fewer = await control.ScaleAsync(await lab.FindAsync("api"), 1, default);
        Assert.Equal((ServiceState.Running, 1), (fewer.State, fewer.Wanted));
        Assert.Contains("The compose file wants 3 of api", Assert.Single(lab.Reporter.Warnings));
        await RemoveAsync(await lab.FindAsync("api"));
    }

    private static async Task<OpsException> WaitAsync(ServiceLab lab, string service)
    {
        var failed = new List<OpsException>();
        await new ServiceWaiter(lab.Context, lab.Platform).WaitAsync([service], false, TimeSpan.FromHours(1), s => Assert.Fail($"{s} is there."), failed.Add, default);
        return Assert.Single(failed);
    }

    private static async Task RemoveAsync(ServiceRecord service)
    {
        foreach (ServiceInstance instance in service.Instances) await DockerFixture.DockerAsync("rm", "-f", instance.Id);
    }

    private sealed class Later(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + by;
    }
}
