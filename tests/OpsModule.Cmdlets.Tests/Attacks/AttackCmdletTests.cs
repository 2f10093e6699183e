using System.IO.Compression;
using System.Text;
using OpsModule.Cmdlets.Tests.Running;
using OpsModule.Engine.Areas.Attacks;
using OpsModule.Engine.Areas.Attacks.Rules;

namespace OpsModule.Cmdlets.Tests.Attacks;

public sealed class AttackCmdletTests : IDisposable
{
    private const string Union = "203.0.113.7 - - [21/Nov/2026:03:16:00 +0000] \"GET /item?id=1%2527%20UNION%20SELECT%201,2,3 HTTP/1.1\" 200 5120 \"-\" \"-\"";
    private const string Passwd = "198.51.100.4 - - [21/Nov/2026:04:16:00 +0000] \"GET /a?f=../../../../etc/passwd HTTP/1.1\" 404 12 \"-\" \"-\"";
    private const string Plain = "198.51.100.5 - - [21/Nov/2026:05:16:00 +0000] \"GET /about HTTP/1.1\" 200 5120 \"-\" \"-\"";
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
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("opsmodule-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Files_are_scanned_without_an_environment_and_each_match_tells_where_and_what()
    {
        Write("a.log", Plain, Union, Passwd);
        AttackMatch[] matches = Matches("Find-OpsAttackPattern -Path a.log");
        Assert.Equal([AttackCategory.SqlInjection, AttackCategory.PathTraversal], matches.Select(m => m.Category));
        AttackMatch union = matches[0];
        Assert.Equal((2L, (long)Plain.Length + 1, "203.0.113.7", "GET", "/item", 200, AttackSeverity.Critical),
            (union.Line, union.ByteOffset, union.ClientAddress, union.Method, union.Path, union.StatusCode, union.Severity));
        Assert.Contains("url again", union.DecodedFrom);
        Assert.Null(union.Explanation);
    }

    [Fact]
    public void Rules_categories_severity_and_times_narrow_the_search()
    {
        Write("a.log", Plain, Union, Passwd);
        Assert.Equal("PathTraversal", Categories("Find-OpsAttackPattern -Path a.log -Category path*"));
        Assert.Equal("SqlInjection", Categories("Find-OpsAttackPattern -Path a.log -Rule sqli-*, log4*"));
        Assert.Equal("SqlInjection", Categories("Find-OpsAttackPattern -Path a.log -MinSeverity Critical"));
        Assert.Equal("PathTraversal", Categories("Find-OpsAttackPattern -Path a.log -Since 2026-11-21T04:00:00Z"));
        Assert.Equal("SqlInjection", Categories("Find-OpsAttackPattern -Path a.log -Until 2026-11-21T04:00:00Z"));
        Assert.Equal("", Categories("Find-OpsAttackPattern -Path a.log -Category Log4Shell, Cross*"));
    }

    [Theory]
    [InlineData("Find-OpsAttackPattern -Path a.log -Rule sqli-unoin-select", "RuleNotFound", "sqli-union-select")]
    [InlineData("Find-OpsAttackPattern -Path a.log -Category SqlInjektion", "CategoryNotFound", "SqlInjection")]
    [InlineData("Find-OpsAttackPattern -Path a.log -Follow -Until 1h", "ParametersConflict", "-Until")]
    [InlineData("Find-OpsAttackPattern -Path a.log -Since 1h -Until 2h", "ParametersConflict", "later")]
    [InlineData("Find-OpsAttackPattern -Path none.log", "LogFileNotFound", "none.log")]
    [InlineData("Find-OpsAttackPattern -Path a.log -RulePath none.yaml", "RuleFileNotFound", "none.yaml")]
    [InlineData("Get-OpsAttackRule log4* | Find-OpsAttackPattern", "InputNotALine", "AttackRule")]
    [InlineData("Get-OpsAttackRule sqli-none", "RuleNotFound", "sqli-none")]
    public void What_cannot_be_meant_is_refused(string command, string id, string says)
    {
        Write("a.log", Plain);
        PwshRun run = PwshRun.Of(command, _folder);
        Assert.Equal(id, run.Errors[0].ErrorId);
        Assert.Contains(says, run.Errors[0].Message);
        Assert.Equal(1, run.ExitCode);
    }

    [Fact]
    public void Entries_and_lines_can_be_piped_and_an_empty_pipeline_finds_nothing()
    {
        Write("a.log", Plain, Union);
        AttackMatch match = Assert.Single(Matches("Get-OpsLog -Path a.log | Find-OpsAttackPattern"));
        Assert.Equal((Path.Combine(_folder, "a.log"), new DateTimeOffset(2026, 11, 21, 3, 16, 0, TimeSpan.Zero)), (match.Source, match.Time));
        Assert.Equal(2, Assert.Single(Matches("Get-OpsLog -Path a.log -Raw | Find-OpsAttackPattern")).Line);
        // There is no environment here: had nothing been piped, that would be an error.
        Assert.Empty(Matches("Get-OpsLog -Path a.log -Pattern nowhere | Find-OpsAttackPattern"));
        Assert.NotEmpty(PwshRun.Of("Find-OpsAttackPattern", _folder).Errors);
    }

    [Fact]
    public void A_file_is_followed_until_nobody_wants_more()
    {
        Write("a.log", Plain, Union);
        Assert.Equal(2, Assert.Single(Matches("Find-OpsAttackPattern -Path a.log -Follow | Select-Object -First 1")).Line);
    }

    [Fact]
    public void Explain_shows_every_rule_with_the_text_before_and_after()
    {
        Write("a.log", Union);
        AttackMatch[] all = Matches("Find-OpsAttackPattern -Path a.log -Explain");
        Assert.True(all.Length > 1);
        Assert.All(all, m => Assert.NotNull(m.Explanation));
        AttackExplanation union = all.Single(m => m.Rule == "sqli-union-select").Explanation!;
        Assert.Equal((RuleTarget.Query, "id", "1%2527%20UNION%20SELECT%201,2,3", "1' union select 1,2,3"), (union.Part, union.Field, union.AsWritten, union.Decoded));
    }

    [Fact]
    public void Base64_is_explained_too()
    {
        Write("a.log", $"GET /x?q={Convert.ToBase64String("<script>alert(document.cookie)</script>"u8)}", Line($"/x?q={Convert.ToBase64String("<script>alert(document.cookie)</script>"u8)}"));
        AttackMatch match = Matches("Find-OpsAttackPattern -Path a.log -Explain -Category CrossSiteScripting").First(m => m.Line == 2);
        Assert.Contains("base64", match.DecodedFrom);
        Assert.Contains("<script", match.Explanation!.Decoded);
    }

    [Fact]
    public void Findings_are_a_success_unless_that_is_asked_for()
    {
        Write("a.log", Union);
        Write("b.log", Plain);
        Assert.Equal(0, PwshRun.Of("Find-OpsAttackPattern -Path a.log", _folder).ExitCode);
        PwshRun failed = PwshRun.Of("Find-OpsAttackPattern -Path a.log -FailOnMatch", _folder);
        Assert.Equal((1, "AttacksFound", 1), (failed.ExitCode, Assert.Single(failed.Errors).ErrorId, failed.Objects.Count));
        Assert.Equal(0, PwshRun.Of("Find-OpsAttackPattern -Path b.log -FailOnMatch", _folder).ExitCode);
    }

    [Fact]
    public void Compressed_files_are_read_and_one_that_ends_too_early_is_a_warning()
    {
        using (var packed = new GZipStream(File.Create(Path.Combine(_folder, "a.log.gz")), CompressionLevel.Fastest))
            packed.Write(Encoding.UTF8.GetBytes(Union + "\n"));
        byte[] whole = File.ReadAllBytes(Path.Combine(_folder, "a.log.gz"));
        File.WriteAllBytes(Path.Combine(_folder, "b.log.gz"), whole[..(whole.Length / 2)]);
        File.WriteAllBytes(Path.Combine(_folder, "c.log.gz"), Encoding.UTF8.GetBytes("no gzip at all"));
        PwshRun run = PwshRun.Of("Find-OpsAttackPattern -Path *.gz", _folder);
        Assert.Contains(run.Objects, m => ((AttackMatch)m).Source.EndsWith("a.log.gz", StringComparison.Ordinal));
        Assert.Contains(run.Warnings, w => w.Contains("c.log.gz", StringComparison.Ordinal));
        Assert.Empty(run.Errors);
    }

    [Fact]
    public void Tables_never_steer_a_terminal()
    {
        Write("a.log", "{\"msg\":\"x\",\"q\":\"' union select 1,2,3,'\u001b]0;title\u0007' from users\"}");
        Assert.NotEmpty(Matches("Find-OpsAttackPattern -Path a.log"));
        Assert.DoesNotContain(PwshRun.Of("Find-OpsAttackPattern -Path a.log | Format-Table | Out-String -Stream", _folder).Objects, line => ((string)line).Any(c => c is '\u001b' or '\u0007'));
    }

    [Fact]
    public void Warnings_never_steer_a_terminal()
    {
        Write("a\u001b[31m.gz", "no gzip");
        string warning = Assert.Single(PwshRun.Of("Find-OpsAttackPattern -Path *.gz", _folder).Warnings);
        Assert.Contains("a.gz was read only in part", warning);
        Assert.DoesNotContain('\u001b', warning);
    }

    [Fact]
    public void Rules_of_ones_own_are_used_besides_those_of_the_module()
    {
        Write("shop.yaml", Rules);
        Write("a.log", Union, Line("/cart?c=TestCoupon"));
        Assert.Equal("shop-coupon", Assert.Single(Matches("Find-OpsAttackPattern -Path a.log -RulePath shop.yaml -Rule shop-*")).Rule);
        Assert.Equal(2, Matches("Find-OpsAttackPattern -Path a.log -RulePath .").Length);
        AttackRule[] rules = [.. PwshRun.Of("Get-OpsAttackRule -RulePath shop.yaml", _folder).Objects.OfType<AttackRule>()];
        Assert.Equal(RuleCatalog.Own.Count + 1, rules.Length);
        Assert.Equal(Path.Combine(_folder, "shop.yaml"), rules[^1].File);
        Write("twice.yaml", Rules.Replace("shop-coupon", "sqli-union-select", StringComparison.Ordinal));
        Assert.Equal("RuleTwice", Assert.Single(PwshRun.Of("Get-OpsAttackRule -RulePath twice.yaml", _folder).Errors).ErrorId);
    }

    [Fact]
    public void Rules_are_listed_by_id_and_category()
    {
        Assert.Equal(RuleCatalog.Own.Count + RateCatalog.Own.Count, PwshRun.Of("Get-OpsAttackRule", _folder).Objects.Count);
        Assert.All(PwshRun.Of("Get-OpsAttackRule -Category SqlInjection").Objects.OfType<AttackRule>(), r => Assert.StartsWith("sqli", ((AttackRule)r).Id));
        Assert.Equal(["sqli-union-list", "sqli-union-select"], PwshRun.Of("Get-OpsAttackRule sqli-union*").Objects.Select(r => $"{r}").Order());
    }

    [Fact]
    public void A_rule_file_is_tested_against_its_examples_and_a_log()
    {
        Write("shop.yaml", Rules);
        Write("a.log", Line("/cart?c=testcoupon"), Plain, Line("/cart?c=%74estcoupon"));
        PwshRun run = PwshRun.Of("Test-OpsAttackRule shop.yaml -Path a.log", _folder);
        var result = Assert.IsType<RuleTestResult>(Assert.Single(run.Objects));
        Assert.Equal(("shop-coupon", true, 2, 2L, 0), (result.Rule, result.Passed, result.Examples, result.Hits, run.ExitCode));
        Assert.NotNull(result.Duration);
        Assert.Null(Assert.IsType<RuleTestResult>(Assert.Single(PwshRun.Of("Test-OpsAttackRule -RulePath shop.yaml", _folder).Objects)).Hits);
    }

    [Fact]
    public void Broken_examples_and_mistakes_are_results_with_their_place()
    {
        Write("broken.yaml", Rules.Replace("c=SPRING", "c=testcoupon", StringComparison.Ordinal).Replace("c=TESTCOUPON", "c=none", StringComparison.Ordinal));
        PwshRun broken = PwshRun.Of("Test-OpsAttackRule broken.yaml", _folder);
        var result = Assert.IsType<RuleTestResult>(Assert.Single(broken.Objects));
        Assert.Equal((false, 2), (result.Passed, result.Problems.Count));
        Assert.Equal("ResultBad", Assert.Single(PwshRun.Of("Test-OpsAttackRule broken.yaml | Assert-OpsResult", _folder).Errors).ErrorId);
        Write("wrong.yaml", Rules.Replace("category:", "categry:", StringComparison.Ordinal));
        PwshRun wrong = PwshRun.Of("Test-OpsAttackRule wrong.yaml", _folder);
        var mistake = (RuleTestResult)wrong.Objects[0];
        Assert.Equal((null, 4, 5), (mistake.Rule, mistake.Line, mistake.Column));
        Assert.Contains("category", mistake.Problems[0]);
        Write("regex.yaml", Rules.Replace(@"\btestcoupon\b", "(?<=a)b", StringComparison.Ordinal));
        Assert.Equal(7, ((RuleTestResult)PwshRun.Of("Test-OpsAttackRule regex.yaml", _folder).Objects[0]).Line);
        Assert.Contains("wrong.yaml(4,5)", Display.RulePlace(mistake));
    }

    [Fact]
    public void The_rules_of_the_module_keep_their_examples()
    {
        PwshRun run = PwshRun.Of("Test-OpsAttackRule");
        Assert.Equal(RuleCatalog.Own.Count + RateCatalog.Own.Count, run.Objects.Count);
        Assert.Equal((0, ""), (run.ExitCode, string.Join('\n', run.Objects.Cast<RuleTestResult>().SelectMany(r => r.Problems))));
    }

    private static string Line(string target) => $"203.0.113.7 - - [21/Nov/2026:03:16:00 +0000] \"GET {target} HTTP/1.1\" 200 512 \"-\" \"-\"";

    private void Write(string name, params string[] lines) => File.WriteAllText(Path.Combine(_folder, name), string.Join('\n', lines) + "\n");

    private string Categories(string pipeline) => string.Join(", ", Matches(pipeline).Select(m => m.Category));

    private AttackMatch[] Matches(string pipeline)
    {
        PwshRun run = PwshRun.Of(pipeline, _folder);
        Assert.Empty(run.Errors);
        return [.. run.Objects.Cast<AttackMatch>()];
    }
}
