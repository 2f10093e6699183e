using OpsModule.Connections.Proxies;
using OpsModule.Engine.Areas.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Proxies;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Engine.Tests.Rollouts.Lab;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Rollouts.Loaded;

/// <summary>A compose service behind nginx: where the proxy reaches it, and what is said where it does not.</summary>
[Collection(DockerCollection.Name)]
public sealed class ServedPortTests
{
    [Fact]
    public async Task A_proxy_that_asked_the_published_port_reaches_the_instance_after_an_update_and_after_the_way_back()
    {
        int port = FreePorts.Take();
        await using ComposedLab lab = await ComposedLab.StartAsync(ProxyKind.Nginx, $$"""
            services:
              api:
                image: ops-test-http:${TAG:-1}
                ports: ["{{port}}:8080"]
                stop_grace_period: 5s
                healthcheck: { test: "/service probe /health", interval: 1s, timeout: 2s, retries: 2 }
            """, new ProxyServer("127.0.0.1", port));
        await HttpServiceImage.MakeAsync("2");
        await HttpServiceImage.MakeAsync("crash", ["CRASH_AFTER_MS=0"]);
        Assert.Equal("1", await lab.Proxy.AskAsync());

        OpsException failed = await Assert.ThrowsAsync<OpsException>(() => lab.UpdateAsync(new RolloutOptions { Tag = "crash" }));
        Assert.Equal("InstanceCrashed", failed.ErrorId);
        Assert.Contains("The old version serves as before", failed.Message);
        Assert.Equal(["1"], await lab.Proxy.VersionsAsync());

        RolloutResult made = await lab.UpdateAsync(new RolloutOptions { Tag = "2" });
        Assert.Equal(RolloutOutcome.Done, made.Outcome);
        Assert.Equal(["2"], await lab.Proxy.VersionsAsync());
        Assert.Equal(8080, Assert.Single(await lab.ServersAsync()).Port);
    }

    [Fact]
    public async Task An_old_version_of_which_nothing_comes_through_the_proxy_is_not_said_to_serve()
    {
        // It listens where the proxy does not ask.
        await HttpServiceImage.MakeAsync("aside", ["PORT=9090"], health: false);
        await HttpServiceImage.MakeAsync("crash", ["CRASH_AFTER_MS=0"]);
        await using ComposedLab lab = await ComposedLab.StartAsync(ProxyKind.Nginx,
            "services:\n  api:\n    image: ops-test-http:aside\n    stop_grace_period: 5s\n");

        OpsException failed = await Assert.ThrowsAsync<OpsException>(() =>
            lab.UpdateAsync(new RolloutOptions { Tag = "crash", HealthTimeout = TimeSpan.FromSeconds(3) }));

        Assert.Equal("InstanceCrashed", failed.ErrorId);
        Assert.Contains("The old version runs, as 1 instance; nginx", failed.Message);
        Assert.Contains("no answer of it came through", failed.Message);
        Assert.DoesNotContain("serves as before", failed.Message);
    }
}
