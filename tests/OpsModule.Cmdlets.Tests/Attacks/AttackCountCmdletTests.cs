using OpsModule.Cmdlets.Tests.Running;
using OpsModule.Engine.Areas.Attacks;
using OpsModule.Engine.Areas.Attacks.Blocking;

namespace OpsModule.Cmdlets.Tests.Attacks;

/// <summary>Summing up and blocking, as they are typed.</summary>
public sealed class AttackCountCmdletTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("opsmodule-").FullName;

    public AttackCountCmdletTests()
    {
        IEnumerable<string> logins = Enumerable.Range(0, 12).Select(i => $"Nov 21 03:16:{i:00} host sshd[7]: Failed password for root from 203.0.113.7 port 4 ssh2");
        string[] attacks =
        [
            "198.51.100.9 - - [21/Nov/2026:03:17:00 +0000] \"GET /s?q=1%27%20UNION%20SELECT%20password%20FROM%20users-- HTTP/1.1\" 200 5120 \"-\" \"curl/8\"",
            "10.0.0.5 - - [21/Nov/2026:03:17:01 +0000] \"GET /s?q=1%27%20UNION%20SELECT%20password%20FROM%20users-- HTTP/1.1\" 404 10 \"-\" \"Monitor/1.0\"",
            "198.51.100.9 - - [21/Nov/2026:03:17:02 +0000] \"GET /shop HTTP/1.1\" 200 5120 \"-\" \"curl/8\"",
        ];
        File.WriteAllLines(Path.Combine(_folder, "a.log"), [.. logins, .. attacks]);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private PwshRun Run(string pipeline) => PwshRun.Of(pipeline, _folder);

    private AttackSummary Summary(string pipeline)
    {
        PwshRun run = Run(pipeline);
        Assert.Empty(run.Errors);
        return Assert.IsType<AttackSummary>(Assert.Single(run.Objects));
    }

    [Fact]
    public void A_file_comes_to_a_summary()
    {
        PwshRun run = Run("Measure-OpsAttack -Path a.log");
        Assert.Empty(run.Errors);
        AttackSummary summary = Assert.Single(run.Objects.Cast<AttackSummary>());
        Assert.Equal((14L, 3L), (summary.Matches, summary.DistinctAddresses));
        Assert.Contains(summary.Bursts, b => b is { Rule: "brute-force", Value: "203.0.113.7", Most: 12 });
    }

    [Theory]
    [InlineData("Find-OpsAttackPattern -Path a.log | Measure-OpsAttack")]
    [InlineData("Get-OpsLog -Path a.log | Measure-OpsAttack")]
    public void Scanning_by_itself_counts_what_comes_through_a_pipeline(string pipeline)
    {
        AttackSummary alone = Summary("Measure-OpsAttack -Path a.log"), piped = Summary(pipeline);
        Assert.Equal((alone.Matches, alone.DistinctAddresses, alone.FirstTime, alone.LastTime), (piped.Matches, piped.DistinctAddresses, piped.FirstTime, piped.LastTime));
        foreach (AttackKey key in Enum.GetValues<AttackKey>()) Assert.Equal(alone.By(key).Select(o => $"{o}"), piped.By(key).Select(o => $"{o}"));
        Assert.Equal(alone.Bursts, piped.Bursts);
        Assert.Equal(alone.Timeline, piped.Timeline);
    }

    [Fact]
    public void Rates_count_failed_logins_that_are_not_grave_by_themselves()
    {
        AttackSummary grave = Summary("Measure-OpsAttack -Path a.log -MinSeverity High");
        Assert.Equal((1L, "brute-force"), (grave.Matches, Assert.Single(grave.Bursts).Rule));
        Assert.Empty(Summary("Find-OpsAttackPattern -Path a.log -MinSeverity High | Measure-OpsAttack").Bursts);
        Assert.Empty(Summary("Measure-OpsAttack -Path a.log -MinSeverity Critical").Bursts);
        Assert.Empty(Summary("Measure-OpsAttack -Path a.log -Category SqlInjection").Bursts);
    }

    [Fact]
    public void What_is_asked_for_narrows_a_scan_and_matches_that_are_piped_in()
    {
        Assert.Equal(2, Summary("Measure-OpsAttack -Path a.log -Category Sql*").Matches);
        Assert.Equal(2, Summary("Find-OpsAttackPattern -Path a.log | Measure-OpsAttack -Category Sql*").Matches);
        Assert.Equal(12, Summary("Find-OpsAttackPattern -Path a.log | Measure-OpsAttack -Rule login-*").Matches);
        Assert.Equal(1, Summary("Find-OpsAttackPattern -Path a.log | Measure-OpsAttack -MinSeverity High").Matches);
        Assert.Equal(1, Summary("Find-OpsAttackPattern -Path a.log | Measure-OpsAttack -Since 2026-11-21T03:17:01Z").Matches);
        Assert.Equal(Run("Find-OpsAttackPattern -Path a.log -MinConfidence Low").Objects.Count, Summary("Find-OpsAttackPattern -Path a.log -MinConfidence Low | Measure-OpsAttack").Matches);
        Assert.Equal("ParametersConflict", Assert.Single(Run("Find-OpsAttackPattern -Path a.log | Measure-OpsAttack -Path a.log").Errors).ErrorId);
    }

    [Fact]
    public void Offenders_come_as_objects_and_allow_lists_hold()
    {
        PwshRun run = Run("Measure-OpsAttack -Path a.log -By Address -Top 2");
        Assert.Equal(["203.0.113.7: 12", "10.0.0.5: 1"], run.Objects.Select(o => $"{Assert.IsType<AttackOffender>(o)}"));
        File.WriteAllText(Path.Combine(_folder, "allow.yaml"), "allow: [{ agent: Monitor/*, reason: our own }]\n");
        AttackSummary summary = Assert.IsType<AttackSummary>(Assert.Single(Run("Measure-OpsAttack -Path a.log -Allow 'rule:login-*' -AllowList allow.yaml").Objects));
        Assert.Equal((1L, 13L), (summary.Matches, summary.Suppressed));
        Assert.Equal(["rule:login-*: 12", "agent:Monitor/*: 1"], summary.Suppressions.Select(s => $"{s}"));
    }

    [Fact]
    public void Rate_rules_may_be_your_own()
    {
        File.WriteAllText(Path.Combine(_folder, "rates.yaml"), Rates("1m"));
        AttackSummary summary = Assert.IsType<AttackSummary>(Assert.Single(Run("Measure-OpsAttack -Path a.log -Rate rates.yaml").Objects));
        Assert.Equal(("two", AttackKey.Path, "/s"), Assert.Single(summary.Bursts.Select(b => (b.Rule, b.By, b.Value))));
        File.WriteAllText(Path.Combine(_folder, "rates.yaml"), Rates("2d"));
        PwshRun run = Run("Measure-OpsAttack -Path a.log -Rate rates.yaml");
        Assert.Equal(("RuleFileInvalid", 1), (Assert.Single(run.Errors).ErrorId, run.ExitCode));
    }

    private static string Rates(string within) => $$"""
        rates:
          - id: two
            title: t
            rules: [sqli-*]
            by: Path
            more: 1
            within: {{within}}
            matches: [{ lines: ["GET /s?q=1%27+union+select+1,2,3--"], times: 2 }]
            ignores: [{ lines: ["GET /s?q=1"], times: 2 }]
        """;

    [Fact]
    public void What_is_no_match_is_refused() =>
        Assert.Equal(["NoAttackMatch"], Run("Measure-OpsAttack -Path a.log -By Address -Top 1 | Measure-OpsAttack").Errors.Select(e => e.ErrorId));

    [Fact]
    public void A_block_list_leaves_private_and_allowed_addresses_alone()
    {
        PwshRun looked = Run("Measure-OpsAttack -Path a.log | Export-OpsBlockList b.conf -As Nginx -WhatIf");
        Assert.Contains("Write 2 addresses for Nginx", Assert.Single(looked.WhatIfs));
        Assert.False(File.Exists(Path.Combine(_folder, "b.conf")));
        BlockListRecord record = Assert.IsType<BlockListRecord>(Assert.Single(Run("Measure-OpsAttack -Path a.log | Export-OpsBlockList b.conf -As Nginx -Allow 198.51.100.0/24").Objects));
        Assert.Equal((1, 1, 1), (record.Addresses, record.Private, record.Allowed));
        Assert.Contains("deny 203.0.113.7; #", File.ReadAllText(record.Path));
        Assert.Equal(2, Assert.IsType<BlockListRecord>(Assert.Single(Run("Measure-OpsAttack -Path a.log | Export-OpsBlockList b.conf -As HAProxy -IncludePrivate -Allow 203.0.113.7").Objects)).Addresses);
    }

    [Fact]
    public void A_file_of_somebody_else_is_refused_before_the_work()
    {
        File.WriteAllText(Path.Combine(_folder, "b.conf"), "deny all;");
        PwshRun run = Run("Measure-OpsAttack -Path a.log | Export-OpsBlockList b.conf -As Nginx");
        Assert.Equal("BlockListExists", Assert.Single(run.Errors).ErrorId);
        Assert.Equal("deny all;", File.ReadAllText(Path.Combine(_folder, "b.conf")));
        Assert.Equal("NoAddress", Assert.Single(Run("Measure-OpsAttack -Path a.log -By Path | Export-OpsBlockList c.conf -As Nginx").Errors).ErrorId);
    }

    [Theory]
    [InlineData("Measure-OpsAttack -Path a.log -By Path")]
    [InlineData("Get-Date")]
    public void What_names_nobody_lifts_no_block(string source)
    {
        Assert.Empty(Run("Measure-OpsAttack -Path a.log | Export-OpsBlockList b.conf -As Nginx").Errors);
        string good = File.ReadAllText(Path.Combine(_folder, "b.conf"));

        PwshRun run = Run($"{source} | Export-OpsBlockList b.conf -As Nginx -Force");

        Assert.Equal("NoAddress", Assert.Single(run.Errors).ErrorId);
        Assert.Contains("was not written", Assert.Single(run.Warnings));
        Assert.Empty(run.Objects);
        Assert.Equal(good, File.ReadAllText(Path.Combine(_folder, "b.conf")));
    }

    /// <summary>CSV keeps no lists: an empty one must not take the place of a good one.</summary>
    [Theory]
    [InlineData("Export-Csv s.csv; Import-Csv s.csv")]
    [InlineData("Select-Object Matches, Severity, FirstTime, LastTime, DistinctAddresses, Categories")]
    public void A_summary_whose_addresses_were_not_kept_replaces_no_list(string way)
    {
        Assert.Empty(Run("Measure-OpsAttack -Path a.log | Export-OpsBlockList b.conf -As Nginx").Errors);
        string good = File.ReadAllText(Path.Combine(_folder, "b.conf"));
        PwshRun run = Run($"& {{ Measure-OpsAttack -Path a.log | {way} }} | Export-OpsBlockList b.conf -As Nginx -Force");
        Assert.Equal("NoAddress", Assert.Single(run.Errors).ErrorId);
        Assert.Empty(run.Objects);
        Assert.Equal(good, File.ReadAllText(Path.Combine(_folder, "b.conf")));
    }

    [Theory]
    [InlineData("Nftables", "timeout 3600s")]
    [InlineData("CrowdSec", "\"3600s\"")]
    [InlineData("Fail2ban", "set ssh banip")]
    public void Formats_say_for_how_long_or_where(string format, string expected)
    {
        Assert.Empty(Run($"Measure-OpsAttack -Path a.log -By Address | Export-OpsBlockList b -As {format} -For 1h -Jail ssh -MinMatches 5").Errors);
        string text = File.ReadAllText(Path.Combine(_folder, "b"));
        Assert.Contains(expected, text);
        Assert.Contains("203.0.113.7", text);
        Assert.DoesNotContain("198.51.100.9", text);
    }
}
