using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Tests.Health;

/// <summary>What a real Prometheus and a real Alertmanager tell.</summary>
public sealed class PrometheusCheckTests(PrometheusFixture servers) : IClassFixture<PrometheusFixture>, IDisposable
{
    private const string Two = """label_replace(vector(7), "queue", "mail", "", "") or label_replace(vector(42), "queue", "billing", "", "")""";

    private readonly HealthLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Theory]
    [InlineData("vector(5)", "warning: 10, critical: 20", HealthStatus.Healthy, "5", "It is 5.")]
    [InlineData("scalar(vector(15))", "warning: 10, critical: 20", HealthStatus.Degraded, "15", "It is 15.")]
    [InlineData("vector(90)", "warning: 1m, critical: 5m", HealthStatus.Degraded, "1 min 30 s", "It is 1 min 30 s.")]
    [InlineData(Two, "warning: 10, critical: 40", HealthStatus.Unhealthy, "42", "It is 42 of {queue=\"billing\"} (the worst of 2 series).")]
    [InlineData(Two, "warning: 10, critical: 5", HealthStatus.Degraded, "7", "It is 7 of {queue=\"mail\"} (the worst of 2 series).")]
    [InlineData("vector(1) / 0", "warning: 10", HealthStatus.Degraded, null, "It is ")]
    [InlineData("vector(3)", "expect: 3", HealthStatus.Healthy, "3", "It is '3'.")]
    [InlineData(Two, "expect: 42", HealthStatus.Unhealthy, "7", "It is '7' of {queue=\"mail\"} (the worst of 2 series), not '42'.")]
    [InlineData("vector(1)", "", HealthStatus.Healthy, "1", "It is '1'.")]
    [InlineData("vector(1) or label_replace(vector(0), \"host\", \"b\", \"\", \"\")", "", HealthStatus.Unhealthy, "0", "It is '0' of {host=\"b\"} (the worst of 2 series).")]
    [InlineData("no_such_series", "warning: 1", HealthStatus.Unknown, null, "The query gives no data.")]
    [InlineData("vector(0) / vector(0)", "warning: 1", HealthStatus.Unknown, "NaN", "The query gives NaN, which is no number")]
    [InlineData("label_replace(vector(0) / 0, \"a\", \"b\", \"\", \"\") or vector(3)", "warning: 2", HealthStatus.Degraded, "3", "It is 3 (the worst of 2 series).")]
    [InlineData("sum(", "warning: 1", HealthStatus.Unknown, null, "Prometheus refuses the query: ")]
    [InlineData("prometheus_build_info[1m]", "warning: 1", HealthStatus.Unknown, null, "The query gives a matrix")]
    public async Task A_query_is_a_figure(string query, string expected, HealthStatus status, string? value, string said)
    {
        HealthResult result = await _lab.OneAsync($"prometheus: {servers.Prometheus}\nchecks: {{ figure: {{ prometheus: '{query}', {expected} }} }}", "figure");

        Assert.Equal((status, new Uri(servers.Prometheus).Authority), (result.Status, result.Target));
        Assert.StartsWith(said.TrimEnd('.'), result.Message);
        if (value is not null) Assert.Equal(value, result.Value);
        Assert.Equal(status == HealthStatus.Healthy, result.Remedy.Length == 0);
    }

    [Fact]
    public async Task What_is_no_prometheus_is_told_and_a_token_goes_to_the_server_alone()
    {
        await using var web = new WebServer();
        _lab.Folder.Write(".env", "TOKEN=prometheus-secret-5\n");
        HealthResult other = await _lab.OneAsync($"prometheus: {{ url: \"{web.Url("/")}\", bearer: \"file:.env#TOKEN\" }}\nchecks: {{ figure: {{ prometheus: up }} }}", "figure");
        HealthResult gone = await _lab.OneAsync($"checks: {{ figure: {{ prometheus: up, server: \"http://127.0.0.1:{FreePorts.Take()}\" }} }}", "figure");

        Assert.Equal(HealthStatus.Unknown, other.Status);
        Assert.Contains("with 404 is no Prometheus", other.Message);
        string asked = Assert.Single(web.Requests);
        Assert.StartsWith("GET /api/v1/query?query=up ", asked);
        Assert.Contains("Authorization: Bearer prometheus-secret-5", asked);
        Assert.DoesNotContain("prometheus-secret-5", other.ToString() + other.Remedy);
        Assert.Equal(HealthStatus.Unhealthy, gone.Status);
        Assert.Contains("nothing listens there", gone.Message);
    }

    [Fact]
    public async Task Alerts_that_fire_are_counted_by_severity_and_silenced_ones_are_not()
    {
        string text = $$"""
            checks:
              firing: { alertmanager: "{{servers.Alertmanager}}/" }
              severe: { alertmanager: "{{servers.Alertmanager}}", severity: critical }
              many: { alertmanager: "{{servers.Alertmanager}}", warning: 3, critical: 10 }
            """;
        HealthResult none = await _lab.OneAsync(text, "firing");
        await servers.FireAsync(("Watchdog", "none", "a"));
        HealthResult harmless = await _lab.OneAsync(text, "firing");
        await servers.FireAsync(("SlowDisk", "warning", "a"), ("SlowDisk", "warning", "b"));
        HealthResult warned = await _lab.OneAsync(text, "firing"), many = await _lab.OneAsync(text, "many"), critical = await _lab.OneAsync(text, "severe");
        // The disk's alert is explained by the host's, which somebody works on.
        await servers.FireAsync(("HostDown", "critical", "c"), ("DiskFull", "critical", "c"));
        HealthResult down = await _lab.OneAsync(text, "firing"), downOnly = await _lab.OneAsync(text, "severe");
        await servers.SilenceAsync("HostDown");
        await servers.SilenceAsync("DiskFull");
        await servers.ResolveAsync("SlowDisk", "warning", "b");
        HealthResult silenced = await _lab.OneAsync(text, "firing");

        Assert.Equal((HealthStatus.Healthy, "0", "No alert fires."), (none.Status, none.Value, none.Message));
        Assert.Equal((HealthStatus.Healthy, "1 alert fires: Watchdog (none)."), (harmless.Status, harmless.Message));
        Assert.Equal((HealthStatus.Degraded, "3 alerts fire: SlowDisk (warning) 2 times, Watchdog (none)."), (warned.Status, warned.Message));
        Assert.Equal((HealthStatus.Degraded, "from 3 / 10", 3d), (many.Status, many.Threshold, many.Number));
        Assert.Equal((HealthStatus.Healthy, "No alert of severity critical fires."), (critical.Status, critical.Message));
        Assert.Equal((HealthStatus.Unhealthy, "4 alerts fire: HostDown (critical), SlowDisk (warning) 2 times, Watchdog (none)."), (down.Status, down.Message));
        Assert.Equal((HealthStatus.Unhealthy, "1 alert of severity critical fires: HostDown (critical)."), (downOnly.Status, downOnly.Message));
        Assert.Equal((HealthStatus.Degraded, "2 alerts fire: SlowDisk (warning), Watchdog (none)."), (silenced.Status, silenced.Message));
    }

    [Fact]
    public async Task What_is_no_alertmanager_is_told()
    {
        HealthResult result = await _lab.OneAsync($"checks: {{ alerts: {{ alertmanager: \"{servers.Prometheus}\" }} }}", "alerts");
        Assert.Equal(HealthStatus.Unknown, result.Status);
        Assert.Contains("is no Alertmanager", result.Message);
    }

    [Fact]
    public async Task Testing_the_environment_asks_the_server()
    {
        EnvironmentLoad load = EnvironmentLoader.Load(_lab.Folder.Write("ops.yaml", $"environment: lab\nprometheus: {servers.Prometheus}\n"));
        var findings = new List<EnvironmentFinding>();
        await foreach (EnvironmentFinding finding in EnvironmentTester.RunAsync(load, connect: true, SilentReporter.Instance, default)) findings.Add(finding);
        Assert.StartsWith("prometheus: Prometheus answers a query", findings[0].Message);
        Assert.Equal(["Reachable", "Valid"], findings.Select(f => f.Code));
    }
}
