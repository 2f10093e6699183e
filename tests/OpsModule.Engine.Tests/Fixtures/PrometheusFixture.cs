using System.Diagnostics;
using System.Net.Http.Json;

namespace OpsModule.Engine.Tests.Fixtures;

/// <summary>A real Prometheus and a real Alertmanager on free loopback ports.</summary>
public sealed class PrometheusFixture : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private readonly List<Process> _servers = [];
    private readonly HttpClient _client = new();

    public string Prometheus { get; } = $"http://127.0.0.1:{FreePorts.Take()}";

    public string Alertmanager { get; } = $"http://127.0.0.1:{FreePorts.Take()}";

    public async Task InitializeAsync()
    {
        string rules = _folder.Write("prometheus.yml", "global: { scrape_interval: 1h }\n");
        string routes = _folder.Write("alertmanager.yml", """
            route: { receiver: nobody, group_wait: 1h }
            receivers: [ { name: nobody } ]
            inhibit_rules: [ { source_matchers: [ 'alertname="HostDown"' ], target_matchers: [ 'alertname="DiskFull"' ], equal: [ host ] } ]
            """);
        await Task.WhenAll(
            StartAsync("prometheus", Prometheus, "--config.file=" + rules, "--storage.tsdb.path=" + _folder["data"], "--log.level=error", "--web.listen-address=" + new Uri(Prometheus).Authority),
            StartAsync("prometheus-alertmanager", Alertmanager, "--config.file=" + routes, "--storage.path=" + _folder["alerts"], "--log.level=error", "--cluster.listen-address=", "--web.listen-address=" + new Uri(Alertmanager).Authority));
    }

    /// <summary>Lets alerts fire for an hour.</summary>
    public Task FireAsync(params (string Name, string Severity, string Host)[] alerts) => PostAsync("/api/v2/alerts", alerts.Select(a => new
    {
        labels = new Dictionary<string, string> { ["alertname"] = a.Name, ["severity"] = a.Severity, ["host"] = a.Host },
        startsAt = DateTimeOffset.UtcNow.AddMinutes(-1), endsAt = DateTimeOffset.UtcNow.AddHours(1),
    }));

    /// <summary>Lets an alert be over.</summary>
    public Task ResolveAsync(string name, string severity, string host) => PostAsync("/api/v2/alerts", new[]
    {
        new { labels = new Dictionary<string, string> { ["alertname"] = name, ["severity"] = severity, ["host"] = host }, endsAt = DateTimeOffset.UtcNow.AddSeconds(-1) },
    });

    /// <summary>Silences all alerts of a name for an hour.</summary>
    public Task SilenceAsync(string name) => PostAsync("/api/v2/silences", new
    {
        matchers = new[] { new { name = "alertname", value = name, isRegex = false } },
        startsAt = DateTimeOffset.UtcNow.AddSeconds(-1), endsAt = DateTimeOffset.UtcNow.AddHours(1), createdBy = "test", comment = "test",
    });

    public async Task DisposeAsync()
    {
        foreach (Process server in _servers)
        {
            if (!server.HasExited) server.Kill();
            await server.WaitForExitAsync();
            server.Dispose();
        }
        _client.Dispose();
        _folder.Dispose();
    }

    private async Task PostAsync<T>(string path, T body)
    {
        using HttpResponseMessage answer = await _client.PostAsJsonAsync(Alertmanager + path, body);
        if (!answer.IsSuccessStatusCode) throw new InvalidOperationException(await answer.Content.ReadAsStringAsync());
    }

    private async Task StartAsync(string program, string url, params string[] arguments)
    {
        var info = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in arguments) info.ArgumentList.Add(argument);
        Process server = Process.Start(info)!;
        lock (_servers) _servers.Add(server);
        var said = new List<string?>();
        server.OutputDataReceived += (_, line) => { lock (said) said.Add(line.Data); };
        server.ErrorDataReceived += (_, line) => { lock (said) said.Add(line.Data); };
        server.BeginOutputReadLine();
        server.BeginErrorReadLine();
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                using HttpResponseMessage answer = await _client.GetAsync(url + "/-/ready");
                if (answer.IsSuccessStatusCode) return;
            }
            catch (HttpRequestException) { }
            if (attempt == 600 || server.HasExited) throw new InvalidOperationException($"{program} does not start: {string.Join('\n', said)}");
            await Task.Delay(50);
        }
    }
}
