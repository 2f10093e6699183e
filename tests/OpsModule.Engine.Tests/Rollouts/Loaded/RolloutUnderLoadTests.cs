using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Proxies;
using OpsModule.Engine.Areas.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Changing;
using OpsModule.Engine.Areas.Rollouts.Proxies;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Engine.Tests.Rollouts.Lab;
using OpsModule.Foundations.Errors;
using Xunit.Abstractions;

namespace OpsModule.Engine.Tests.Rollouts.Loaded;

/// <summary>
/// Updates of a compose service behind each proxy under 200 requests a second: GET and POST with bodies, over kept connections and new
/// ones, one
/// websocket, one upload of 5 s. Good images and bad ones; nothing fails, and nothing is left behind.
/// </summary>
[Collection(DockerCollection.Name)]
public sealed class RolloutUnderLoadTests(ITestOutputHelper output)
{
    private const string Api = ProxyLab.Service;

    public static TheoryData<ProxyKind> Kinds => [ProxyKind.Nginx, ProxyKind.HAProxy, ProxyKind.Caddy];

    /// <summary>Each kind of bad image once, behind nginx; the whole is each behind each proxy, and 20 in all at least.</summary>
    public static TheoryData<ProxyKind, BadImage> BadOnes()
    {
        var rows = new TheoryData<ProxyKind, BadImage>();
        foreach (BadImage bad in Enum.GetValues<BadImage>())
            foreach (ProxyKind kind in Proof.Whole ? Enum.GetValues<ProxyKind>() : [ProxyKind.Nginx]) rows.Add(kind, bad);
        return rows;
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task No_request_fails_in_updates_one_after_another(ProxyKind kind)
    {
        int updates = Proof.Cases(20, 2);
        await using ComposedLab lab = await ComposedLab.StartAsync(kind);
        await using LoadGenerator load = LoadGenerator.Start(new LoadOptions(lab.Port));
        await load.AnsweredAsync(200);
        for (int version = 2; version <= updates + 1; version++)
        {
            await HttpServiceImage.MakeAsync(version.ToString(), ["START_DELAY_MS=300"]);
            RolloutResult result = await lab.UpdateAsync(new RolloutOptions { Tag = version.ToString() });
            output.WriteLine($"{result.Outcome} in {result.Seconds:0.0} s: {result.Proxy}");
            Assert.Equal(RolloutOutcome.Done, result.Outcome);
            await load.AnsweredAsync(100);
        }
        LoadResult loaded = await load.StopAsync();
        output.WriteLine(loaded.ToString());
        Assert.True(loaded.Failed == 0, loaded.ToString());
        Assert.True(loaded is { Uploads: > 0, Reconnects: > 0 } && loaded.Resent < loaded.Sent / 100, loaded.ToString());
        Assert.Contains((updates + 1).ToString(), loaded.Versions.Keys);
        Assert.Equal([(updates + 1).ToString()], await lab.Proxy.VersionsAsync());
        Assert.Single((await lab.FindAsync()).Instances);
    }

    [Theory]
    [MemberData(nameof(BadOnes))]
    public async Task The_old_version_serves_throughout_an_update_to_a_bad_image(ProxyKind kind, BadImage bad)
    {
        await using ComposedLab lab = await ComposedLab.StartAsync(kind);
        string before = Assert.Single((await lab.FindAsync()).Instances).Id;
        await using LoadGenerator load = LoadGenerator.Start(new LoadOptions(lab.Port));
        await load.AnsweredAsync(200);
        string tag = await MakeAsync(bad);

        string told;
        try
        {
            RolloutResult result = await lab.UpdateAsync(new RolloutOptions
            {
                // Nobody listens there, so that nobody outside is asked.
                Image = bad == BadImage.Missing ? "127.0.0.1:9/ops-test-http:missing" : null, Tag = bad == BadImage.Missing ? null : tag,
                    HealthTimeout = TimeSpan.FromSeconds(6), Watch = TimeSpan.FromSeconds(8),
            });
            Assert.Equal(RolloutOutcome.RolledBack, result.Outcome);
            told = result.Words ?? "";
        }
        catch (OpsException e) { told = $"{e.ErrorId}: {e.Message}"; }
        output.WriteLine(told);
        await load.AnsweredAsync(200);

        LoadResult loaded = await load.StopAsync();
        output.WriteLine(loaded.ToString());
        Assert.True(loaded.Failed == 0, loaded.ToString());
        Assert.Equal(["1"], await lab.Proxy.VersionsAsync());
        ServiceInstance left = Assert.Single((await lab.FindAsync()).Instances);
        // What has failed while it was watched had taken the old one's place: another of the old version has it now.
        if (bad != BadImage.HealthyThenFailing) Assert.Equal(before, left.Id);
        Assert.Single(await lab.ServersAsync());
        Assert.Single((await DockerFixture.DockerAsync("ps", "-aq", "--filter", "label=com.docker.compose.project=" + lab.Project))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private static async Task<string> MakeAsync(BadImage bad)
    {
        switch (bad)
        {
            case BadImage.Crash: await HttpServiceImage.MakeAsync("crash", ["CRASH_AFTER_MS=0"]); return "crash";
            case BadImage.CrashLater: await HttpServiceImage.MakeAsync("crash-later",
                ["CRASH_AFTER_MS=1500", "HEALTH_NEVER=1"]); return "crash-later";
            case BadImage.NeverHealthy: await HttpServiceImage.MakeAsync("never", ["HEALTH_NEVER=1"]); return "never";
            case BadImage.HealthyThenFailing: await HttpServiceImage.MakeAsync("failing", ["HEALTH_FAILS_AFTER_MS=4000"]); return "failing";
            case BadImage.OtherArchitecture: await HttpServiceImage.MakeAsync("foreign", foreign: true); return "foreign";
            case BadImage.NoShell: await HttpServiceImage.MakeAsync("no-shell", shell: false); return "no-shell";
            default: return "missing";
        }
    }
}
