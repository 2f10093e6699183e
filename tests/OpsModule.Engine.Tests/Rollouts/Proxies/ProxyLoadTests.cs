using OpsModule.Connections.Proxies;
using OpsModule.Engine.Areas.Rollouts.Proxies;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Engine.Tests.Rollouts.Lab;
using Xunit.Abstractions;

namespace OpsModule.Engine.Tests.Rollouts.Proxies;

/// <summary>
/// One instance after another behind each proxy, under load, by the drivers alone: set, prove, drain, wait until nothing is held, stop.
/// </summary>
public sealed class ProxyLoadTests(ITestOutputHelper output)
{
    public static TheoryData<ProxyKind> Kinds => ProxyDriverTests.Kinds;

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task No_request_fails_while_instances_are_replaced(ProxyKind kind)
    {
        int updates = Proof.Cases(20, 2);
        HttpInstance old = await HttpInstance.StartAsync("0");
        await using ProxyLab lab = await ProxyLab.StartAsync(kind, old.Server);
        using IServiceProxy proxy = lab.Open();
        await using LoadGenerator load = LoadGenerator.Start(new LoadOptions(lab.Port));
        await load.AnsweredAsync(100);
        for (int version = 1; version <= updates; version++)
        {
            HttpInstance fresh = await HttpInstance.StartAsync(version.ToString());
            await proxy.SetAsync(TestScope.Instance, ProxyLab.Service, [old.Server, fresh.Server], default);
            ProxyProof proof = await proxy.ProveAsync(ProxyLab.Service, fresh.Server, TimeSpan.FromSeconds(20), default);
            Assert.True(proof.IsProven, proof.Words);
            await proxy.SetAsync(TestScope.Instance, ProxyLab.Service, [old.Server with { Draining = true }, fresh.Server], default);
            await DrainAsync(proxy, old.Server);
            await old.StopAsync();
            await proxy.SetAsync(TestScope.Instance, ProxyLab.Service, [fresh.Server], default);
            await load.AnsweredAsync(100);
            await old.DisposeAsync();
            old = fresh;
        }
        LoadResult result = await load.StopAsync();
        await old.DisposeAsync();
        output.WriteLine($"{kind}: {result}");
        Assert.True(result.Failed == 0, result.ToString());
        Assert.True(result.Uploads > 0 && result.Reconnects > 0, result.ToString());
        Assert.True(result.Resent < result.Sent / 100, result.ToString());
        Assert.Contains(updates.ToString(), result.Versions.Keys);
    }

    /// <summary>A websocket may stay for as long as it likes: what is held at the end of the time is its.</summary>
    private static async Task DrainAsync(IServiceProxy proxy, ProxyServer server)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(8));
        while (!limit.IsCancellationRequested && await proxy.HoldsAsync(ProxyLab.Service, server, default) is not null)
            await Task.Delay(100, limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
