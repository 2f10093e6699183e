using System.Net;
using OpsModule.Engine.Areas.Attacks;
using OpsModule.Engine.Areas.Attacks.Allowing;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Attacks.Allowing;

/// <summary>What is let pass, and what is not.</summary>
public sealed class AllowListTests
{
    private static AttackMatch Match(string? address = null, string? path = null, string? agent = null, string rule = "sqli-union") => new()
    {
        Rule = rule, Category = AttackCategory.SqlInjection, Severity = AttackSeverity.High, Confidence = AttackConfidence.High, Source = "a.log",
        ClientAddress = address, Path = path, UserAgent = agent, MatchedText = "x", Message = "m", Raw = "r",
    };

    [Theory]
    [InlineData("203.0.113.7", "203.0.113.7", true)]
    [InlineData("203.0.113.7", "203.0.113.8", false)]
    [InlineData("203.0.113.77/24", "203.0.113.8", true)]
    [InlineData("address:203.0.113.0/25", "203.0.113.128", false)]
    [InlineData("0.0.0.0/0", "8.8.8.8", true)]
    [InlineData("0.0.0.0/0", "2001:db8::1", false)]
    [InlineData("10.0.0.0/8", "::ffff:10.1.2.3", true)]
    [InlineData("2001:db8::/32", "2001:0DB8:0:0::7", true)]
    [InlineData("2001:db8::/33", "2001:db8:8000::7", false)]
    [InlineData("10.0.0.0/8", null, false)]
    [InlineData("10.0.0.0/8", "no address", false)]
    public void Addresses_are_in_their_networks(string entry, string? address, bool allowed) =>
        Assert.Equal(allowed, new AllowList([AllowEntry.Parse(entry)]).Allows(Match(address)));

    [Theory]
    [InlineData("path:/internal/*", "/internal/a/b", null, true)]
    [InlineData("path:/internal/*", "/x/internal/a", null, false)]
    [InlineData("path:/a?c", "/ABC", null, true)]
    [InlineData("path:/a\\b", "/a\\b", null, true)]
    [InlineData("path:*", null, null, false)]
    [InlineData("agent:*UptimeRobot*", "/", "Mozilla (uptimerobot/2.0)", true)]
    [InlineData("agent:curl*", "/", "Mozilla curl", false)]
    [InlineData("rule:sqli-*", null, null, true)]
    [InlineData("rule:xss-*", null, null, false)]
    public void Patterns_match_the_whole_text(string entry, string? path, string? agent, bool allowed) =>
        Assert.Equal(allowed, new AllowList([AllowEntry.Parse(entry)]).Allows(Match(path: path, agent: agent)));

    [Fact]
    public void An_entry_holds_up_to_its_end_by_the_time_of_the_line()
    {
        DateTimeOffset end = new(2026, 11, 21, 0, 0, 0, TimeSpan.Zero);
        var list = new AllowList([AllowEntry.Parse("category:Sql*") with { Until = end, Reason = "a trial" }, AllowEntry.Parse("path:/never")]);
        Assert.True(list.Allows(Match() with { Time = end.AddHours(-2) }));
        Assert.True(list.Allows(Match() with { Time = end.AddHours(-3) }));
        Assert.False(list.Allows(Match() with { Time = end }));
        Assert.Equal((2L, end.AddHours(-3), end.AddHours(-2), "a trial"), Assert.Single(list.Suppressions) is var s ? (s.Count, s.FirstTime!.Value, s.LastTime!.Value, s.Reason) : default);
        Assert.Equal(["path:/never"], list.Unused);
        var reporter = new RecordingReporter();
        list.Tell(reporter);
        Assert.Contains("category:Sql* of the allow-list ended at 2026-11-21 00:00Z: 1 match that", Assert.Single(reporter.Warnings));
        Assert.False(new AllowList([AllowEntry.Parse("203.0.113.7") with { Until = end }], new FixedTime(end)).Contains(IPAddress.Parse("203.0.113.7")));
        Assert.True(new AllowList([AllowEntry.Parse("203.0.113.7") with { Until = end }], new FixedTime(end.AddSeconds(-1))).Contains(IPAddress.Parse("203.0.113.7")));
    }

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }

    [Theory]
    [InlineData("category:Sqli")]
    [InlineData("")]
    [InlineData("host.example")]
    [InlineData("10.1")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("10.0.0.0/ 8")]
    [InlineData("fe80::1%eth0")]
    [InlineData("path:")]
    [InlineData("[::1]")]
    public void What_is_no_entry_is_refused(string entry) => Assert.Equal("AllowEntryInvalid", Assert.Throws<OpsException>(() => AllowEntry.Parse(entry)).ErrorId);

    [Fact]
    public void A_file_may_ask_for_several_things_at_once()
    {
        var list = new AllowList(Read("allow:\n  - { address: 198.51.100.0/24, path: /search, reason: our own scanner }\n  - { rule: xss-* }\n"));
        Assert.True(list.Allows(Match("198.51.100.9", "/search")));
        Assert.False(list.Allows(Match("198.51.100.9", "/login")));
        Assert.False(list.Allows(Match("203.0.113.9", "/search")));
        Assert.Equal(["address:198.51.100.0/24 path:/search: 1"], list.Suppressions.Select(s => $"{s}"));
        // Only what is allowed whatever it does may never be blocked.
        Assert.False(list.Contains(IPAddress.Parse("198.51.100.9")));
    }

    [Theory]
    [InlineData("allow: [{ address: 10.0.0.0/99 }]", "10.0.0.0/99")]
    [InlineData("allow: [{ reason: nothing }]", "address, path, agent, rule or category")]
    [InlineData("allow: [{ adress: 10.0.0.1 }]", "address")]
    [InlineData("deny: []", "allow")]
    public void A_mistake_in_a_file_is_told(string yaml, string expected)
    {
        OpsException error = Assert.Throws<OpsException>(() => Read(yaml));
        Assert.Equal("AllowListInvalid", error.ErrorId);
        Assert.Contains(expected, error.Message);
    }

    private static IReadOnlyList<AllowEntry> Read(string yaml)
    {
        string folder = Directory.CreateTempSubdirectory("opsmodule-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "allow.yaml"), yaml);
            return AllowList.ReadFile(Path.Combine(folder, "allow.yaml"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
