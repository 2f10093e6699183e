using OpsModule.Cmdlets.Tests.Running;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Outlets.Alerts;
using OpsModule.Engine.Outlets.Reports;
using OpsModule.Engine.Signals;
using OpsModule.Foundations.Errors;

namespace OpsModule.Cmdlets.Tests.Records;

/// <summary>What came out of a file or a selection goes into reports, alerts, metrics and the end of a script as the live result does.</summary>
public sealed class RecordOutletTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("opsmodule-").FullName;

    public RecordOutletTests()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "prom"));
        File.WriteAllText(Path.Combine(_folder, "ops.yaml"), $$"""
            environment: shop
            checks: { closed: { tcp: "127.0.0.1:1" } }
            metrics: { textfile: {{Path.Combine(_folder, "prom")}} }
            alerts: { receivers: { dead: { webhook: "http://127.0.0.1:1/"} } }
            """);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("$r | Export-Clixml x.xml; $r = Import-Clixml x.xml")]
    [InlineData("$r | Export-Csv x.csv; $r = Import-Csv x.csv")]
    [InlineData("$r = $r | ConvertTo-Json | ConvertFrom-Json")]
    [InlineData("$r = $r | Select-Object Check, Target, Status")]
    [InlineData("$r = $r | Select-Object Check, Target, Status | ConvertTo-Json | ConvertFrom-Json")]
    public void A_bad_result_stays_bad(string way)
    {
        PwshRun run = Run($"$r = Test-OpsHealth closed; {way}; $r | Export-OpsReport r.html -Force -FailOnBad; $r | Assert-OpsResult");
        Assert.Equal(["ReportBad", "ResultBad"], run.Errors.Select(e => e.ErrorId));
        var report = Assert.IsType<ReportRecord>(Assert.Single(run.Objects));
        Assert.Equal((HealthStatus.Unhealthy, 1), (report.Verdict, report.ExitCode));
        Assert.Equal("closed of 127.0.0.1:1 is unhealthy", Assert.IsType<AlertDelivery>(Assert.Single(Run($"$r = Test-OpsHealth closed; {way}; $r | Send-OpsAlert").Objects)).Alert.Title);
    }

    [Theory]
    [InlineData("$r | Select-Object Check, Target")]
    [InlineData("$r | Group-Object Status")]
    [InlineData("$r | Format-Table")]
    [InlineData("@{ results = $r }")]
    [InlineData("[pscustomobject]@{ Host = 'a'; Results = $r }")]
    [InlineData("$r | Export-Clixml x.xml; Import-Clixml x.xml | Select-Object Check, Target")]
    public void What_cannot_be_judged_any_more_is_bad_and_never_well(string way)
    {
        Assert.Equal(["ResultBad"], Run($"$r = Test-OpsHealth journal; & {{ {way} }} | Assert-OpsResult").Errors.Select(e => e.ErrorId));
        Assert.Equal([true, "Unknown", 1], Run($"$r = Test-OpsHealth journal; $l = & {{ {way} }}; [OpsModule.Verdict]::IsBad($l), [OpsModule.Verdict]::Of($l), [OpsModule.Verdict]::ExitCode($l)").Objects);
    }

    [Theory]
    [InlineData("(Test-OpsHealth closed).Status", true)]
    [InlineData("$false", false)]
    [InlineData("Get-OpsBackup nope 2>&1", true)]
    [InlineData("(Send-OpsAlert x).Outcome", true)]
    public void What_stands_in_a_results_place_is_never_well(string way, bool isReported)
    {
        PwshRun run = Run($"$r = & {{ {way} }}; $r | Assert-OpsResult");
        Assert.Equal(["ResultBad"], run.Errors.Select(e => e.ErrorId));
        Assert.Equal([true, 1], Run($"$r = & {{ {way} }}; [OpsModule.Verdict]::IsBad($r), [OpsModule.Verdict]::ExitCode($r)").Objects);
        if (isReported) Assert.Equal(["ReportNotUnderstood"], Run($"$r = & {{ {way} }}; $r | Export-OpsReport r.html -Force -FailOnBad").Errors.Select(e => e.ErrorId));
    }

    [Fact]
    public void A_status_that_is_well_stays_well_and_text_is_no_result()
    {
        Assert.Empty(Run("(Test-OpsHealth journal).Status | Assert-OpsResult").ErrorRecords);
        Assert.Equal([false, "Healthy", 0], Run("$s = (Test-OpsHealth journal).Status; [OpsModule.Verdict]::IsBad($s), [OpsModule.Verdict]::Of($s), [OpsModule.Verdict]::ExitCode($s)").Objects);
        Assert.Equal(["ResultMissing"], Run("Test-OpsHealth closed | ConvertTo-Json | Assert-OpsResult").Errors.Select(e => e.ErrorId));
        Assert.Equal(["ResultMissing"], Run("(Test-OpsHealth closed).Status | Export-Clixml x.xml; Import-Clixml x.xml | Assert-OpsResult").Errors.Select(e => e.ErrorId));
        Assert.Empty(Run("'x' | Assert-OpsResult -AllowEmpty").ErrorRecords);
    }

    [Fact]
    public void Metrics_of_what_was_kept_are_sent_and_of_what_was_not_refused()
    {
        Assert.Empty(Run("Test-OpsHealth closed | Export-Clixml x.xml; Import-Clixml x.xml | Send-OpsMetric").ErrorRecords);
        string live = File.ReadAllText(Directory.GetFiles(Path.Combine(_folder, "prom")).Single());
        Assert.Contains("closed", live, StringComparison.Ordinal);
        OpsException refused = Assert.Single(Run("Test-OpsHealth closed | Select-Object Check, Target, Status | Send-OpsMetric").Errors);
        Assert.Equal("NoMetricSource", refused.ErrorId);
        Assert.Contains("Latency", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_what_is_not_well_comes_with_Problem_and_the_worst_first()
    {
        PwshRun run = Run("Test-OpsHealth -Problem");
        HealthStatus[] all = [.. run.Objects.Cast<HealthResult>().Select(r => r.Status)];
        Assert.Contains(HealthStatus.Unhealthy, all);
        Assert.DoesNotContain(HealthStatus.Healthy, all);
        Assert.Equal(all.OrderByDescending(HealthSummary.Rank), all);
        Assert.Empty(Run("Test-OpsHealth journal -Problem").Objects);
    }

    private PwshRun Run(string script) => PwshRun.Of(script, _folder);
}
