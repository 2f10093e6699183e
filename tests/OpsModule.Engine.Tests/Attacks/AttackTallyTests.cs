using System.Globalization;
using OpsModule.Engine.Areas.Attacks;
using OpsModule.Engine.Areas.Attacks.Allowing;
using OpsModule.Engine.Areas.Attacks.Rules;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Attacks;

/// <summary>What a number of matches come to.</summary>
public sealed class AttackTallyTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 21, 3, 16, 0, TimeSpan.Zero);

    private static AttackMatch Match(string address, double second, AttackCategory category = AttackCategory.AuthenticationFailure, string rule = "login-failed-ssh", string? path = null) => new()
    {
        Rule = rule, Category = category, Severity = AttackSeverity.Low, Confidence = AttackConfidence.High, Time = Start.AddSeconds(second), Source = "a.log",
        ClientAddress = address, Path = path, Tenant = "demo", MatchedText = "x", Message = "m", Raw = "r",
    };

    [Fact]
    public void Everything_is_counted_by_everything()
    {
        var tally = new AttackTally();
        tally.Add(Enumerable.Range(0, 8).Select(i => Match("203.0.113.7", i)));
        tally.Add(Match("2001:db8::1", 3600, AttackCategory.SqlInjection, "sqli-union", "/search") with { Severity = AttackSeverity.Critical, Confidence = AttackConfidence.Medium });
        tally.Add(Match("203.0.113.7", 5, AttackCategory.Scanner, "scanner-path", "/.git") with { Time = null });
        AttackSummary summary = tally.Summarize(10);
        Assert.Equal((10L, Start, Start.AddHours(1), AttackSeverity.Critical), (summary.Matches, summary.FirstTime, summary.LastTime, summary.Severity));
        Assert.Equal(["AuthenticationFailure: 8", "SqlInjection: 1", "Scanner: 1"], summary.Categories.Select(c => $"{c}"));
        Assert.Equal(["Critical: 1", "Low: 9"], summary.Severities.Select(c => $"{c}"));
        Assert.Equal(["High: 9", "Medium: 1"], summary.Confidences.Select(c => $"{c}"));
        Assert.Equal(["203.0.113.7: 9", "2001:db8::1: 1"], summary.Addresses.Select(c => $"{c}"));
        Assert.Equal(["/.git: 1", "/search: 1"], summary.Paths.Select(c => $"{c}"));
        Assert.Equal(["login-failed-ssh: 8", "scanner-path: 1", "sqli-union: 1"], summary.Rules.Select(c => $"{c}"));
        Assert.Equal(["a.log: 10"], summary.By(AttackKey.Source).Select(c => $"{c}"));
        Assert.Equal(["demo: 10"], summary.Tenants.Select(c => $"{c}"));
        AttackOffender worst = summary.Addresses[0];
        Assert.Equal((Start, Start.AddSeconds(7), 0L), (worst.FirstTime, worst.LastTime, worst.CountError));
        Assert.Equal([AttackCategory.Scanner, AttackCategory.AuthenticationFailure], worst.Categories);
        Assert.Equal((2L, 1L), (summary.DistinctAddresses, summary.DistinctAddressesError));
        Assert.Equal((TimeSpan.FromMinutes(1), 61, 9L), (summary.TimelineWidth, summary.Timeline.Count, summary.Timeline.Sum(b => b.Count)));
        Assert.Equal(Start, summary.Timeline[0].Time);
        Assert.Empty(summary.Bursts);
    }

    [Fact]
    public void Nothing_comes_to_nothing()
    {
        AttackSummary summary = new AttackTally().Summarize(10);
        Assert.Equal((0L, null, 0L, 0), (summary.Matches, summary.Severity, summary.DistinctAddresses, summary.Timeline.Count));
    }

    [Fact]
    public void Eleven_failed_logins_within_a_minute_are_brute_force_and_ten_are_not()
    {
        var tally = new AttackTally();
        tally.Add(Enumerable.Range(0, 11).Reverse().Select(i => Match("203.0.113.7", i * 5.9)));
        tally.Add(Enumerable.Range(0, 10).Select(i => Match("203.0.113.8", i)));
        tally.Add(Enumerable.Range(0, 11).Select(i => Match("203.0.113.9", i * 6)));
        AttackBurst burst = Assert.Single(tally.Summarize(10).Bursts);
        Assert.Equal(("brute-force", "203.0.113.7", 11L, AttackSeverity.High, "T1110"), (burst.Rule, burst.Value, burst.Most, burst.Severity, burst.Mitre));
    }

    [Fact]
    public void A_timeline_has_at_most_two_hundred_stretches_in_any_order_of_times()
    {
        var random = new Random(7);
        var tally = new AttackTally([]);
        for (int i = 0; i < 2000; i++) tally.Add(Match("203.0.113.7", random.Next(-40_000_000, 40_000_000)));
        tally.Add(Match("203.0.113.7", 0) with { Time = DateTimeOffset.MinValue });
        tally.Add(Match("203.0.113.7", 0) with { Time = DateTimeOffset.MaxValue });
        AttackSummary summary = tally.Summarize(1);
        Assert.InRange(summary.Timeline.Count, 2, 200);
        Assert.Equal(2002, summary.Timeline.Sum(b => b.Count));
        Assert.All(summary.Timeline.Skip(1).Zip(summary.Timeline.Skip(2)), p => Assert.Equal(summary.TimelineWidth, p.Second.Time - p.First.Time));
    }

    [Fact]
    public void What_is_allowed_is_counted_by_entry_and_nowhere_else()
    {
        var tally = new AttackTally(null, new AllowList([AllowEntry.Parse("203.0.113.0/24"), AllowEntry.Parse("path:/health*")]));
        tally.Add(Enumerable.Range(0, 20).Select(i => Match("203.0.113.7", i)));
        tally.Add(Match("198.51.100.1", 1, path: "/healthz"));
        tally.Add(Match("198.51.100.1", 1, path: "/login"));
        AttackSummary summary = tally.Summarize(10);
        Assert.Equal((1L, 21L, 0), (summary.Matches, summary.Suppressed, summary.Bursts.Count));
        Assert.Equal(["address:203.0.113.0/24: 20", "path:/health*: 1"], summary.Suppressions.Select(s => $"{s}"));
    }

    [Fact]
    public void Of_many_addresses_the_frequent_ones_are_kept_with_a_bound()
    {
        var tally = new AttackTally();
        for (int i = 0; i < 60_000; i++)
        {
            tally.Add(Match(string.Create(CultureInfo.InvariantCulture, $"10.{i >> 16}.{(i >> 8) & 255}.{i & 255}"), i / 100.0));
            if (i % 100 == 0) tally.Add(Match("203.0.113.7", i / 100.0));
        }
        AttackSummary summary = tally.Summarize(3);
        AttackOffender first = summary.Addresses[0];
        Assert.Equal("203.0.113.7", first.Value);
        Assert.InRange(first.Count, 600, 606);
        Assert.Equal(first.CountError == 0 ? $"203.0.113.7: {first.Count}" : $"203.0.113.7: {first.Count - first.CountError} to {first.Count}", $"{first}");
        Assert.Contains(" to ", $"{summary.Addresses[2]}");
        Assert.InRange(first.CountError, 0, summary.Matches / AttackTally.Places);
        Assert.InRange(summary.DistinctAddresses, 60_001 * 0.967, 60_001 * 1.033);
        Assert.Contains(summary.Bursts, b => b is { Rule: "brute-force", Value: "203.0.113.7", Most: 60 });
    }

    [Fact]
    public void What_rates_could_not_count_is_never_more_than_there_was()
    {
        // Three rules of the module count failed logins; none has room for so many addresses.
        var tally = new AttackTally();
        for (int i = 0; i < 200_000; i++) tally.Add(Match(string.Create(CultureInfo.InvariantCulture, $"10.{i >> 16}.{(i >> 8) & 255}.{i & 255}"), i / 1000.0));
        AttackSummary summary = tally.Summarize(1);
        Assert.InRange(summary.NotRated, 1, summary.Matches);
        Assert.Equal(summary.NotRated, summary.NotRatedRules.Max(r => r.Count));
        Assert.Contains(summary.NotRatedRules, r => r.Name == "brute-force");
    }

    [Fact]
    public void What_is_less_grave_than_asked_counts_for_rates_alone()
    {
        var tally = new AttackTally(minSeverity: AttackSeverity.High);
        tally.Add(Enumerable.Range(0, 100).Select(i => Match("203.0.113.7", i / 2.0)));
        AttackSummary summary = tally.Summarize(10);
        Assert.Equal((0L, 0), (summary.Matches, summary.Addresses.Count));
        Assert.Equal("brute-force", Assert.Single(summary.Bursts).Rule); // the slow one is Medium
    }

    [Fact]
    public void The_rate_rules_of_the_module_are_valid_and_say_what_they_mean()
    {
        Assert.NotEmpty(RateCatalog.Own);
        Assert.All(RateCatalog.Own, r => Assert.Matches(@"^T\d{4}", r.Mitre));
        Assert.DoesNotContain(RuleCatalog.Own, r => RateCatalog.Own.Any(o => o.Id == r.Id));
        var scanner = new EntryScanner(new AttackQuery(), TimeProvider.System);
        Assert.Empty(RateCatalog.Own.SelectMany(r => RuleExamples.Check(r, scanner)));
    }

    [Theory]
    [InlineData("rates: [{ id: a, title: t, more: 1, within: 2d, matches: [{ lines: [x] }], ignores: [{ lines: [x] }] }]", "1s to 1d")]
    [InlineData("rates: [{ id: a, title: t, more: 0, within: 1m, matches: [{ lines: [x] }], ignores: [{ lines: [x] }] }]", "more")]
    [InlineData("rates: [{ id: a, title: t, more: 1, within: 1m, by: Adress, matches: [{ lines: [x] }], ignores: [{ lines: [x] }] }]", "Address")]
    [InlineData("rates: [{ id: a, title: t, more: 1, within: 1m, categories: [Sqli], matches: [{ lines: [x] }], ignores: [{ lines: [x] }] }]", "SqlInjection")]
    [InlineData("rates: [{ id: a, title: t, more: 1, within: 1m, matches: [{ lines: [x] }], ignores: [{ lines: [x] }] }, { id: A, title: t, more: 1, within: 1m, matches: [{ lines: [x] }], ignores: [{ lines: [x] }] }]", "stands in")]
    [InlineData("rules: []", "rates")]
    [InlineData("", "rates:")]
    [InlineData("rates: [{ id: a, title: t, more: 1, within: 1m }]", "matches")]
    [InlineData("rates: [{ id: a, title: t, more: 1, within: 1m, matches: [], ignores: [{ lines: [x] }] }]", "no example in matches")]
    public void A_mistake_in_a_rate_file_is_told_with_what_was_expected(string yaml, string expected)
    {
        string file = Path.Combine(Directory.CreateTempSubdirectory("opsmodule-").FullName, "rates.yaml");
        File.WriteAllText(file, yaml);
        OpsException error = Assert.Throws<OpsException>(() => RateCatalog.Read([file]));
        Assert.Contains(expected, error.Message);
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
    }
}
