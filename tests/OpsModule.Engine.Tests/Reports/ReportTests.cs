using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Areas.Logs;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Outlets.Reports;
using OpsModule.Engine.Outlets.Reports.Charts;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Tests.Reports;

public sealed class ReportTests : IDisposable
{
    private readonly ReportLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public void The_worst_comes_first_with_what_to_do()
    {
        (ReportRecord report, string html) = _lab.Write(ReportSamples.All());
        Assert.Equal((HealthStatus.Unhealthy, 1), (report.Verdict, report.ExitCode));
        Assert.Equal(["apex"], report.Environments);
        Assert.Equal("Operations report of apex", report.Title);
        Assert.Equal(new FileInfo(_lab.File).Length, report.Bytes);
        Assert.Equal(ReportSamples.All().Count(), report.Records);
        Assert.Equal(["Health", "Changes of health", "Services", "Resource usage", "Disks", "Availability", "Certificates", "Backups", "Tests of backups", "Recovery drills", "Logs", "Events", "Changes"], report.Sections);
        string attention = html[html.IndexOf("What needs attention", StringComparison.Ordinal)..html.IndexOf("id=\"section-1\"", StringComparison.Ordinal)];
        Assert.Contains("8.4 of 96 GiB are free.", attention);
        Assert.Contains("Clear-OpsStorage -WhatIf", attention);
        string[] order = [.. Regex.Matches(attention, "<li class=\"(\\w+)\">").Select(m => m.Groups[1].Value)];
        Assert.Equal(order.OrderByDescending(s => HealthSummary.Rank(Enum.Parse<HealthStatus>(s, ignoreCase: true))), order);
    }

    [Fact]
    public void A_finding_has_its_figure_its_section_its_runbook_and_what_follows_beneath()
    {
        HealthResult root = ReportSamples.Check("service.state", "db", HealthStatus.Unhealthy, "0 of 1 is ready.", remedy: "Start-OpsService db") with { Runbook = "https://runbooks.example.net/db?a=1&b=2" };
        HealthResult follows = ReportSamples.Check("database.connect", "main", HealthStatus.Unhealthy, "Refused.", remedy: "Never shown.") with { CausedBy = "service.state of db" };
        HealthResult figure = ReportSamples.Check("database.connections", "other", HealthStatus.Degraded, "84.5% (warning from 80%, critical from 90%): 82 of 97 connections are taken.", "84.5%", 84.5, FigureUnit.Percent, "from 80% / 90%", remedy: "End some.");
        HealthResult elsewhere = root with { Environment = "stage", Runbook = "javascript:alert(1)" };
        string html = _lab.Write([ReportSamples.Check("load.perCore", "vm", HealthStatus.Unhealthy, "Busy."), root, follows, figure, elsewhere]).Html;
        string attention = html[html.IndexOf("What needs attention", StringComparison.Ordinal)..html.IndexOf("id=\"section-1\"", StringComparison.Ordinal)];

        Assert.Matches("<h3>database.connections of other</h3><p class=\"figure\">84.5%, level from 80% / 90%</p><p>82 of 97 connections are taken.</p>", attention);
        Assert.Contains("<a href=\"https://runbooks.example.net/db?a=1&amp;b=2\" rel=\"noreferrer\">Runbook</a>", attention);
        Assert.DoesNotContain("javascript", attention);
        Assert.Contains("<a href=\"#section-1\">Health</a>", attention);
        Assert.Matches("(?s)<h3>service.state of db</h3>.*<li class=\"unhealthy under\">.*<h3>database.connect of main</h3>.*Follows from service.state of db", attention);
        Assert.DoesNotContain("Never shown.", attention);
        // What is down comes before what is busy, and each says where.
        Assert.True(attention.IndexOf("service.state of db", StringComparison.Ordinal) < attention.IndexOf("load.perCore of vm", StringComparison.Ordinal));
        Assert.Contains("<p class=\"where\">stage", attention);
        Assert.Contains("<caption>Health: 5 rows</caption>", html);
    }

