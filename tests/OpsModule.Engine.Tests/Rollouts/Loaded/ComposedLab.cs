using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Proxies;
using OpsModule.Engine.Areas.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Changing;
using OpsModule.Engine.Areas.Rollouts.Proxies;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Environments.Rollouts;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Engine.Tests.Rollouts.Lab;

namespace OpsModule.Engine.Tests.Rollouts.Loaded;

/// <summary>A compose project with the HTTP service of the tests, version 1, behind a proxy of this machine.</summary>
internal sealed class ComposedLab : IAsyncDisposable
{
    private const string Compose = """
        services:
          api:
            image: ops-test-http:${TAG:-1}
            stop_grace_period: 15s
            healthcheck: { test: "/service probe /health", interval: 1s, timeout: 2s, retries: 2 }
        """;

    private readonly ComposeV2 _compose = new();
    private readonly ServiceLab _lab;

    private ComposedLab(string compose) => _lab = new ServiceLab(compose);

    public ProxyLab Proxy { get; private set; } = null!;

    public int Port => Proxy.Port;

    public string Project => _lab.Project;

    /// <summary>The project as an environment, with the proxy.</summary>
    public OpsContext Context => _lab.Context with
    {
        Environment = _lab.Context.Environment with
        {
            Services = new Dictionary<string, ServiceSettings>
            {
                [ProxyLab.Service] = new()
                {
                    Name = ProxyLab.Service,
                    Rollout = new RolloutSettings { Proxy = "edge", Drain = TimeSpan.FromSeconds(8), MinRequests = 20 },
                },
            },
            Sections = new Dictionary<string, object>
            {
                ["proxies"] = new ProxiesSettings { Entries = new Dictionary<string, ProxySettings> { ["edge"] = Proxy.Settings } },
            },
        },
    };

    /// <summary>Starts one.</summary>
    /// <param name="kind">The proxy.</param>
    /// <param name="compose">The compose file, where it is another one.</param>
    /// <param name="first">The proxy's only server; the address of the first instance where that is not said.</param>
    public static async Task<ComposedLab> StartAsync(ProxyKind kind, string compose = Compose, ProxyServer? first = null)
    {
        await HttpServiceImage.MakeAsync("1");
        // The proxy is made when the first instance has its address.
        var lab = new ComposedLab(compose);
        try
        {
            await lab._lab.Platform.StartAsync(TestScope.Instance, await lab.FindAsync(), default);
            ServiceInstance made = (await lab._lab.UntilAsync(ProxyLab.Service, s => s.Instances is [{ IsReady: true }])).Instances[0];
            lab.Proxy = await ProxyLab.StartAsync(kind, first ?? new ProxyServer(made.Address!, HttpServiceImage.Port));
            return lab;
        }
        catch
        {
            await lab.DisposeAsync();
            throw;
        }
    }

    public Task<ServiceRecord> FindAsync() => _lab.FindAsync(ProxyLab.Service);

    /// <summary>What the proxy has.</summary>
    public async Task<IReadOnlyList<ProxyServer>> ServersAsync()
    {
        using IServiceProxy proxy = Proxy.Open();
        return await proxy.ReadAsync(ProxyLab.Service, default);
    }

    /// <summary>Brings a version out.</summary>
    public async Task<RolloutResult> UpdateAsync(RolloutOptions options)
    {
        using OpsContext context = Context;
        ChangePlan plan = await new RolloutPlanner(context).PlanAsync(ProxyLab.Service, options, "Update-OpsService", default)
            ?? throw new InvalidOperationException("nothing to bring out");
        return (RolloutResult)(await new ChangeRunner(context).RunAsync(plan, default))!.Value!;
    }

    public async ValueTask DisposeAsync()
    {
        if (Proxy is not null) await Proxy.DisposeAsync();
        foreach (string id in (await DockerFixture.DockerAsync("ps", "-aq", "--filter", "label=com.docker.compose.project=" + Project))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries))
            await DockerFixture.DockerAsync("rm", "-f", "-v", id);
        _lab.Dispose();
        _compose.Dispose();
    }
}
