using OpsModule.Connections.Proxies;
using OpsModule.Connections.Proxies.Nginx;
using OpsModule.Engine.Areas.Rollouts.Proxies;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Engine.Tests.Rollouts.Lab;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Rollouts.Proxies;

/// <summary>What is nginx's own: a file, a reload, workers from before.</summary>
public sealed class NginxProxyTests
{
    private const string Api = ProxyLab.Service;

    [Fact]
    public async Task A_configuration_that_is_broken_is_told_in_its_words_and_nothing_is_changed()
    {
        await using HttpInstance one = await HttpInstance.StartAsync("1"), two = await HttpInstance.StartAsync("2");
        await using var lab = (NginxLab)await ProxyLab.StartAsync(ProxyKind.Nginx, one.Server);
        using IServiceProxy proxy = lab.Open();
        string before = File.ReadAllText(lab.Upstream);
        File.WriteAllText(lab.Main, File.ReadAllText(lab.Main).Replace("worker_processes 2;", "worker_processes 2; no_such_directive on;"));

        OpsException refused = await Assert.ThrowsAsync<OpsException>(() => proxy.SetAsync(TestScope.Instance, Api, [two.Server], default));

        Assert.Equal("ProxyRefused", refused.ErrorId);
        Assert.Contains("no_such_directive", refused.Message);
        Assert.Equal(before, File.ReadAllText(lab.Upstream));
        Assert.Equal([lab.Upstream], Directory.GetFiles(Path.GetDirectoryName(lab.Upstream)!));
        Assert.Equal(["1"], await lab.VersionsAsync());
        Assert.Contains("no_such_directive", (await Assert.ThrowsAsync<OpsException>(() => proxy.CheckAsync(Api, default))).Message);
    }

    [Fact]
    public async Task A_reload_that_nginx_does_not_carry_out_is_refused_and_the_file_put_back()
    {
        await using HttpInstance one = await HttpInstance.StartAsync("1"), two = await HttpInstance.StartAsync("2");
        await using var lab = (NginxLab)await ProxyLab.StartAsync(ProxyKind.Nginx, one.Server);
        using IServiceProxy proxy = lab.Open();
        string before = File.ReadAllText(lab.Upstream);
        // nginx -t finds nothing wrong with a port that somebody has; the reload does.
        File.WriteAllText(lab.Main, File.ReadAllText(lab.Main).Replace("server {", $"server {{ listen {one.Server.EndPoint};"));

        OpsException refused = await Assert.ThrowsAsync<OpsException>(() => proxy.SetAsync(TestScope.Instance, Api, [two.Server], default));

        Assert.Equal("ProxyRefused", refused.ErrorId);
        Assert.Equal(before, File.ReadAllText(lab.Upstream));
        Assert.Equal(["1"], await lab.VersionsAsync());
    }

    [Fact]
    public async Task Lines_of_the_user_within_the_upstream_stay_and_other_servers_are_refused()
    {
        await using HttpInstance one = await HttpInstance.StartAsync("1"), two = await HttpInstance.StartAsync("2");
        await using var lab = (NginxLab)await ProxyLab.StartAsync(ProxyKind.Nginx, one.Server);
        using IServiceProxy proxy = lab.Open();
        File.WriteAllText(lab.Upstream, File.ReadAllText(lab.Upstream).Replace("upstream api {\n",
            "upstream api {\n    least_conn;\n    keepalive 8;\n"));
        await proxy.SetAsync(TestScope.Instance, Api, [one.Server, two.Server], default);
        Assert.Contains("    least_conn;\n    keepalive 8;\n", File.ReadAllText(lab.Upstream));
        Assert.True((await proxy.ProveAsync(Api, two.Server, TimeSpan.FromSeconds(20), default)).IsProven);

        string own = File.ReadAllText(lab.Upstream).Replace("    least_conn;", "    server backup.example.net:80 backup;");
        File.WriteAllText(lab.Upstream, own);
        Assert.Equal("ProxyConfigurationUnclear", (await Assert.ThrowsAsync<OpsException>(() =>
            proxy.SetAsync(TestScope.Instance, Api, [one.Server], default))).ErrorId);
        Assert.Equal(own, File.ReadAllText(lab.Upstream));
    }

