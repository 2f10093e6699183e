using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Platforms;

/// <summary>Containers that ended, or never began: what they were decides what that means.</summary>
[Collection(DockerCollection.Name)]
public sealed class EndedContainerTests
{
    [Fact]
    public async Task A_server_that_was_stopped_cleanly_is_down_and_no_job()
    {
        using var lab = new ServiceLab("""
            services:
              web: { image: a, ports: ["80"] }
              db: { image: a, healthcheck: { test: [CMD, "true"] } }
              queue: { image: a }
              seed: { image: a, expose: ["1"] }
              api: { image: a, depends_on: { queue: { condition: service_healthy }, seed: { condition: service_completed_successfully } } }
            """);
        foreach (string name in new[] { "web", "db", "queue", "seed" }) await lab.RunAsync(name, "exit 0");
        await lab.RunAsync("worker", "echo begun; " + DockerFixture.Stay);
        await lab.RunAsync("retried", "echo begun; " + DockerFixture.Stay, "--restart", "on-failure");
        await lab.RunAsync("published", "exit 0", "-p", "127.0.0.1::80");
        foreach (string name in new[] { "worker", "retried" })
        {
            ServiceInstance running = (await lab.FindAsync(name)).Instances[0];
            while (!(await lab.LogAsync(running, new LogRequest())).Contains("begun")) await Task.Delay(50);
            await DockerFixture.DockerAsync("stop", "-t", "30", running.Id);
        }

        foreach (string name in new[] { "web", "db", "queue", "worker", "retried", "published" })
        {
            ServiceRecord found = await lab.UntilAsync(name, s => s.Instances[0].State == InstanceState.Exited);
            Assert.Equal((name, 0, false, ServiceState.Down, 1), (name, found.Instances[0].ExitCode!.Value, found.Instances[0].IsDone, found.State, found.Wanted));
        }
        Assert.True((await lab.UntilAsync("seed", s => s.Instances[0].State == InstanceState.Exited)).Instances[0].IsDone);
    }

    [Fact]
    public async Task What_cannot_be_started_is_down_with_the_reason()
    {
        using var lab = new ServiceLab();
        await Assert.ThrowsAsync<OpsException>(() => DockerFixture.DockerAsync("run", "-d", "--label", "com.docker.compose.project=" + lab.Project, "--label", "com.docker.compose.service=lame",
            "--label", "com.docker.compose.oneoff=False", DockerFixture.Image, "/no/such/program"));
        ServiceRecord lame = await lab.FindAsync("lame");
        Assert.Equal((ServiceState.Down, 127), (lame.State, lame.Instances[0].ExitCode));
        Assert.Contains("/no/such/program", lame.Instances[0].Reason);
    }
}
