using Docker.DotNet.Models;
using OpsModule.Connections.Platforms.Compose;
using OpsModule.Connections.Platforms.Compose.Rollouts;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Connections.Platforms.Docker.Rollouts;
using OpsModule.Connections.Proxies;
using OpsModule.Engine.Areas.Rollouts.Surveying;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Rollouts.Making;

/// <summary>What of instances needs no engine: where a proxy reaches them, what Compose is given for them, what is left of them.</summary>
public sealed class InstanceUnitTests
{
    private static readonly InstanceFacts Published = new()
    {
        ImageId = "sha256:1", Addresses = new Dictionary<string, string> { ["shop"] = "172.30.0.2" },
        Instance = new ServiceInstance
        {
            Id = "c1", Name = "api-1", Service = "api", State = InstanceState.Running,
            Ports = [new ServicePort(80, "tcp", "0.0.0.0", 8080), new ServicePort(81, "tcp", "127.0.0.2", 8081),
                new ServicePort(82, "udp", "0.0.0.0", 8082)],
        },
    };

    [Theory]
    [InlineData("172.30.0.2", 80, 80)]
    [InlineData("172.30.0.2", 4000, 4000)]
    [InlineData("127.0.0.1", 8080, 80)]
    [InlineData("127.0.0.2", 8081, 81)]
    // Published on another address of this machine, for another protocol, and not at all.
    [InlineData("127.0.0.1", 8081, null)]
    [InlineData("127.0.0.1", 8082, null)]
    [InlineData("127.0.0.1", 80, null)]
    // Another machine's.
    [InlineData("203.0.113.7", 8080, null)]
    [InlineData("2001:db8::7", 8080, null)]
    public void A_server_of_a_proxy_leads_to_an_instance_by_its_address_or_by_a_port_of_this_machine(string address, int port, int? inside)
    {
        var server = new ProxyServer(address, port);
        Assert.Equal(inside, ServedPort.Of(server, [Published]));
        Assert.Equal(inside is not null, ProxySurveyor.IsOf(server, [Published]));
    }

    [Theory]
    [InlineData("always", "api:1", null, "api:1")]
    [InlineData("always", "api:1", "api:2", "api:2")]
    [InlineData("build", null, null, null)]
    [InlineData(null, "api:1", "api:2", "api:2")]
    public void Compose_is_not_left_to_pull_or_build_what_nobody_planned(string? policy, string? image, string? over, string? written)
    {
        using var folder = new TempFolder();
        ComposeSource source = ComposeMaker.SourceOf(Making(folder, policy, image, over));
        string text = File.ReadAllText(Assert.Single(source.Files.Skip(1)));
        Assert.Equal(policy is not null, text.Contains("\"pull_policy\": \"missing\"") || text.Contains("\"pull_policy\":\"missing\""));
        Assert.Equal(written is not null, text.Contains("\"image\""));
        if (written is not null) Assert.Contains($"\"{written}\"", text);
    }

    [Fact]
    public void Without_a_policy_Compose_is_given_the_services_own_files()
    {
        using var folder = new TempFolder();
        Assert.Single(ComposeMaker.SourceOf(Making(folder, null, "api:1", null)).Files);
    }

    [Fact]
    public void What_was_never_started_is_ours_and_what_runs_is_somebody_elses()
    {
        ContainerListResponse[] there =
        [
            new() { ID = "old", State = "running", Names = ["/api-1"] }, new() { ID = "made", State = "created", Names = ["/api-2"] },
            new() { ID = "theirs", State = "running", Names = ["/api-3"] }, new() { ID = "ended", State = "exited", Names = ["/api-4"] },
        ];
        var left = ComposeLeftovers.Of(there, new HashSet<string> { "old" });
        Assert.Equal(["made"], left.Made);
        Assert.Equal(["api-3", "api-4"], left.Others);
        Assert.Contains("api-3, api-4 of api", left.Words("api"));
        Assert.Null(ComposeLeftovers.Of(there[..2], new HashSet<string> { "old" }).Words("api"));
    }

    [Fact]
    public void Connections_of_a_port_count_that_was_closed_before_its_end()
    {
        // 8080 is 1F90; the engine's name server listens on loopback, and a client of the instance's own has a port of its own.
        const string listens = "   0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1 1",
            name = "   1: 0B00007F:9C41 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 2 1",
            open = "   2: 02001EAC:1F90 01001EAC:D431 01 00000000:00000000 00:00000000 00000000 0 0 3 1",
            ended = "   3: 02001EAC:1F90 01001EAC:D432 06 00000000:00000000 00:00000000 00000000 0 0 4 1",
            own = "   4: 02001EAC:C350 05001EAC:1538 01 00000000:00000000 00:00000000 00000000 0 0 5 1";
        Assert.Equal(1, ConnectionCount.Count([listens, name, open, ended, own], []));
        Assert.Equal(0, ConnectionCount.Count([name, open, ended, own], []));
        Assert.Equal(1, ConnectionCount.Count([name, open, ended, own], [8080]));
    }

    private static InstanceMaking Making(TempFolder folder, string? policy, string? image, string? over)
    {
        string file = folder.Write("compose.yaml", "services: {}\n");
        string resolved = $"{{\"services\":{{\"api\":{{{(policy is null ? "" : $"\"pull_policy\":\"{policy}\"")}}}}}}}";
        var model = new InstanceModel { Project = "shop", Service = "api", Resolved = resolved, Folder = folder.Path, Files = [file],
            Image = image };
        return new InstanceMaking(model, 1) { Image = over, ImageId = "sha256:1", Folder = folder["made"] };
    }
}
