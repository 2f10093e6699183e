using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using OpsModule.Cmdlets.Tests.Running;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Outlets.Alerts;
using OpsModule.Engine.Signals;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Cmdlets.Tests.Alerts;

/// <summary>Alerts and metrics in pipelines, with a web server that keeps what it is told.</summary>
public sealed class AlertCmdletTests : IAsyncDisposable
{
    private const string Secret = "T0ps3cret";

    private readonly string _folder = Directory.CreateTempSubdirectory("opsmodule-").FullName;
    private readonly WebServer _web = new();

    public AlertCmdletTests() => Write("/ok");

    public async ValueTask DisposeAsync()
    {
        await _web.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void AMessageIsToldAndItsRepeatFolded()
    {
        PwshRun run = Run("Send-OpsAlert 'Maintenance begins' -Severity Critical");
        var delivery = Assert.IsType<AlertDelivery>(Assert.Single(run.Objects));
        Assert.Equal(("pager", DeliveryOutcome.Delivered, AlertSeverity.Critical, 0), (delivery.Receiver, delivery.Outcome, delivery.Alert.Severity, run.ExitCode));
        Assert.Equal(DeliveryOutcome.Folded, Deliveries("Send-OpsAlert 'Maintenance begins' -Severity Critical").Single().Outcome);
        Assert.StartsWith("resolved", Deliveries("Send-OpsAlert 'Maintenance begins' -Resolved").Single().Message);
        Assert.Equal(["firing", "resolved"], Told().Select(t => t.GetProperty("state").GetString()));
    }

    [Fact]
    public void WhatIfSaysWhoWouldHearOfItAndTellsNobody()
    {
        PwshRun run = Run("Send-OpsAlert hello -WhatIf");
        Assert.Contains($"receiver pager (to webhook at 127.0.0.1:{_web.Port})", Assert.Single(run.WhatIfs));
        Assert.Contains("values of health", Assert.Single(Run("Test-OpsHealth closed | Send-OpsMetric -WhatIf").WhatIfs));
        Run("Backup-OpsDatabase main -WhatIf");
        Assert.Empty(_web.Requests);
        Assert.Empty(Directory.GetFiles(Path.Combine(_folder, "prom")));
    }

    [Fact]
    public void ResultsOfTestsAreToldWhenTheyAreBad()
    {
        Assert.Equal(["closed of 127.0.0.1:1 is unhealthy"], Deliveries("Test-OpsHealth closed, journal | Send-OpsAlert").Select(d => d.Alert.Title));
        PwshRun none = Run("Get-Date | Send-OpsAlert");
        Assert.Equal("NoAlertSource", Assert.Single(none.Errors).ErrorId);
    }

    [Theory]
    [InlineData("Send-OpsAlert", "MessageMissing")]
    [InlineData("Send-OpsAlert x -Receiver pagre", "ReceiverUnknown")]
    [InlineData("Send-OpsMetric", "MetricMissing")]
    [InlineData("Send-OpsMetric '1 x' 2", "MetricNameInvalid")]
    [InlineData("Send-OpsMetric x 2 -Label @{__x='y'}", "LabelInvalid")]
    [InlineData("Get-OpsEnvironment | Send-OpsMetric", "MetricMissing")]
    [InlineData("Get-OpsEnvironment | Send-OpsAlert", "MessageMissing")]
    [InlineData("Get-Date | Send-OpsMetric", "NoMetricSource")]
    public void AMistakeIsAnError(string pipeline, string errorId) => Assert.Equal(errorId, Assert.Single(Run(pipeline).Errors).ErrorId);

    [Fact]
    public void WithoutReceiversSendingIsAnError()
    {
        File.WriteAllText(Path.Combine(_folder, "ops.yaml"), "environment: shop\n");
        Assert.Equal("NoReceiver", Assert.Single(Run("Send-OpsAlert x").Errors).ErrorId);
        Assert.Equal("NoMetricTarget", Assert.Single(Run("Send-OpsMetric x 1").Errors).ErrorId);
        Assert.Equal("NoReceiver", Assert.Single(Run("Watch-OpsHealth -Count 1 -Alert").Errors).ErrorId);
    }

    [Fact]
    public void MetricsArriveInAFileForEachJob()
    {
        var own = Assert.IsType<MetricDelivery>(Assert.Single(Run("Send-OpsMetric shop_orders_open 42 -Label @{region='north'}").Objects));
        Assert.Equal(("textfile", DeliveryOutcome.Delivered, 1), (own.Target, own.Outcome, own.Metrics));
        Assert.Contains("shop_orders_open{environment=\"shop\",region=\"north\"} 42\n", File.ReadAllText(Prom("values")));
        Run("Test-OpsHealth checks | Send-OpsMetric");
        Assert.Contains("ops_health_status{check=\"closed\",environment=\"shop\",target=\"127.0.0.1:1\"} 2\n", File.ReadAllText(Prom("health")));
    }

    [Fact]
    public void WatchingTellsChangesAndALaterWatchTellsThatItIsWell()
    {
        using var found = new TcpListener(IPAddress.Loopback, 0);
        found.Start();
        var address = (IPEndPoint)found.LocalEndpoint;
        found.Stop();
        Write("/ok", $"{address}");
        Run("Watch-OpsHealth checks -Count 1 -Damping 1 -Alert");
        Run("Watch-OpsHealth checks -Count 1 -Damping 1 -Alert");
        using var listener = new TcpListener(address);
        listener.Start();
        Assert.Empty(Run("Watch-OpsHealth checks -Count 1 -Damping 1 -Alert").Objects);
        Assert.Equal([("firing", 0), ("resolved", 1)], Told().Select(t => (t.GetProperty("state").GetString()!, t.GetProperty("folded").GetInt32())));
    }

    [Fact]
    public void ABackupThatCannotBeginIsToldAndItsErrorIsTheSame()
    {
        PwshRun run = Run("Backup-OpsDatabase main");
        Assert.Equal("DatabaseUnreachable", Assert.Single(run.Errors).ErrorId);
        JsonElement told = Assert.Single(Told());
        Assert.Equal(("backup", "firing", "critical", "DatabaseUnreachable"),
            (told.GetProperty("kind").GetString(), told.GetProperty("state").GetString(), told.GetProperty("severity").GetString(), told.GetProperty("fields").GetProperty("Error").GetString()));
        Assert.Contains("ops_job_success{environment=\"shop\",kind=\"backup\"", File.ReadAllText(Directory.GetFiles(Path.Combine(_folder, "prom")).Single()));
    }

    [Fact]
    public void AReceiverThatHangsIsAWarningWithoutItsSecret()
    {
        Write("/never");
        PwshRun run = Run("Backup-OpsDatabase main");
        Assert.Equal("DatabaseUnreachable", Assert.Single(run.Errors).ErrorId);
        Assert.Contains("Receiver pager did not take", Assert.Single(run.Warnings));
        Assert.DoesNotContain(Secret, string.Join('\n', [.. run.Warnings, .. run.VerboseMessages, .. run.Errors.Select(e => e.Message), File.ReadAllText(Path.Combine(_folder, ".ops", "alerts.json"))]));
    }

    [Fact]
    public void StraysInAStoreAreOneAlertAndDrillsWithoutABackupAreTold()
    {
        string store = Directory.CreateDirectory(Path.Combine(_folder, "store", "shop", "database", "main", "full")).FullName;
        for (int i = 1; i <= 3; i++)
        {
            string stray = Path.Combine(store, $"2026010{i}T000000Z-00000a.dump.zst");
            File.WriteAllText(stray, "x");
            File.SetLastWriteTimeUtc(stray, DateTime.UtcNow.AddDays(-3));
        }
        Run("Test-OpsBackup");
        Run("Invoke-OpsRecoveryDrill -Latest -Name main");
        Assert.Equal([("verification", "firing"), ("drill", "firing")], Told().Select(t => (t.GetProperty("kind").GetString()!, t.GetProperty("state").GetString()!)));
    }

    [Fact]
    public void ConnectTriesReceiversAndTellsThemNothing()
    {
        EnvironmentFinding[] findings = [.. Run("Test-OpsEnvironment -Connect").Objects.Cast<EnvironmentFinding>()];
        Assert.Equal(FindingSeverity.Information, findings.Single(f => f.Path == "alerts.receivers.pager").Severity);
        Assert.Contains("metrics can be written there", findings.Single(f => f.Path == "metrics.textfile").Message);
        Assert.Empty(_web.Requests);
        Assert.DoesNotContain(findings, f => f.Message.Contains(Secret));
    }

    [Fact]
    public void TheTablesFitEightyColumns()
    {
        string[] lines = [.. Run("& { Send-OpsAlert 'A long message about something that needs more than one line'; Send-OpsMetric x 1 } | Out-String -Width 80 -Stream").Objects.Cast<string>()];
        Assert.NotEmpty(lines);
        Assert.All(lines, l => Assert.InRange(l.Length, 0, 80));
    }

    private void Write(string path, string closed = "127.0.0.1:1")
    {
        Directory.CreateDirectory(Path.Combine(_folder, "prom"));
        File.WriteAllText(Path.Combine(_folder, "hook.secret"), _web.Url(path).Replace("//", $"//ops:{Secret}@"));
        File.WriteAllText(Path.Combine(_folder, "ops.yaml"), $$"""
            environment: shop
            databases: { main: { host: 127.0.0.1, port: 1, name: a, user: b } }
            backups: { stores: { local: { path: store } } }
            checks: { closed: { tcp: "{{closed}}" } }
            alerts: { receivers: { pager: { webhook: "file:hook.secret", timeout: {{(path == "/never" ? 1 : 30)}}s } } }
            metrics: { textfile: prom }
            """);
    }

    private string Prom(string job) => Path.Combine(_folder, "prom", $"ops_shop_{job}.prom");

    private IEnumerable<AlertDelivery> Deliveries(string pipeline) => Run(pipeline).Objects.Cast<AlertDelivery>();

    private IEnumerable<JsonElement> Told() => _web.Requests.Select(r => JsonDocument.Parse(r.Split("\r\n\r\n", 2)[1]).RootElement);

    private PwshRun Run(string pipeline) => PwshRun.Of(pipeline, _folder);
}
