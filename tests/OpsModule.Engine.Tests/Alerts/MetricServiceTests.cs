using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Outlets.Alerts;
using OpsModule.Engine.Signals;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Alerts;

public sealed class MetricServiceTests : IAsyncDisposable
{
    private const string Odd = "a \"b\" \\ c\nd 日本";

    private readonly AlertLab _lab = new();
    private readonly WebServer _web = new();

    public async ValueTask DisposeAsync()
    {
        await _web.DisposeAsync();
        _lab.Dispose();
    }

    [Fact]
    public async Task ATextfileIsReadBackToWhatWasMeasured()
    {
        await SendAsync(Textfile(), new MetricBatch("backup", [MetricNames.BackupStored.Of(12345678901, ("database", Odd)), MetricNames.JobDuration.Of(0.1), MetricNames.UsageRead.Of(7), MetricNames.UsageCpu.Of(double.PositiveInfinity)]));
        string file = Assert.Single(Directory.GetFiles(_lab.Folder["prom"]));
        Assert.Equal("ops_lab_backup.prom", Path.GetFileName(file));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead, File.GetUnixFileMode(file));
        Dictionary<string, (string Type, List<(Dictionary<string, string> Labels, double Value)> Samples)> read = Parse(File.ReadAllText(file));
        Assert.Equal((12345678901, Odd, "lab"), (read["ops_backup_stored_bytes"].Samples[0].Value, read["ops_backup_stored_bytes"].Samples[0].Labels["database"], read["ops_backup_stored_bytes"].Samples[0].Labels["environment"]));
        Assert.Equal(("counter", 0.1, double.PositiveInfinity), (read["ops_usage_block_read_bytes_total"].Type, read["ops_job_duration_seconds"].Samples[0].Value, read["ops_usage_cpu_cores"].Samples[0].Value));
    }

    [Fact]
    public async Task AJobReplacesItsOwnValuesOfTheSameMetricsAndNothingElse()
    {
        OpsContext context = Textfile();
        await SendAsync(context, new MetricBatch("a", [MetricNames.JobSuccess.Of(1, ("target", "x")), MetricNames.JobLastSuccess.Of(100)]));
        await SendAsync(context, new MetricBatch("b", [MetricNames.JobSuccess.Of(1)]));
        await SendAsync(context, new MetricBatch("a", [MetricNames.JobSuccess.Of(0, ("target", "y")), MetricNames.JobSuccess.Of(1, ("target", "y"))]));
        var read = Parse(File.ReadAllText(_lab.Folder["prom/ops_lab_a.prom"]));
        Assert.Equal(["ops_job_last_success_timestamp_seconds", "ops_job_success"], read.Keys);
        Assert.Equal(("y", 1), (read["ops_job_success"].Samples.Single().Labels["target"], read["ops_job_success"].Samples.Single().Value));
        Assert.True(File.Exists(_lab.Folder["prom/ops_lab_b.prom"]));
    }

    [Fact]
    public async Task JobsThatDifferOnlyInOddCharactersHaveFilesOfTheirOwn()
    {
        OpsContext context = Textfile();
        foreach (string job in new[] { "a/b", "a.b", "../a" }) await SendAsync(context, new MetricBatch(job, [MetricNames.JobSuccess.Of(1)]));
        Assert.Equal(3, Directory.GetFiles(_lab.Folder["prom"]).Length);
    }

    [Fact]
    public async Task ManyWritersAtOnceLeaveOneWholeFile()
    {
        Directory.CreateDirectory(_lab.Folder["prom"]);
        OpsContext[] processes = [.. Enumerable.Range(0, 6).Select(_ => Textfile())];
        MetricName[] names = [.. MetricNames.All.Take(6)];
        await Task.WhenAll(processes.Select((p, i) => Task.Run(() => SendAsync(p, new MetricBatch("a", [names[i].Of(i)])))));
        Assert.Equal(names.Select(n => n.Name).Order(StringComparer.Ordinal), Parse(File.ReadAllText(Assert.Single(Directory.GetFiles(_lab.Folder["prom"])))).Keys);
    }

    [Fact]
    public async Task APushgatewayGetsAGroupForEachJob()
    {
        OpsContext context = _lab.Context($"metrics: {{ pushgateway: {{ url: \"{_web.Url("/ignored/..")}\", job: shop, grouping: {{ site: \"north/1\" }} }} }}");
        MetricDelivery delivery = Assert.Single(await new MetricService(context).SendAsync(new MetricBatch("backup-main", [MetricNames.JobSuccess.Of(1)]), default));
        // This server knows no such path; what counts is what it was asked.
        Assert.Equal((DeliveryOutcome.Failed, "it answers 404"), (delivery.Outcome, delivery.Message));
        string request = Assert.Single(_web.Requests);
        Assert.StartsWith("POST /metrics/job/shop/environment/lab/task/backup-main/site@base64/bm9ydGgvMQ HTTP/1.1", request);
        Assert.Equal(1, Parse(request.Split("\r\n\r\n", 2)[1])["ops_job_success"].Samples.Single().Value);
    }

    [Fact]
    public async Task JsonIsPostedAsDocumented()
    {
        OpsContext context = _lab.Context($"metrics: {{ http: {{ url: {_lab.Hook("metrics", _web.Url("/ok"))} }} }}");
        MetricDelivery delivery = Assert.Single(await new MetricService(context).SendAsync(new MetricBatch("a", [MetricNames.JobDuration.Of(1.5, ("kind", "backup")), MetricNames.UsageCpu.Of(double.NaN)]), default));
        Assert.Equal((DeliveryOutcome.Delivered, 2), (delivery.Outcome, delivery.Metrics));
        JsonElement sent = JsonDocument.Parse(_web.Requests.Single().Split("\r\n\r\n", 2)[1]).RootElement;
        Assert.Equal(["version", "environment", "job", "time", "metrics"], sent.EnumerateObject().Select(p => p.Name));
        Assert.Equal("""{"name":"ops_job_duration_seconds","type":"gauge","help":"How long the last run took.","labels":{"kind":"backup","environment":"lab"},"value":1.5}""", sent.GetProperty("metrics")[0].GetRawText());
        Assert.Equal(JsonValueKind.Null, sent.GetProperty("metrics")[1].GetProperty("value").ValueKind);
    }

    [Fact]
    public async Task APlaceThatIsNotThereIsAResult()
    {
        OpsContext context = _lab.Context($"metrics: {{ textfile: none, pushgateway: {{ url: \"http://127.0.0.1:1\" }}, http: {{ url: {_lab.Hook("hangs", _web.Url("/never"))} }}, timeout: 1s }}");
        IReadOnlyList<MetricDelivery> deliveries = await new MetricService(context).SendAsync(new MetricBatch("a", [MetricNames.JobSuccess.Of(1)]), default);
        Assert.Equal([$"textfile: Failed: there is no folder {_lab.Folder["none"]}", "pushgateway: Failed: the connection is refused, nothing listens there", "http: Failed: no answer in 1 s"], deliveries.Select(d => d.ToString()));
    }

    [Fact]
    public void EveryMetricIsInTheDocumentationAndNoOther()
    {
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "concepts", "alerts.md"));
        Assert.Equal(MetricNames.All.Select(m => m.Name).Order(StringComparer.Ordinal), Regex.Matches(page, @"^\| `(ops_[a-z0-9_]+)` \|", RegexOptions.Multiline).Select(m => m.Groups[1].Value).Order(StringComparer.Ordinal));
        Assert.All(MetricNames.All, m => Assert.Equal(m.Type == MetricType.Counter, m.Name.EndsWith("_total", StringComparison.Ordinal)));
    }

    [Fact]
    public void ResultsHoldFiguresInBaseUnits()
    {
        IMetricSource result = new HealthResult { Check = "disk.free", Target = "/", Status = HealthStatus.Degraded, Message = "", Environment = "lab", Number = 15, Unit = Engine.Environments.FigureUnit.Percent, Latency = TimeSpan.FromMilliseconds(250) };
        Assert.Equal([("ops_health_status", 1), ("ops_health_ratio", 0.15), ("ops_health_latency_seconds", 0.25)], result.ToMetrics().Samples.Select(s => (s.Metric.Name, s.Value)));
    }

    private OpsContext Textfile()
    {
        Directory.CreateDirectory(_lab.Folder["prom"]);
        return _lab.Context("metrics: { textfile: prom }");
    }

    private static async Task SendAsync(OpsContext context, MetricBatch batch) =>
        Assert.All(await new MetricService(context).SendAsync(batch, default), d => Assert.True(d.Outcome == DeliveryOutcome.Delivered, d.Message));

    /// <summary>The text format, read strictly: HELP, TYPE, samples of that name, and nothing else.</summary>
    private static Dictionary<string, (string Type, List<(Dictionary<string, string> Labels, double Value)> Samples)> Parse(string text)
    {
        Assert.EndsWith("\n", text);
        var families = new Dictionary<string, (string, List<(Dictionary<string, string>, double)>)>();
        string? name = null;
        foreach (string line in text.TrimEnd('\n').Split('\n'))
        {
            if (Regex.Match(line, "^# HELP ([a-z_:0-9]+) .+$") is { Success: true } help) name = help.Groups[1].Value;
            else if (Regex.Match(line, "^# TYPE ([a-z_:0-9]+) (gauge|counter)$") is { Success: true } type)
            {
                Assert.Equal(name, type.Groups[1].Value);
                families.Add(name!, (type.Groups[2].Value, []));
            }
            else
            {
                Match sample = Regex.Match(line, """^([a-z_:0-9]+)(?:\{((?:[a-z_]+="(?:[^"\\]|\\["\\n])*",?)*)\})? ([^ ]+)$""");
                Assert.True(sample.Success && sample.Groups[1].Value == name, line);
                var labels = Regex.Matches(sample.Groups[2].Value, "([a-z_]+)=\"((?:[^\"\\\\]|\\\\.)*)\"").ToDictionary(m => m.Groups[1].Value,
                    m => Regex.Replace(m.Groups[2].Value, @"\\(.)", e => e.Groups[1].Value == "n" ? "\n" : e.Groups[1].Value));
                families[name!].Item2.Add((labels, sample.Groups[3].Value == "+Inf" ? double.PositiveInfinity : double.Parse(sample.Groups[3].Value, CultureInfo.InvariantCulture)));
            }
        }
        return families;
    }
}
