using OpsModule.Engine.Areas.Attacks;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Outlets.Alerts;
using OpsModule.Engine.Outlets.Reports;
using OpsModule.Engine.Signals;
using OpsModule.Engine.Tests.Reports;

namespace OpsModule.Engine.Tests.Attacks;

/// <summary>What attacks say to receivers of alerts and in reports.</summary>
public sealed class AttackAlertTests
{
    private static AttackSummary Brute()
    {
        var tally = new AttackTally();
        tally.Add(Enumerable.Range(0, 30).Select(i => AttackSamples.Match("203.0.113.7", i, AttackSeverity.Low, "login-failed-ssh") with { Category = AttackCategory.AuthenticationFailure }));
        return tally.Summarize(5);
    }

    [Fact]
    public void A_match_is_told_with_its_rule_and_address()
    {
        Alert alert = AlertMapping.Of(AttackSamples.Match("203.0.113.7", 5))!;
        Assert.Equal((AlertState.Firing, AlertSeverity.Critical, "sqli-union from 203.0.113.7", AttackSamples.Start.AddSeconds(5)), (alert.State, alert.Severity, alert.Title, alert.Time));
        Assert.Equal(("SqlInjection", "/search", AlertKind.Attack), (alert.Fields["category"], alert.Fields["path"], alert.Kind));
        // The next one of the same is a repeat.
        Assert.Equal(alert.Key, AlertMapping.Of(AttackSamples.Match("203.0.113.7", 9))!.Key);
        Assert.NotEqual(alert.Key, AlertMapping.Of(AttackSamples.Match("203.0.113.8", 9))!.Key);
        Assert.Equal(AlertSeverity.Information, AlertMapping.Of(AttackSamples.Match(null, severity: AttackSeverity.Low))!.Severity);
    }

    [Fact]
    public void A_summary_is_as_grave_as_its_bursts_and_ends_when_nothing_is_found()
    {
        Alert alert = AlertMapping.Of(Brute())!;
        Assert.Equal((AlertState.Firing, AlertSeverity.Critical, "30 attack matches of 1 addresses"), (alert.State, alert.Severity, alert.Title));
        Assert.Contains("brute-force of 203.0.113.7: 30 within", alert.Message);
        Alert well = AlertMapping.Of(new AttackTally().Summarize(5))!;
        Assert.Equal((AlertState.Well, alert.Key), (well.State, well.Key));
    }

    [Fact]
    public void An_offender_and_a_burst_are_told()
    {
        AttackSummary summary = Brute();
        Assert.Equal("address 203.0.113.7: 30 matches", AlertMapping.Of(summary.Addresses[0])!.Title);
        Assert.Contains("30 within 1 min 0 s, more than 10 are too many", AlertMapping.Of(summary.Bursts[0])!.Message);
    }

    [Fact]
    public void A_report_shows_summaries_offenders_and_matches()
    {
        using var lab = new ReportLab();
        AttackSummary summary = Brute();
        AttackMatch hostile = AttackSamples.Match("203.0.113.9", 60) with { MatchedText = "<script>alert(1)</script>", Path = "/a<b>" };
        (ReportRecord report, string html) = lab.Write([hostile, .. summary.Addresses, summary, AttackSamples.Match("203.0.113.9", 90, AttackSeverity.Low)]);
        Assert.Equal(["Attacks", "Attack offenders", "Attack matches"], report.Sections);
        Assert.Equal(HealthStatus.Unhealthy, report.Verdict);
        Assert.Contains("brute-force of 203.0.113.7", html);
        Assert.Contains("attacks: sqli-union", html);
        Assert.Contains("Matches over time", html);
        Assert.DoesNotContain("<script>alert", html);
    }

    [Fact]
    public void Nothing_found_is_well()
    {
        using var lab = new ReportLab();
        Assert.Equal(HealthStatus.Healthy, lab.Write([new AttackTally().Summarize(5)]).Record.Verdict);
    }
}