    [Fact]
    public void Whatever_else_is_found_of_it_each_thing_leads_to_its_section()
    {
        string html = _lab.Write([ReportSamples.Check("load.perCore", "vm", HealthStatus.Unhealthy, "Busy."), ReportSamples.Check("cpu.used", "vm", HealthStatus.Unhealthy, "Busy.")]).Html;
        string attention = html[html.IndexOf("What needs attention", StringComparison.Ordinal)..html.IndexOf("id=\"section-1\"", StringComparison.Ordinal)];
        Assert.Single(Regex.Matches(attention, "<li class=\"unhealthy\">"));
        Assert.Contains("<li class=\"unhealthy under\">", attention);
        Assert.Single(Regex.Matches(attention, "<a href=\"#section-\\d\">Health</a>"));
    }

    [Fact]
    public void Writing_a_report_is_no_bad_result_unless_it_is_asked_to_judge()
    {
        ReportRecord bad = _lab.Write([ReportSamples.Check("disk.free", "/", HealthStatus.Unhealthy, "Full.")]).Record;
        Assert.False(((IVerdict)bad).IsBad());
        Assert.True(((IVerdict)bad.Judging()).IsBad());
        ReportRecord good = _lab.Write([ReportSamples.Check("disk.free", "/", HealthStatus.Degraded, "Nearly full.")], replace: true).Record;
        Assert.False(((IVerdict)good.Judging()).IsBad());
    }

    [Fact]
    public void Foreign_text_stays_text()
    {
        const string hostile = "<script>alert(1)</script>\u0000\u001b[31mred\u001b[0m\u202eevil\u202c \" onload='x' </title></style><img src=x> &amp; \ud800 \ufffe";
        LogEntry[] logs = [new LogEntry { Service = hostile, Instance = hostile, Message = hostile, Raw = hostile, Level = LogLevel.Error, Time = ReportSamples.Now, Fields = new Dictionary<string, object?> { [hostile] = hostile } }];
        string html = _lab.Write([.. logs, ReportSamples.Check(hostile, hostile, HealthStatus.Unhealthy, hostile, hostile, 1, remedy: hostile), new Dictionary<string, object?> { [hostile] = hostile }, hostile], title: hostile).Html;
        Assert.DoesNotContain("<script", html);
        Assert.DoesNotContain("<img", html);
        Assert.DoesNotMatch("[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u202a-\u202e\u2066-\u2069\ufffe]", html);
        Assert.Single(Regex.Matches(html, "</title>"));
        Assert.Single(Regex.Matches(html, "</style>"));
        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;\u2400red\ufffdevil", html);
        Assert.Contains("&amp;amp;", html);
        Assert.Matches(@"<td[^>]*>&lt;script", html);
    }

    [Fact]
    public void What_looks_like_a_password_is_withheld_even_where_a_long_line_is_cut()
    {
        string edge = new string('x', ReportText.Longest - 12) + " postgres://app:hunter2-hunter2@db/shop " + new string('y', 90);
        string html = _lab.Write([edge, "PGPASSWORD=hunter2-hunter2", new LogEntry { Service = "a", Instance = "a", Level = LogLevel.Error, Message = "password=hunter2-hunter2 refused", Raw = "" }]).Html;
        Assert.DoesNotContain("hunter2", html);
        Assert.Contains("(withheld)", html);
        Assert.Contains("more characters)", html);
    }

    [Fact]
    public void Of_many_entries_the_charts_count_all_and_the_table_keeps_the_grave_and_the_latest()
    {
        (ReportRecord report, string html) = _lab.Write(ReportSamples.Logs(100_000).Select(e => e.Level >= LogLevel.Error ? e with { Level = LogLevel.Information } : e)
            .Prepend(new LogEntry { Service = "api", Instance = "api", Level = LogLevel.Critical, Message = "the first and worst", Raw = "", Time = ReportSamples.Now.AddDays(-1) }), rows: 50);
        Assert.Equal(100_001, report.Records);
        Assert.Contains("Table: 50 of 100,001 rows shown", html);
        Assert.Equal(50, Regex.Matches(html[html.IndexOf("<tbody>", StringComparison.Ordinal)..], "<tr").Count);
        Assert.Contains("the first and worst</td>", html);
        Assert.Contains("GET /api/orders/99999 ", html);
        Assert.Contains("100,001 entries, 1 error.", html);
        Assert.InRange(html.Length, 20_000, 400_000);
    }

