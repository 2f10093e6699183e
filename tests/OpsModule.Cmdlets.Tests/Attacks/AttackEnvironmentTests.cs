using OpsModule.Cmdlets.Tests.Running;
using OpsModule.Engine.Areas.Attacks;
using OpsModule.Engine.Areas.Attacks.Blocking;
using OpsModule.Engine.Areas.Attacks.Rules;
using OpsModule.Engine.Areas.Attacks.Sigma;

namespace OpsModule.Cmdlets.Tests.Attacks;

/// <summary>What the environment file says of attacks, and allow-lists in the search.</summary>
public sealed class AttackEnvironmentTests : IDisposable
{
    private const string Rules = """
        rules:
          - id: shop-coupon
            title: A coupon that only testers have
            category: SecurityEvent
            confidence: High
            literals: [testcoupon]
            pattern: '\btestcoupon\b'
            matches: ["GET /cart?c=TESTCOUPON"]
            ignores: ["GET /cart?c=SPRING"]
        rates:
          - id: coupon-guessing
            title: Coupons are tried
            rules: [shop-*]
            more: 1
            within: 1m
            matches: [{ lines: ["GET /cart?c=TESTCOUPON"], times: 2 }]
            ignores: [{ lines: ["GET /cart?c=TESTCOUPON"], times: 2, within: 3m }]
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("opsmodule-").FullName;

    public AttackEnvironmentTests()
    {
        Write("rules/shop.yaml", Rules);
        Write("ops.yaml", """
            environment: shop
            attacks:
              rules: [rules]
              allow:
                - { address: 198.51.100.0/24, reason: our own scanner }
                - { path: /none*, reason: of no use }
                - { path: /old, until: 2026-11-01 }
              tenantFields: { token: [jwt_org], resource: [row_org] }
              rates: { coupon-guessing: { severity: Critical } }
            """);
        Write("a.log", string.Join('\n', Line("203.0.113.7", "/cart?c=testcoupon"), Line("203.0.113.7", "/cart?c=testcoupon"), Line("198.51.100.9", "/s?q=1%27%20UNION%20SELECT%201,2,3--"),
            Line("203.0.113.7", "/old?q=1%27%20UNION%20SELECT%201,2,3--"), """{"time":"2026-11-21T03:16:00Z","msg":"request","jwt_org":"demo","row_org":"other","ip":"203.0.113.7"}""") + "\n");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Rules_tenants_and_the_allow_list_hold_for_a_search_in_files()
    {
        PwshRun run = Run("Find-OpsAttackPattern -Path a.log -Verbose");
        Assert.Equal(["shop-coupon", "shop-coupon", "SqlInjection", "CrossTenantAccess"], run.Objects.Cast<AttackMatch>().Select(m => m.Rule == "shop-coupon" ? m.Rule : $"{m.Category}"));
        Assert.Contains(run.VerboseMessages, v => v.Contains("1 match pass: address:198.51.100.0/24: 1 (2026-11-21 03:16:00Z to 2026-11-21 03:16:00Z), our own scanner", StringComparison.Ordinal));
        Assert.Contains(run.VerboseMessages, v => v.EndsWith("let nothing pass: path:/none*.", StringComparison.Ordinal));
        Assert.Contains(run.Warnings, w => w.Contains("path:/old", StringComparison.Ordinal) && w.Contains("ended at 2026-11-02 00:00Z: 1 match", StringComparison.Ordinal));
    }

    [Fact]
    public void What_was_let_pass_can_be_seen_and_is_no_attack_to_anybody()
    {
        AttackMatch[] all = [.. Run("Find-OpsAttackPattern -Path a.log -IncludeAllowed").Objects.Cast<AttackMatch>()];
        Assert.Equal("address:198.51.100.0/24", Assert.Single(all, m => m.AllowedBy is not null).AllowedBy);
        Assert.Equal(5, all.Length);
        Assert.Equal(0, Run("Find-OpsAttackPattern -Path a.log -Allow 203.0.113.0/24 -IncludeAllowed -FailOnMatch").ExitCode);
        // Where nobody knows the list any more.
        string elsewhere = Directory.CreateDirectory(Path.Combine(_folder, "elsewhere")).FullName;
        File.WriteAllText(Path.Combine(elsewhere, "ops.yaml"), "environment: other\n");
        PwshRun run = PwshRun.Of("Find-OpsAttackPattern -Path ../a.log -Environment .. -IncludeAllowed | Measure-OpsAttack", elsewhere);
        Assert.Equal(4, Assert.IsType<AttackSummary>(Assert.Single(run.Objects)).Matches);
        PwshRun block = PwshRun.Of("Find-OpsAttackPattern -Path ../a.log -Environment .. -IncludeAllowed | Export-OpsBlockList b.conf -As Nginx", elsewhere);
        Assert.Equal((1, 1), Assert.IsType<BlockListRecord>(Assert.Single(block.Objects)) is var b ? (b.Addresses, b.Allowed) : default);
    }

    [Fact]
    public void A_sum_has_what_each_entry_let_pass_and_the_rates_of_the_environment()
    {
        AttackSummary summary = Assert.IsType<AttackSummary>(Assert.Single(Run("Measure-OpsAttack -Path a.log").Objects));
        AttackSuppression let = Assert.Single(summary.Suppressions);
        Assert.Equal((4L, 1L, 1L, "our own scanner"), (summary.Matches, summary.Suppressed, let.Count, let.Reason));
        Assert.Equal(new DateTimeOffset(2026, 11, 21, 3, 16, 0, TimeSpan.Zero), let.LastTime);
        Assert.Equal(["path:/none*"], summary.UnusedAllows);
        Assert.Equal(("coupon-guessing", AttackSeverity.Critical), Assert.Single(summary.Bursts.Select(b => (b.Rule, b.Severity))));
    }

    [Fact]
    public void Rules_and_rates_of_the_environment_are_listed_and_tested()
    {
        Assert.Equal(["shop-coupon", "coupon-guessing"], Run("Get-OpsAttackRule *coupon*").Objects.Select(r => $"{r}"));
        Assert.Equal((AttackSeverity.Critical, 2), Assert.IsType<RateRule>(Assert.Single(Run("Get-OpsAttackRule coupon-*").Objects)) is var rate ? (rate.Severity, rate.Matches.Count + rate.Ignores.Count) : default);
        Assert.Equal(["shop-coupon", "coupon-guessing"], Run("Test-OpsAttackRule rules/shop.yaml").Objects.Select(r => ((RuleTestResult)r).Rule));
        Assert.Equal(["SecurityEvent", "> 1 in 1m by Address"], Run("Get-OpsAttackRule *coupon*").Objects.Select(Display.RuleKind));
        PwshRun all = Run("Test-OpsAttackRule");
        Assert.Equal((RuleCatalog.Own.Count + RateCatalog.Own.Count + 2, 0), (all.Objects.Count, all.ExitCode));
        Write("rules/shop.yaml", Rules.Replace("times: 2 }", "times: 1 }", StringComparison.Ordinal));
        RuleTestResult broken = Run("Test-OpsAttackRule rules/shop.yaml").Objects.Cast<RuleTestResult>().Single(r => r.Rule == "coupon-guessing");
        Assert.Contains("is not broken by its own example", Assert.Single(broken.Problems));
    }

    [Fact]
    public void An_environment_that_nobody_named_and_cannot_be_read_is_a_warning_and_one_that_was_named_an_error()
    {
        Write("ops.yaml", "environment: shop\natacks: {}\n");
        PwshRun run = Run("Find-OpsAttackPattern -Path a.log");
        Assert.NotEmpty(run.Objects);
        Assert.Contains(run.Warnings, w => w.Contains("not used", StringComparison.Ordinal));
        Assert.Equal("EnvironmentInvalid", Assert.Single(Run("Find-OpsAttackPattern -Path a.log -Environment ops.yaml").Errors).ErrorId);
        Write("ops.yaml", "environment: shop\nattacks: { rates: { brute-forse: { more: 2 } } }\n");
        Assert.Equal("RuleNotFound", Assert.Single(Run("Measure-OpsAttack -Path a.log").Errors).ErrorId);
    }

    [Fact]
    public void Tenants_that_differ_are_explained_by_their_names()
    {
        AttackExplanation why = Run("Find-OpsAttackPattern -Path a.log -Rule tenant-differs -Explain").Objects.Cast<AttackMatch>().Single().Explanation!;
        Assert.Equal((RuleTarget.Field, "row_org", "other", "TenantDiffers from demo"), (why.Part, why.Field, why.AsWritten, why.Pattern));
        Write("b.log", """203.0.113.7 - - [21/Nov/2026:03:16:00 +0000] "GET / HTTP/1.1" 200 9 "https://shop.example/?q=1'+union+select+1,2,3--" "-" """ + "\n");
        Assert.Contains(Run("Find-OpsAttackPattern -Path b.log -Explain -MinConfidence Low").Objects.Cast<AttackMatch>(), m => m.Explanation?.Decoded.Contains("union select", StringComparison.Ordinal) == true);
    }

    [Fact]
    public void Sigma_rules_become_a_rule_file_that_the_environment_uses()
    {
        Write("sigma/web/good.yml", "title: Backdoor of the shop\nlogsource: { category: webserver }\ndetection: { selection: { cs-uri-stem|endswith: /backdoor.php, cs-method: POST }, condition: selection }\n");
        Write("sigma/other.yml", "title: Of Windows\nlogsource: { category: process_creation }\ndetection: { selection: { CommandLine: x }, condition: selection }\n");
        PwshRun looked = Run("Import-OpsAttackRule sigma -Destination rules/sigma.yaml -WhatIf");
        Assert.Contains("Write 1 rule made of 1 Sigma rule", Assert.Single(looked.WhatIfs));
        Assert.False(File.Exists(Path.Combine(_folder, "rules/sigma.yaml")));
        PwshRun run = Run("Import-OpsAttackRule sigma -Destination rules/sigma.yaml -Category CommandInjection");
        Assert.Equal([false, true], run.Objects.Cast<RuleImport>().Select(i => i.Imported));
        Assert.Contains("1 of 2", Assert.Single(run.Warnings));
        Assert.Empty(Run("Import-OpsAttackRule sigma -Destination rules/sigma.yaml").Errors);
        Write("b.log", Line("203.0.113.7", "/x/backdoor.php").Replace("GET", "POST", StringComparison.Ordinal) + "\n" + Line("203.0.113.7", "/x/backdoor.php") + "\n");
        Assert.Equal(("sigma-backdoor-of-the-shop", 1L), Assert.Single(Run("Find-OpsAttackPattern -Path b.log -Rule sigma-*").Objects.Cast<AttackMatch>().Select(m => (m.Rule, m.Line))));
        Assert.True(Assert.IsType<RuleTestResult>(Assert.Single(Run("Test-OpsAttackRule rules/sigma.yaml").Objects)).Passed);
        Assert.Equal("RuleFileExists", Assert.Single(Run("Import-OpsAttackRule sigma -Destination rules/shop.yaml").Errors).ErrorId);
        Assert.Equal("RuleFileNotFound", Assert.Single(Run("Import-OpsAttackRule none*.yml").Errors).ErrorId);
        Assert.Single(Run("Import-OpsAttackRule sigma/*.yml").Objects);
    }

    [Fact]
    public void Rules_may_ask_for_more_and_for_exceptions()
    {
        Write("rules/shop.yaml", """
            rules:
              - id: shop-export
                title: An export from outside
                category: SecurityEvent
                target: [Url]
                literals: [/export]
                pattern: '^/export\?.*all=1'
                also: [{ method: [POST], status: [200] }, { target: [Agent], pattern: curl }]
                except: [{ clients: [10.0.0.0/8] }, { target: [Referrer], pattern: 'shop\.example' }]
                matches: ['203.0.113.7 - - [21/Nov/2026:03:16:00 +0000] "POST /export?x=1&all=1 HTTP/1.1" 200 9 "-" "curl/8"']
                ignores:
                  - '203.0.113.7 - - [21/Nov/2026:03:16:00 +0000] "GET /export?x=1&all=1 HTTP/1.1" 200 9 "-" "curl/8"'
                  - '203.0.113.7 - - [21/Nov/2026:03:16:00 +0000] "POST /export?x=1&all=1 HTTP/1.1" 404 9 "-" "curl/8"'
                  - '203.0.113.7 - - [21/Nov/2026:03:16:00 +0000] "POST /export?x=1&all=1 HTTP/1.1" 200 9 "-" "firefox"'
                  - '10.1.2.3 - - [21/Nov/2026:03:16:00 +0000] "POST /export?x=1&all=1 HTTP/1.1" 200 9 "-" "curl/8"'
                  - '203.0.113.7 - - [21/Nov/2026:03:16:00 +0000] "POST /export?x=1&all=1 HTTP/1.1" 200 9 "https://shop.example/" "curl/8"'
            """);
        Assert.Empty(Assert.IsType<RuleTestResult>(Assert.Single(Run("Test-OpsAttackRule rules/shop.yaml").Objects)).Problems);
        Write("rules/shop.yaml", File.ReadAllText(Path.Combine(_folder, "rules/shop.yaml")).Replace("[{ clients: [10.0.0.0/8] }", "[{ clients: [home] }, { decode: Raw }", StringComparison.Ordinal));
        Assert.Equal(["'home' is no address", "asks for nothing"], Run("Test-OpsAttackRule rules/shop.yaml").Objects.Cast<RuleTestResult>().Select(r => r.Problems[0].Contains("asks for nothing", StringComparison.Ordinal) ? "asks for nothing" : r.Problems[0][..20]));
    }

    private PwshRun Run(string pipeline) => PwshRun.Of(pipeline, _folder);

    private void Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(_folder, name))!);
        File.WriteAllText(Path.Combine(_folder, name), text);
    }

    private static string Line(string address, string target) => $"{address} - - [21/Nov/2026:03:16:00 +0000] \"GET {target} HTTP/1.1\" 200 512 \"-\" \"-\"";
}