    [Fact]
    public async Task The_same_again_does_not_reload_and_a_run_that_died_before_the_reload_is_made_good()
    {
        await using HttpInstance one = await HttpInstance.StartAsync("1"), two = await HttpInstance.StartAsync("2");
        await using var lab = (NginxLab)await ProxyLab.StartAsync(ProxyKind.Nginx, one.Server);
        using IServiceProxy proxy = lab.Open();
        await proxy.SetAsync(TestScope.Instance, Api, [two.Server], default);
        string[] workers = await WorkersAsync(lab);
        string file = File.ReadAllText(lab.Upstream);

        await proxy.SetAsync(TestScope.Instance, Api, [two.Server], default);

        Assert.Equal(file, File.ReadAllText(lab.Upstream));
        Assert.Equal(workers, await WorkersAsync(lab));

        // As if it had been killed between file and reload.
        UpstreamFile written = UpstreamFile.Parse(Api, file).With([one.Server], DateTimeOffset.UtcNow);
        File.WriteAllText(lab.Upstream, written.Text(lab.Options));
        Assert.Equal(["2"], await lab.VersionsAsync());
        await proxy.SetAsync(TestScope.Instance, Api, [one.Server], default);
        Assert.Equal(["1"], await lab.VersionsAsync());
    }

    [Fact]
    public async Task Nobody_is_told_anything_at_the_port_of_proofs_but_who_answers()
    {
        await using HttpInstance one = await HttpInstance.StartAsync("1");
        await using var lab = (NginxLab)await ProxyLab.StartAsync(ProxyKind.Nginx, one.Server);
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{lab.Options.Port}") };

        Assert.Equal(404, (int)(await client.GetAsync("/env/PATH")).StatusCode);
        Assert.Equal(404, (int)(await client.GetAsync("/")).StatusCode);
        Assert.Equal(403, (int)(await client.PostAsync("/proof", new StringContent("x"))).StatusCode);
        HttpResponseMessage proof = await client.GetAsync("/proof?x=1");
        Assert.Equal($"{one.Server.EndPoint} 200",
            string.Join(' ', proof.Headers.GetValues("X-OpsModule-Upstream").Single().Split(' ')[..2]));
        // Clients of the service are told nothing of it.
        using var web = new HttpClient();
        Assert.DoesNotContain((await web.GetAsync($"http://127.0.0.1:{lab.Port}/")).Headers,
            h => h.Key.StartsWith("X-OpsModule", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Nothing_is_logged_for_us_unless_something_is_measured()
    {
        await using HttpInstance one = await HttpInstance.StartAsync("1");
        await using var lab = (NginxLab)await ProxyLab.StartAsync(ProxyKind.Nginx, one.Server);
        using IServiceProxy proxy = lab.Open();
        await lab.VersionsAsync();
        Assert.Equal("", File.ReadAllText(lab.Options.LogOf(Api)));
        Assert.Null(await proxy.MeasureAsync(Api, DateTimeOffset.UtcNow, default));

        await proxy.SetAsync(TestScope.Instance, Api, [one.Server], default);
        await lab.VersionsAsync(5);

        // nginx writes its line when the answer has gone.
        await ProxyLab.UntilAsync(() => Task.FromResult(File.ReadAllLines(lab.Options.LogOf(Api)).Length >= 5), "not every answer was logged");
        Assert.Equal(5, File.ReadAllLines(lab.Options.LogOf(Api)).Length);
    }

    /// <summary>Its two workers, once those from before a reload have gone.</summary>
    private static async Task<string[]> WorkersAsync(NginxLab lab)
    {
        string master = File.ReadAllText(lab.Folder["nginx.pid"]).Trim();
        string[] workers = [];
        await ProxyLab.UntilAsync(() =>
        {
            workers = File.ReadAllText($"/proc/{master}/task/{master}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return Task.FromResult(workers.Length == 2);
        }, "nginx has not two workers");
        return [.. workers.Order(StringComparer.Ordinal)];
    }
}
