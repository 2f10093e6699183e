using OpsModule.Engine.Areas.Attacks;
using OpsModule.Engine.Areas.Attacks.Rules;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Attacks;

/// <summary>Rules of one's own beside and in place of those of the module.</summary>
public sealed class RuleBookTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static string Rule(string id, string more = "") =>
        $"{{ id: {id}, title: A, category: Scanner, literals: [evil], pattern: evil, matches: ['GET /evil'], ignores: ['GET /good']{more} }}";

    private static string Rate(string id, string more = "") =>
        $"{{ id: {id}, title: A, rules: [a], more: 2, within: 1m, matches: [{{ lines: ['GET /evil'], times: 3 }}], ignores: [{{ lines: ['GET /evil'], times: 3, within: 2m }}]{more} }}";

    private RuleBook All(string text) => RuleBook.All([_folder.Write("a.yaml", text)]);

    [Fact]
    public void A_file_may_have_rules_and_rates_that_come_besides_those_of_the_module()
    {
        RuleBook book = All($"rules: [{Rule("a")}]\nrates: [{Rate("b")}]\n");
        Assert.Equal((RuleCatalog.Own.Count + 1, RateCatalog.Own.Count + 1), (book.Rules.Count, book.Rates.Count));
        Assert.Equal(("a", "b"), (book.Rules[^1].Id, book.Rates[^1].Id));
    }

    [Fact]
    public void A_rule_of_the_module_is_replaced_only_on_purpose()
    {
        OpsException twice = Assert.Throws<OpsException>(() => All($"rules: [{Rule("sqli-union-select")}]\n"));
        Assert.Equal("RuleTwice", twice.ErrorId);
        Assert.Contains("replaces: sqli-union-select", twice.RecommendedAction);
        RuleBook same = All($"rules: [{Rule("sqli-union-select", ", replaces: sqli-union-select")}]\n");
        Assert.Equal((RuleCatalog.Own.Count, "A"), (same.Rules.Count, same.Rules.Single(r => r.Id == "sqli-union-select").Title));
        RuleBook other = All($"rules: [{Rule("own-union", ", replaces: sqli-union-select")}]\n");
        Assert.DoesNotContain(other.Rules, r => r.Id == "sqli-union-select");
        Assert.Equal("brute-force", Assert.Single(All($"rates: [{Rate("brute-force", ", replaces: brute-force")}]\n").Rates, r => r.Title == "A").Id);
    }

    [Fact]
    public void What_is_to_be_replaced_must_be_there()
    {
        OpsException none = Assert.Throws<OpsException>(() => All($"rules: [{Rule("a", ", replaces: sqli-unoin-select")}]\n"));
        Assert.Equal("RuleNotFound", none.ErrorId);
        Assert.Contains("sqli-union-select", none.Message);
    }

    [Fact]
    public void A_file_that_is_named_twice_is_read_once()
    {
        string file = _folder.Write("a.yaml", $"rules: [{Rule("a")}]\n");
        Assert.Single(RuleBook.All([file, _folder.Path]).Rules, r => r.Id == "a");
    }

    [Fact]
    public void Rates_are_changed_by_id_and_a_wrong_id_is_told()
    {
        RuleBook book = RuleBook.All([]).With(new Dictionary<string, RateSettings> { ["brute-force"] = new(More: 3), ["scanner-run"] = new(Enabled: false) });
        Assert.Equal((3L, TimeSpan.FromMinutes(1)), (book.Rates.Single(r => r.Id == "brute-force").More, book.Rates.Single(r => r.Id == "brute-force").Within));
        Assert.DoesNotContain(book.Rates, r => r.Id == "scanner-run");
        OpsException wrong = Assert.Throws<OpsException>(() => RuleBook.All([]).With(new Dictionary<string, RateSettings> { ["brute-forse"] = new() }));
        Assert.Contains("brute-force", wrong.Message);
    }

    [Theory]
    [InlineData("times: 3, within: 2m", "times: 3, within: 1m", "is not broken by its own example: 3 times GET /evil", "is broken by what it should ignore: 3 times GET /evil")]
    [InlineData("times: 2", "times: 2", "is not broken by its own example: 2 times GET /evil", null)]
    public void Examples_of_a_rate_are_held_against_it(string matches, string ignores, string first, string? second)
    {
        RuleFile file = RuleFile.Parse($"rules: [{Rule("a")}]\nrates:\n  - {{ id: b, title: A, rules: [a], more: 2, within: 1m, matches: [{{ lines: ['GET /evil'], {matches} }}], ignores: [{{ lines: ['GET /evil'], {ignores} }}] }}\n", "a.yaml");
        IReadOnlyList<string> broken = RuleExamples.Check(Assert.Single(file.Rates), new EntryScanner(new AttackQuery { Rules = file.Rules }, TimeProvider.System));
        Assert.Equal(second is null ? 1 : 2, broken.Count);
        Assert.Contains(first, broken[0]);
        if (second is not null) Assert.Contains(second, broken[1]);
    }
}
