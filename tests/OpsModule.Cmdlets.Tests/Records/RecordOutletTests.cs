using OpsModule.Cmdlets.Tests.Running;
using OpsModule.Engine;
using OpsModule.Engine.Alerts;
using OpsModule.Engine.Health;
using OpsModule.Engine.Reports;

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
            alerts: { receivers: { dead: { webhook: "http://127.0.0.1:1/", retries: 0 } } }
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
        Assert.Equal(["ResultBad"], Run($"$r = Test-OpsHealth journal; {way} | Assert-OpsResult".Replace("x.xml; Import", "x.xml; & { Import", StringComparison.Ordinal) + (way.Contains("x.xml", StringComparison.Ordinal) ? " }" : "")).Errors.Select(e => e.ErrorId));
        Assert.Equal([true, "Unknown", 1], Run($"$r = Test-OpsHealth journal; $l = & {{ {way} }}; [OpsModule.Verdict]::IsBad($l), [OpsModule.Verdict]::Of($l), [OpsModule.Verdict]::ExitCode($l)").Objects);
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

    [Theory]
    [InlineData("de-DE")]
    [InlineData("en-GB")]
    [InlineData("tr-TR")]
    public void Csv_of_another_language_keeps_its_verdict_and_times_or_says_that_it_did_not(string culture)
    {
        PwshRun run = new PwshRun { Culture = culture }.Run("""
            Get-OpsRecordSample 'HealthResult+', 'CertificateRecord+', 'AvailabilityRecord+' | ForEach-Object { $_ | Export-Csv "$($_.PSTypeNames[0]).csv" }
            Get-ChildItem *.csv | ForEach-Object { Import-Csv $_ } | ForEach-Object { "$([OpsModule.Verdict]::Of($_))" }
            """, _folder);
        Assert.Empty(run.OtherErrors);
        Assert.Equal(["Degraded", "Unhealthy", "Unhealthy"], run.Objects.Cast<string>().Order(StringComparer.Ordinal));
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

    [Fact]
    public void The_language_of_the_session_is_not_in_what_is_said_and_comes_back_after()
    {
        PwshRun run = new PwshRun { Culture = "de-DE" }.Run("""
            (Test-OpsHealth disk.free | Select-Object -First 1).Message
            1..3 | Get-OpsRecordSample -Sample 'HealthResult+' | Out-Null; (1.5).ToString(); (Get-Culture).Name
            Get-OpsRecordSample 'HealthResult+', 'HealthResult+' | ForEach-Object { (1.5).ToString() }
            """, _folder);
        Assert.DoesNotMatch(@"\d,\d (B|KiB|MiB|GiB|TiB|%)", (string)run.Objects[0]);
        Assert.All(run.Objects.Skip(1).Where(o => o is not "de-DE"), o => Assert.Equal("1,5", o));
    }

    private PwshRun Run(string script) => PwshRun.Of(script, _folder);
}