    [Fact]
    public void Any_object_becomes_a_table_with_all_its_columns_and_a_verdict_counts()
    {
        (ReportRecord report, string html) = _lab.Write([new { Host = "vm-1", FreeBytes = 3L << 30, Names = new[] { "a", "b" } }, new Dictionary<string, object?> { ["Queue"] = "mail", ["Length"] = 12 }, new Judgement(true), new Judgement(false)]);
        Assert.Equal((1, 1, HealthStatus.Unhealthy), (report.Healthy, report.Unhealthy, report.Verdict));
        Assert.Contains("Free bytes</th>", html);
        Assert.Contains(">3.0 GiB</td>", html);
        Assert.Contains("a, b</td>", html);
        Assert.Contains(">mail</td>", html);
        Assert.Contains("Judgement", report.Sections);
    }

    [Fact]
    public void Every_kind_shows_all_its_properties()
    {
        string html = _lab.Write(ReportSamples.Backups()).Html;
        foreach (var property in typeof(Engine.Areas.Backups.BackupRecord).GetProperties()) Assert.Contains($">{ReportText.Words(property.Name)}</th>", html);
    }

    [Fact]
    public void An_empty_report_is_a_page_too()
    {
        (ReportRecord report, string html) = _lab.Write([]);
        Assert.Null(report.Verdict);
        Assert.Contains("Nothing was judged", html);
    }

    [Fact]
    public void A_file_that_is_there_stays_unless_it_is_to_be_replaced_and_nothing_is_left_beside()
    {
        File.WriteAllText(_lab.File, "mine");
        OpsException error = Assert.Throws<OpsException>(() => _lab.Write([1]));
        Assert.Equal("ReportExists", error.ErrorId);
        Assert.Equal("mine", File.ReadAllText(_lab.File));
        Assert.StartsWith("<!doctype html>", _lab.Write([1], replace: true).Html);
        Assert.Equal([_lab.File], Directory.GetFiles(_lab.Folder.Path));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_lab.File));
    }

    [Fact]
    public void Where_it_cannot_be_written_it_says_so_and_leaves_nothing()
    {
        File.WriteAllText(_lab.Folder["file"], "");
        var report = new ReportBuilder(10, TimeProvider.System);
        Assert.Equal("ReportNotWritten", Assert.Throws<OpsException>(() => report.Write(Path.Combine(_lab.Folder["file"], "x.html"), null, false)).ErrorId);
        Directory.CreateDirectory(_lab.File);
        Assert.Equal("ReportNotWritten", Assert.Throws<OpsException>(() => report.Write(_lab.File, null, true)).ErrorId);
        Assert.Empty(Directory.GetFiles(_lab.Folder.Path, "*.tmp"));
        Assert.Empty(Directory.GetFiles(_lab.Folder.Path, ".*"));
    }

    [Fact]
    public void The_policy_allows_the_style_sheet_and_nothing_else()
    {
        string html = _lab.Write(ReportSamples.Health()).Html;
        string sheet = Regex.Match(html, "<style>(.*?)</style>", RegexOptions.Singleline).Groups[1].Value;
        string policy = System.Net.WebUtility.HtmlDecode(Regex.Match(html, "Security-Policy\" content=\"([^\"]+)\"").Groups[1].Value);
        Assert.Contains($"style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(sheet)))}'", policy);
        Assert.StartsWith("default-src 'none'", policy);
        Assert.DoesNotContain("unsafe", policy);
        Assert.DoesNotContain(" style=\"", html);
        Assert.DoesNotMatch(@"url\(|@import", sheet);
    }

    [Fact]
    public void Counts_over_time_lose_nothing_whatever_the_range_and_order()
    {
        var random = new Random(3);
        foreach (int seconds in new[] { 1, 60, 3600, 86_400, 40_000_000, 2_000_000_000 })
        {
            var counts = new TimeCounts(new TimeSeries("a", "a"), new TimeSeries("b", "b"));
            for (int i = 0; i < 2000; i++) counts.Add(DateTimeOffset.FromUnixTimeSeconds(random.NextInt64(-seconds, seconds)), i % 2);
            IReadOnlyList<TimeBucket> buckets = counts.Buckets();
            Assert.InRange(buckets.Count, 1, 96);
            Assert.Equal((1000L, 1000L), (buckets.Sum(b => b.Counts[0]), buckets.Sum(b => b.Counts[1])));
            Assert.All(buckets.Zip(buckets.Skip(1)), pair => Assert.Equal(counts.Width, pair.Second.From - pair.First.From));
        }
    }

    private sealed record Judgement(bool Good) : IVerdict
    {
        public bool IsBad() => !Good;
    }
}
