using System.Net;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Connections.Proxies;
using OpsModule.Connections.Proxies.Caddy;
using OpsModule.Connections.Proxies.Nginx;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Proxies;
using OpsModule.Engine.Areas.Rollouts.Surveying;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Engine.Tests.Rollouts.Lab;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Rollouts.Proxies;

/// <summary>The three drivers against the real proxies: what all of them promise.</summary>
public sealed class ProxyDriverTests
{
    private const string Api = ProxyLab.Service;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20), Short = TimeSpan.FromMilliseconds(600);

    public static TheoryData<ProxyKind> Kinds => [ProxyKind.Nginx, ProxyKind.HAProxy, ProxyKind.Caddy];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Servers_come_and_go_and_are_proven_by_their_answers(ProxyKind kind)
    {
        await using HttpInstance one = await HttpInstance.StartAsync("1"), two = await HttpInstance.StartAsync("2");
        await using ProxyLab lab = await ProxyLab.StartAsync(kind, one.Server);
        using IServiceProxy proxy = lab.Open();
        await proxy.CheckAsync(Api, default);
        Assert.Equal([one.Server], await proxy.ReadAsync(Api, default));
        Assert.False((await proxy.ProveAsync(Api, two.Server, Short, default)).IsProven);

        await SetAsync(proxy, one.Server, two.Server);
        ProxyProof proof = await proxy.ProveAsync(Api, two.Server, Limit, default);
        Assert.True(proof.IsProven, proof.Words);
        Assert.Contains(two.Server.EndPoint, proof.Words);
        Assert.Equal(["1", "2"], await lab.VersionsAsync());

        await SetAsync(proxy, one.Server with { Draining = true }, two.Server);
        Assert.Equal(["2"], await lab.VersionsAsync());
        Assert.False((await proxy.ProveAsync(Api, one.Server, Short, default)).IsProven);
        Assert.DoesNotContain(one.Server, await proxy.ReadAsync(Api, default));

        await SetAsync(proxy, two.Server);
        Assert.Equal([two.Server], await proxy.ReadAsync(Api, default));
        Assert.Equal(["2"], await lab.VersionsAsync());
        await proxy.CheckAsync(Api, default);
        Assert.Null(proxy.Weakness);
    }

    [Fact]
    public void That_a_Caddy_may_reset_connections_is_said_where_it_is_not_seen_that_it_does_not()
    {
        var options = new CaddyOptions("edge", ProxyRoute.OfSocket("/nowhere")) { Networks = ["shop_default"] };
        using var caddy = new CaddyProxy(options, TimeProvider.System);
        Assert.Contains("tcp_migrate_req is 1 where it runs", caddy.Weakness!.Words);
        Assert.Contains("sysctls", caddy.Weakness.Remedy);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_server_that_does_not_answer_is_not_proven(ProxyKind kind)
    {
        await using HttpInstance one = await HttpInstance.StartAsync("1");
        await using ProxyLab lab = await ProxyLab.StartAsync(kind, one.Server);
        using IServiceProxy proxy = lab.Open();
        var dead = new ProxyServer("127.0.0.1", FreePorts.Take());
        await SetAsync(proxy, one.Server, dead);

        ProxyProof proof = await proxy.ProveAsync(Api, dead, Short, default);

        Assert.False(proof.IsProven, proof.Words);
        Assert.True((await proxy.ProveAsync(Api, one.Server, Limit, default)).IsProven);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_server_that_answers_with_errors_alone_is_had_and_was_not_seen_serving(ProxyKind kind)
    {
        await using HttpInstance one = await HttpInstance.StartAsync("1"), bad = await HttpInstance.StartAsync("2", "HEALTH_NEVER=500");
        await using ProxyLab lab = await ProxyLab.StartAsync(kind, one.Server);
        using IServiceProxy proxy = lab.Open();
        await SetAsync(proxy, one.Server, bad.Server);

        ProxyProof proof = await proxy.ProveAsync(Api, bad.Server, Short, default);

        Assert.Equal((true, false), (proof.IsProven, proof.Serves));
        Assert.Contains("500", proof.Words);
        Assert.True((await proxy.ProveAsync(Api, one.Server, Limit, default)).Serves);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Servers_of_others_are_found_and_so_are_those_that_are_gone(ProxyKind kind)
    {
        await using HttpInstance one = await HttpInstance.StartAsync("1");
        await using ProxyLab lab = await ProxyLab.StartAsync(kind, one.Server);
        using IServiceProxy proxy = lab.Open();
        await SetAsync(proxy, one.Server, new ProxyServer("127.0.0.1", FreePorts.Take()));
        var survey = new RolloutSurvey
        {
            Service = Api, Options = new RolloutOptions(), Instances = [],
            Model = new InstanceModel { Service = Api, Project = "shop", Resolved = "{}", Folder = "/" },
        };

        IReadOnlyList<RolloutFinding> findings = await ProxySurveyor.OfAsync(proxy, survey, default);

        Assert.Equal([("ForeignServers", RolloutEffect.Refused), ("StaleServers", RolloutEffect.Told)], findings.Where(f =>
            f.Code.EndsWith("Servers", StringComparison.Ordinal)).Select(f => (f.Code, f.Effect)).Order());
        Assert.Empty(await proxy.FindBypassesAsync(Api, default));
        await proxy.CheckRoomAsync(Api, 2, default);
        if (kind == ProxyKind.HAProxy)
            Assert.Equal("ProxyRefused", (await Assert.ThrowsAsync<OpsException>(() => proxy.CheckRoomAsync(Api, 100, default))).ErrorId);
    }

    [Theory]
    [InlineData("auto", "SeveralProxies")]
    [InlineData("HAProxy", "SeveralProxies")]
    [InlineData("second", null)]
    public async Task Of_several_proxies_that_know_a_service_one_is_named(string asked, string? code)
    {
        await using HttpInstance one = await HttpInstance.StartAsync("1");
        await using ProxyLab first = await ProxyLab.StartAsync(ProxyKind.HAProxy, one.Server),
            second = await ProxyLab.StartAsync(ProxyKind.HAProxy, one.Server);
        string Written(string name, ProxyLab lab) => $"  {name}: {{ haproxy: {{ socket: \"{lab.Settings.Control}\", state: "
            + $"\"{lab.Settings.State}\", proof: \"{lab.Settings.Proof}\" }} }}\n";
        OpsContext context = OpsContextFactory.Create(EnvironmentLoader.Load(first.Folder.Write("ops.yaml",
            $"environment: lab\nproxies:\n{Written("first", first)}{Written("second", second)}")).Environment!, new RecordingReporter());
        var survey = new RolloutSurvey
        {
            Service = Api, Options = new RolloutOptions { Proxy = asked }, Instances = [],
            Model = new InstanceModel { Service = Api, Project = "shop", Resolved = "{}", Folder = "/" },
        };
        var findings = new List<RolloutFinding>();

        survey = await new ProxySurveyor(context).LookAsync(survey, findings, default);

        Assert.Equal(code, findings.FirstOrDefault(f => f.Code == "SeveralProxies")?.Code);
        Assert.Equal(asked == "second" ? "second" : "first", survey.Proxy);
    }

    [Fact]
    public async Task A_Caddy_that_does_not_say_what_it_has_is_not_taken_for_idle()
    {
        using var listener = new HttpListener();
        int port = FreePorts.Take();
        listener.Prefixes.Add($"http://127.0.0.1:{port}/");
        listener.Start();
        using var caddy = new CaddyProxy(new CaddyOptions("edge", ProxyRoute.OfPort("127.0.0.1", port)), TimeProvider.System);
        Task<string?> holds = caddy.HoldsAsync(Api, new ProxyServer("127.0.0.1", 80), default);
        HttpListenerContext call = await listener.GetContextAsync();
        call.Response.StatusCode = 500;
        call.Response.Close();
        Assert.Contains("cannot be told", await holds);
    }

    [Fact]
    public void A_route_past_the_upstream_is_found() => Assert.Equal(["http://api:4000"], NginxDump.ByName(
        "location / { proxy_pass http://api; }\nlocation /old { proxy_pass http://api:4000; }\nlocation /b { proxy_pass http://b:1; }", "api"));

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task What_was_set_is_there_after_a_restart_of_the_proxy(ProxyKind kind)
    {
        await using HttpInstance one = await HttpInstance.StartAsync("1"), two = await HttpInstance.StartAsync("2");
        await using ProxyLab lab = await ProxyLab.StartAsync(kind, one.Server);
        using IServiceProxy proxy = lab.Open();
        await SetAsync(proxy, one.Server, two.Server);
        await SetAsync(proxy, two.Server);

        await lab.RestartAsync();

        Assert.Equal([two.Server], await proxy.ReadAsync(Api, default));
        Assert.Equal(["2"], await lab.VersionsAsync());
        Assert.True((await proxy.ProveAsync(Api, two.Server, Limit, default)).IsProven);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task What_is_unknown_or_away_is_an_error_of_its_own(ProxyKind kind)
    {
        await using HttpInstance one = await HttpInstance.StartAsync("1");
        await using ProxyLab lab = await ProxyLab.StartAsync(kind, one.Server);
        using IServiceProxy proxy = lab.Open();
        Assert.Equal("ProxyServiceUnknown", (await Assert.ThrowsAsync<OpsException>(() => proxy.ReadAsync("worker", default))).ErrorId);
        Assert.Equal("ProxyServiceUnknown", (await Assert.ThrowsAsync<OpsException>(() => proxy.CheckAsync("worker", default))).ErrorId);
        Assert.Equal("ProxyServiceUnknown", (await Assert.ThrowsAsync<OpsException>(() =>
            proxy.SetAsync(TestScope.Instance, "worker", [one.Server], default))).ErrorId);

        await lab.StopAsync();

        Assert.Equal("ProxyUnreachable", (await Assert.ThrowsAsync<OpsException>(() => proxy.CheckAsync(Api, default))).ErrorId);
        Assert.Equal("ProxyUnreachable", (await Assert.ThrowsAsync<OpsException>(() =>
            proxy.SetAsync(TestScope.Instance, Api, [new ProxyServer("127.0.0.1", 81)], default))).ErrorId);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task All_servers_may_go(ProxyKind kind)
    {
        await using HttpInstance one = await HttpInstance.StartAsync("1");
        await using ProxyLab lab = await ProxyLab.StartAsync(kind, one.Server);
        using IServiceProxy proxy = lab.Open();

        await SetAsync(proxy);

        Assert.Empty(await proxy.ReadAsync(Api, default));
        Assert.StartsWith("status 50", await lab.AskAsync());
        await SetAsync(proxy, one.Server);
        Assert.Equal(["1"], await lab.VersionsAsync(4));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task An_upload_that_goes_on_is_not_taken_for_drained(ProxyKind kind)
    {
        await using HttpInstance one = await HttpInstance.StartAsync("1"), two = await HttpInstance.StartAsync("2");
        await using ProxyLab lab = await ProxyLab.StartAsync(kind, one.Server);
        using IServiceProxy proxy = lab.Open();
        using HttpConnection connection = await HttpConnection.OpenAsync(lab.Port, default);
        Task<HttpAnswer> upload = connection.AskAsync(true, new byte[200_000], false, TimeSpan.FromSeconds(3), default);
        await Task.WhenAny(upload, ProxyLab.UntilAsync(async () => { await Task.Yield(); return connection.HasSent; }, "nothing was sent"));

        await SetAsync(proxy, one.Server with { Draining = true }, two.Server);

        Assert.NotNull(await proxy.HoldsAsync(Api, one.Server, default));
        Assert.Equal(["2"], await lab.VersionsAsync(4));
        Assert.Equal("1", (await upload).Body.Split(' ')[0]);
        await ProxyLab.UntilAsync(async () => await proxy.HoldsAsync(Api, one.Server, default) is null, "it never drains");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Names_and_addresses_cannot_bring_configuration_along(ProxyKind kind)
    {
        await using HttpInstance one = await HttpInstance.StartAsync("1");
        await using ProxyLab lab = await ProxyLab.StartAsync(kind, one.Server);
        using IServiceProxy proxy = lab.Open();
        foreach (string name in (string[])["api;", "api }", "api\nset server", "../api", "api{", "", " api", "-api", "$host", "api'",
            new('a', 64)])
            Assert.Equal("ProxyRefused",
                (await Assert.ThrowsAsync<OpsException>(() => proxy.SetAsync(TestScope.Instance, name, [one.Server], default))).ErrorId);
        foreach (ProxyServer server in (ProxyServer[])[new("127.0.0.1; evil", 80), new("localhost", 80), new("1", 80),
            new("0x7f.0.0.1", 80), new("fe80::1%eth0", 80),
                     new("127.0.0.1\n", 80), new("127.0.0.1", 0), new("127.0.0.1", 65536), new("", 80), new("unix:/tmp/x", 80)])
            Assert.Equal("ProxyRefused", (await Assert.ThrowsAsync<OpsException>(() =>
                proxy.SetAsync(TestScope.Instance, Api, [one.Server, server], default))).ErrorId);

        Assert.Equal([one.Server], await proxy.ReadAsync(Api, default));
        Assert.Equal(["1"], await lab.VersionsAsync(4));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task What_new_and_old_have_answered_is_told_apart_or_not_told(ProxyKind kind)
    {
        await using HttpInstance one = await HttpInstance.StartAsync("1"), two = await HttpInstance.StartAsync("2", "ERRORS_PERCENT=100");
        await using ProxyLab lab = await ProxyLab.StartAsync(kind, one.Server);
        using IServiceProxy proxy = lab.Open();
        DateTimeOffset before = DateTimeOffset.UtcNow.AddMinutes(-1);
        await SetAsync(proxy, one.Server, two.Server);
        // A worker of nginx from before the reload may still take some: those are in no log of ours.
        await ProxyLab.UntilAsync(async () => await proxy.HoldsAsync(Api, two.Server, default) is null, "old workers stay");
        DateTimeOffset since = DateTimeOffset.UtcNow;
        for (int number = 0; number < 20; number++) await lab.AskAsync();

        if (kind == ProxyKind.Caddy)
        {
            Assert.Null(await proxy.MeasureAsync(Api, since, default));
            Assert.Null(await proxy.CountAsync(Api, one.Server, default));
            return;
        }
        Dictionary<string, ProxyTraffic> traffic = (await proxy.MeasureAsync(Api, since, default))!.ToDictionary(t => t.Server.EndPoint);
        Assert.Equal(20, traffic.Values.Sum(t => t.Requests));
        // Each of nginx's workers takes its own turns.
        Assert.InRange(traffic[two.Server.EndPoint].Requests, kind == ProxyKind.Nginx ? 1 : 6, kind == ProxyKind.Nginx ? 19 : 14);
        Assert.Equal(traffic[two.Server.EndPoint].Requests, traffic[two.Server.EndPoint].ServerErrors);
        Assert.Equal(0, traffic[one.Server.EndPoint].ServerErrors);
        Assert.Equal(kind == ProxyKind.Nginx, traffic[one.Server.EndPoint].P95 is not null);
        Assert.Equal(traffic[two.Server.EndPoint].Requests, await proxy.CountAsync(Api, two.Server, default));
        // What was before is not nothing, but unknown.
        Assert.Null(await proxy.MeasureAsync(Api, before, default));
    }

    private static Task SetAsync(IServiceProxy proxy, params ProxyServer[] servers) => proxy.SetAsync(TestScope.Instance, Api, servers,
        default);
}
