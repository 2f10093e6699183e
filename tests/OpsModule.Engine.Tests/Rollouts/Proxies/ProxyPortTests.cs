using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Proxies;
using OpsModule.Connections.Proxies.Caddy;
using OpsModule.Connections.Proxies.HAProxy;
using OpsModule.Connections.Proxies.Nginx;
using OpsModule.Engine.Areas.Rollouts.Proxies;
using OpsModule.Engine.Areas.Rollouts.Proxies.Changing;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Engine.Tests.Rollouts.Lab;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Rollouts.Proxies;

/// <summary>Ports and servers that stand in a user's own configuration: they go on to count when it is made ours.</summary>
public sealed class ProxyPortTests
{
    private static readonly ServiceInstance Two = new()
    {
        Id = "c1", Name = "api-1", Service = "api", State = InstanceState.Running,
        Ports = [new ServicePort(3000, "tcp", "0.0.0.0", 8080), new ServicePort(9229, "tcp")],
    };

    [Theory]
    [InlineData("server a api:3000\n server b [fd00::2]:3000 check", "3000 3000")]
    [InlineData("server a api", "")]
    [InlineData("server-template api 4 127.0.0.1:9 disabled", "")]
    [InlineData("server-template a 4 api:3000 resolvers d", "3000")]
    public void The_ports_of_a_backend_are_found(string servers, string ports) => Assert.Equal(ports,
        string.Join(' ', HAProxyEdit.ServersOf($"global\nbackend api\n {servers}\nbackend other\n server c x:1\n", "api")
            .Select(s => s.Port)));

    [Fact]
    public void The_ports_of_a_handler_are_found() => Assert.Equal([3000, 3001], CaddyEdit.ServersOf("""
        { "apps": { "http": { "servers": { "a": { "routes": [ { "handle": [ { "handler": "reverse_proxy", "upstreams":
          [ { "dial": "api:3000" }, { "dial": "api:3001" }, { "dial": "other:1" }, { "dial": "10.0.0.2:5" } ] } ] } ] } } } } }
        """, "api").Select(s => s.Port));

    [Fact]
    public void The_configured_port_is_that_of_the_instances_and_nothing_contradicts_it()
    {
        Assert.Null(ConfiguredPort.Of([], [Two], null, "api"));
        Assert.Equal(9229, ConfiguredPort.Of([], [Two], 9229, "api"));
        Assert.Equal(3000, ConfiguredPort.Of([At("api", 3000)], [Two], null, "api"));
        Assert.Equal(3000, ConfiguredPort.Of([At("api", 3000), At("172.30.0.2", 3000)], [Two], 3000, "api"));
        // A port of this machine is one inside; one that leads to none of them says nothing.
        Assert.Equal(3000, ConfiguredPort.Of([At("127.0.0.1", 8080), At("127.0.0.1", 81)], [Two], null, "api"));

        OpsException refused = Assert.Throws<OpsException>(() => ConfiguredPort.Of([At("api", 3000)], [Two], 9229, "api"));
        Assert.Equal("ProxyConfigurationUnclear", refused.ErrorId);
        Assert.Contains("3000 (line 3000), and -Port is 9229", refused.Message);
        refused = Assert.Throws<OpsException>(() => ConfiguredPort.Require([At("api", 3000), At("api", 3001)], "api"));
        Assert.Contains("3000 (line 3000), 3001 (line 3001)", refused.Message);
        Assert.Throws<OpsException>(() => ConfiguredPort.Of([At("10.0.0.1", 3000), At("10.0.0.2", 3001)], [Two], null, "api"));
    }

    [Fact]
    public void The_state_of_servers_that_are_gone_does_not_stand_for_slots()
    {
        ProxyServer[] servers = [new("172.30.0.2", 3000)];
        string head = HAProxyEdit.State(null, "other", [new("10.0.0.9", 1)]), ours = HAProxyEdit.State(head, "web", servers);
        Assert.Contains("1 web 1 web1 172.30.0.2 2 4 ", ours);
        foreach (string user in (string[])["s1 10.0.0.1 2 0", "web1 10.0.0.1 2 0", "web1 127.0.0.1 0 5"])
        {
            string was = $"{head}7 web 1 {user} 1 1 0 1 0 0 8 0 0 0 - {(user.Contains("127") ? 9 : 80)} - 0 0 - - 0\n";
            Assert.Equal(ours, HAProxyEdit.State(was, "web", servers));
        }
        // Slots that somebody has are Update-OpsService's.
        Assert.Equal(ours, HAProxyEdit.State(ours, "web", [new("172.30.0.3", 3000)]));
    }

    [Fact]
    public async Task A_second_backend_that_is_configured_after_the_first_was_told_something_answers_after_the_reload()
    {
        await using HttpInstance one = await HttpInstance.StartAsync("1"), two = await HttpInstance.StartAsync("2");
        await using ProxyLab lab = await ProxyLab.StartAsync(ProxyKind.HAProxy, one.Server);
        int port = FreePorts.Take();
        string file = lab.Folder["haproxy.cfg"];
        File.AppendAllText(file, $"frontend second\n    bind 127.0.0.1:{port}\n    default_backend web\n"
            + $"backend web\n    server s1 {two.Server.EndPoint}\n");
        await lab.RestartAsync();
        using IServiceProxy proxy = lab.Open();
        await proxy.SetAsync(TestScope.Instance, ProxyLab.Service, [one.Server], default);
        Assert.Contains(" web 1 s1 ", File.ReadAllText(lab.Folder["state"]));

        File.WriteAllText(file, HAProxyEdit.Of(File.ReadAllText(file), "web", ((HAProxyLab)lab).Options, "/health", 8));
        File.WriteAllText(lab.Folder["state"], HAProxyEdit.State(File.ReadAllText(lab.Folder["state"]), "web", [two.Server]));
        await lab.RestartAsync();

        using HttpConnection connection = await HttpConnection.OpenAsync(port, default);
        HttpAnswer answer = await connection.AskAsync(false, null, false, null, default);
        Assert.Equal((200, "2"), (answer.Status, answer.Body.Split(' ')[0]));
        Assert.Equal(["1"], await lab.VersionsAsync(4));
    }

    private static ConfiguredServer At(string host, int port) => new(host, port, $"line {port}");
}
