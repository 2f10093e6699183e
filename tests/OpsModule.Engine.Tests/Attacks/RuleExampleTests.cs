using OpsModule.Engine.Areas.Attacks;
using OpsModule.Engine.Areas.Attacks.Decoding;
using OpsModule.Engine.Areas.Attacks.Rules;

namespace OpsModule.Engine.Tests.Attacks;

/// <summary>The rules of the module keep what their examples promise.</summary>
public sealed class RuleExampleTests
{
    [Fact]
    public void Every_example_holds()
    {
        string[] broken = [.. RuleExamples.Check(RuleCatalog.Own).Select(b => b.Message)];

        Assert.Empty(broken);
    }

    [Fact]
    public void Every_rule_has_several_examples_of_both_kinds()
    {
        Assert.NotEmpty(RuleCatalog.Own);
        Assert.All(RuleCatalog.Own, rule => Assert.True(rule.Matches.Count >= 2 && rule.Ignores.Count >= 2, rule.Id));
    }

    [Fact]
    public void Every_rule_says_what_it_is_in_terms_of_others() => Assert.All(RuleCatalog.Own, rule =>
    {
        Assert.True(rule.Mitre is not null || rule.Category == AttackCategory.SecurityEvent, rule.Id);
        Assert.NotNull(rule.Owasp);
        Assert.EndsWith(rule.Title, rule.Title.TrimEnd('.'));
    });

    [Fact]
    public void There_are_rules_of_every_category() =>
        Assert.Empty(Enum.GetValues<AttackCategory>().Except(RuleCatalog.Own.Select(r => r.Category)));

    [Theory]
    [InlineData("union.*select", "GET /?q=UNION+ALL+SELECT+1", "UNION+ALL+SELECT")]
    [InlineData("a\\.b.*\\(c", "x A.B = (C)", "A.B = (C")]
    [InlineData("union.+select", "GET /?q=UNION+ALL+SELECT+1", "UNION+ALL+SELECT")]
    [InlineData("union.*select", "GET /?q=SELECT+UNION", null)]
    [InlineData("é.*é", "caf\u00e9 und \u00e9", "\u00e9 und \u00e9")]
    public void A_rule_about_whole_lines_sees_what_grep_sees(string pattern, string line, string? found)
    {
        var rule = new AttackRule
        {
            Id = "own", Title = "Own", Category = AttackCategory.SqlInjection, Confidence = AttackConfidence.High, Target = RuleTarget.Line,
            Decode = TextView.Raw, Literals = [pattern.Contains("union") ? "union" : pattern.Contains('b') ? "a.b" : "é"], Pattern = pattern,
        };
        var scanner = new EntryScanner(new AttackQuery { Rules = [rule] }, TimeProvider.System);
        string[] texts = [.. scanner.Scan(line, "test", null, 0).Select(m => m.MatchedText.ToUpperInvariant())];
        Assert.Equal(found is null ? [] : [found.ToUpperInvariant()], texts);
    }

    [Theory]
    [InlineData("matches: ['GET /b']", "ignores: ['GET /c']", "does not find its own example: GET /b")]
    [InlineData("matches: ['GET /?q=evil']", "ignores: ['GET /?q=evil+thing']", "finds what it should ignore: GET /?q=evil+thing")]
    public void A_rule_that_does_not_keep_its_examples_is_told(string matches, string ignores, string message)
    {
        RuleFile file = RuleFile.Parse($"rules:\n  - {{ id: a, title: A, category: Scanner, literals: [evil], pattern: evil, {matches}, {ignores} }}", "rules.yaml");

        Assert.EndsWith(message, Assert.Single(RuleExamples.Check(file.Rules)).Message);
    }

    [Theory]
    [InlineData("id: a, title: A, category: Scanner, literals: [evil], pattern: evil, matches: [evil], ignores: []", "NoExample")]
    [InlineData("id: a, title: A, category: Scanner, literals: [evil], pattern: evil, matches: [], ignores: [good]", "NoExample")]
    [InlineData("id: a, title: A, category: Scanner, pattern: evil, matches: [evil], ignores: [good]", "NoLiterals")]
    [InlineData("id: a, title: A, category: Scanner, literals: [evil], matches: [evil], ignores: [good]", "MissingKey")]
    [InlineData("id: a, title: A, literals: [evil], pattern: evil, matches: [evil], ignores: [good]", "MissingKey")]
    [InlineData("id: a, title: A, category: Scanner, literals: [Evil], pattern: evil, matches: [evil], ignores: [good]", "LiteralCapital")]
    [InlineData("id: a, title: A, category: Scanner, literals: [';'], pattern: evil, matches: [evil], ignores: [good]", "PrefilterShort")]
    [InlineData("id: a, title: A, category: Scanner, literals: [evil], pattern: '(?<=a)evil', matches: [evil], ignores: [good]", "PatternInvalid")]
    [InlineData("id: a, title: A, category: CrossTenantAccess, condition: TenantDiffers, matches: [evil], ignores: [good]", "NoPrefilter")]
    [InlineData("id: a, title: A, category: Scanner, target: [Line, Path], literals: [evil], pattern: evil, matches: [evil], ignores: [good]", "LineAlone")]
    public void A_rule_that_cannot_be_used_is_told(string rule, string code)
    {
        RuleFile file = RuleFile.Parse($"rules:\n  - {{ {rule} }}", "rules.yaml");

        Assert.Contains(code, file.Findings.Select(f => f.Code));
        Assert.Empty(file.Rules);
    }
}
