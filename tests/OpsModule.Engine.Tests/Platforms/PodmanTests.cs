using System.Text;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Docker;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Platforms;

/// <summary>The same on Podman's socket, which is a Docker engine's but for what is tested here.</summary>
public sealed class PodmanTests(PodmanFixture podman) : IClassFixture<PodmanFixture>
{
    private readonly string _project = "q" + Guid.NewGuid().ToString("N")[..10];

    [Fact]
    public async Task A_service_is_seen_asked_stopped_and_started()
    {
        await podman.RunAsync(_project, "api", "echo begun; " + DockerFixture.Stay);
        using DockerPlatform platform = podman.Open(_project);
        ServiceRecord api = await UntilAsync(platform, "api", s => s.State == ServiceState.Running);
        Assert.Equal((1, 1, (string?)null), (api.Ready, api.Wanted, api.Reason));
        Assert.Equal(3, await platform.ExecuteAsync(api.Instances[0], new ExecuteRequest(["sh", "-c", "exit 3"]), (_, _) => ValueTask.CompletedTask, default));
        var log = new StringBuilder();
        await platform.ReadLogAsync(api.Instances[0], new LogRequest(), (_, bytes) =>
        {
            log.Append(Encoding.UTF8.GetString(bytes.Span));
            return ValueTask.CompletedTask;
        }, default);
        Assert.Equal("begun", log.ToString().Trim());

        // Podman alone would kill it at once.
        await platform.StopAsync(TestScope.Instance, api, null, default);
        Assert.Equal((InstanceState.Exited, 0), await OneAsync(platform, "api") is var ended ? (ended.State, ended.ExitCode!.Value) : default);
        await platform.StartAsync(TestScope.Instance, (await platform.ListAsync(["api"], default))[0], default);
        Assert.Equal(InstanceState.Running, (await OneAsync(platform, "api")).State);
        await platform.RestartAsync(TestScope.Instance, (await platform.ListAsync(["api"], default))[0], null, default);
        Assert.Equal(InstanceState.Running, (await OneAsync(platform, "api")).State);
    }

    [Fact]
    public async Task What_cannot_be_started_is_down_after_a_while()
    {
        await Assert.ThrowsAsync<OpsException>(() => podman.RunAsync(_project, "web", "true", "--entrypoint", "/no/such/program"));

        using DockerPlatform later = podman.Open(_project, new Later());
        ServiceRecord web = (await later.ListAsync(["web"], default))[0];

        Assert.Equal(ServiceState.Down, web.State);
        Assert.NotNull(web.Reason);
    }

    [Fact]
    public async Task A_job_that_has_failed_is_told_from_one_that_is_done()
    {
        await podman.RunAsync(_project, "bad", "exit 3");
        await podman.RunAsync(_project, "good", "exit 0");
        using DockerPlatform platform = podman.Open(_project);
        ServiceRecord bad = await UntilAsync(platform, "bad", s => s.Instances[0].State == InstanceState.Exited);
        ServiceRecord good = await UntilAsync(platform, "good", s => s.Instances[0].State == InstanceState.Exited);

        Assert.Equal((ServiceState.Down, true), (bad.State, bad.Instances[0].HasFailed));
        Assert.Contains("exit code 3", bad.Reason);
        Assert.Equal((ServiceState.Stopped, true), (good.State, good.Instances[0].IsDone));
    }

    private static async Task<ServiceInstance> OneAsync(DockerPlatform platform, string service) => (await platform.ListAsync([service], default))[0].Instances[0];

    private static async Task<ServiceRecord> UntilAsync(DockerPlatform platform, string service, Func<ServiceRecord, bool> asExpected)
    {
        for (int attempt = 0; ; attempt++)
        {
            ServiceRecord found = (await platform.ListAsync([service], default))[0];
            if (asExpected(found)) return found;
            Assert.True(attempt < 600, $"{found.State}: {found.Reason}");
            await Task.Delay(50);
        }
    }

    private sealed class Later : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromMinutes(20);
    }
}
