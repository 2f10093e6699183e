using OpsModule.Connections.Platforms.Compose;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Services;

/// <summary>A scale that cannot be is told before anything is made, and leaves nothing behind when it fails all the same.</summary>
[Collection(DockerCollection.Name)]
public sealed class ServiceScalingTests
{
    [Theory]
    [InlineData("ports: [\"18200:8200\"]", 2, "the fixed port 18200")]
    [InlineData("ports: [\"127.0.0.1:18200:8200/tcp\"]", 2, "the fixed port 18200")]
    [InlineData("ports: [{ target: 8200, published: 18200 }]", 2, "the fixed port 18200")]
    [InlineData("ports: [\"18200-18201:8200\"]", 3, "only 2 of api")]
    [InlineData("ports: [\"18200-18201:8200-8201\"]", 2, "only 1 of api")]
    [InlineData("container_name: one-and-only", 2, "whose name is one-and-only")]
    public void What_cannot_be_is_refused_when_it_is_planned(string setting, int replicas, string why)
    {
        using var lab = new ServiceLab(Text(setting));
        ServiceRecord api = Service();

        OpsException refused = Assert.Throws<OpsException>(() => lab.Platform.Plan(api, ServiceChange.Scale, replicas));

        Assert.Equal("ScaleImpossible", refused.ErrorId);
        Assert.Contains(why, refused.Message);
        Assert.NotNull(lab.Platform.Plan(api, ServiceChange.Scale, replicas - 1));
    }

    [Theory]
    [InlineData("ports: [\"8200\"]")]
    [InlineData("ports: [\"0:8200\"]")]
    [InlineData("ports: [\"18200-18209:8200\"]")]
    [InlineData("expose: [\"8200\"]")]
    public void What_can_be_is_planned(string setting)
    {
        using var lab = new ServiceLab(Text(setting));
        Assert.Equal("Go from 0 instances to 5", lab.Platform.Plan(Service(), ServiceChange.Scale, 5));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_scale_that_fails_takes_away_what_it_made_and_says_the_reason_alone(bool second)
    {
        using ComposeV2? compose = second ? new ComposeV2() : null;
        // Nothing in the file tells that the second container cannot be started: a device that is only there once would be the same.
        using var lab = new ServiceLab(Text("volumes: [\"./there:/there:ro\"]"));
        Directory.CreateDirectory(Path.Combine(lab.Folder, "there"));
        var control = new ServiceControl(lab.Context, lab.Platform);
        ServiceRecord one = await control.StartAsync(await lab.FindAsync("api"), default);
        try
        {
            File.WriteAllText(Path.Combine(lab.Folder, "compose.yaml"), Text("volumes: [\"./there:/there:ro\"], devices: [\"/dev/no-such-device\"]"));

            OpsException failed = await Assert.ThrowsAsync<OpsException>(() => control.ScaleAsync(one, 2, default));

            Assert.Equal("ComposeFailed", failed.ErrorId);
            Assert.Contains("no-such-device", failed.Message);
            Assert.DoesNotContain("Creating", failed.Message);
            Assert.DoesNotContain("level=warning", failed.Message);
            ServiceRecord after = await lab.FindAsync("api");
            Assert.Equal((one.Instances[0].Id, ServiceState.Running), (Assert.Single(after.Instances).Id, after.State));
        }
        finally
        {
            foreach (ServiceInstance instance in (await lab.FindAsync("api")).Instances) await DockerFixture.DockerAsync("rm", "-f", instance.Id);
        }
    }

    [Fact]
    public void The_reason_is_found_among_what_Compose_says_of_its_progress()
    {
        const string Said = """
            time="2026-11-28T10:00:00Z" level=warning msg="/p/compose.yaml: `version` is obsolete"
             Container sentrascan_api_1  Running
             Container sentrascan-api-2  Creating
             Container sentrascan-api-2  Created
             Container sentrascan-api-2  Starting
            Error response from daemon: driver failed programming external connectivity: Bind for 0.0.0.0:8200 failed: port is already allocated
            """;
        Assert.Equal("Error response from daemon: driver failed programming external connectivity: Bind for 0.0.0.0:8200 failed: port is already allocated", ComposeErrors.Reason(Said));
        Assert.Equal("no configuration file provided: not found", ComposeErrors.Reason("no configuration file provided: not found\n"));
    }

    private static ServiceRecord Service() => new() { Name = "api", Environment = "lab", Kind = "compose" };

    private static string Text(string setting) => $$"""
        version: "3.4"
        services:
          api: { image: "{{DockerFixture.Image}}", command: ["sh", "-c", "{{DockerFixture.Stay}}"], stop_grace_period: 1s, {{setting}} }
        """;
}
