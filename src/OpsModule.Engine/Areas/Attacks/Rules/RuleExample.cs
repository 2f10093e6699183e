using OpsModule.Engine.Areas.Attacks.Matching;
using OpsModule.Engine.Areas.Logs;

namespace OpsModule.Engine.Areas.Attacks.Rules;

/// <summary>An example that a rule does not keep.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Example">The example.</param>
/// <param name="ShouldMatch">True when it should have matched.</param>
public sealed record BrokenExample(AttackRule Rule, string Example, bool ShouldMatch)
{
    /// <summary>What is wrong, in words.</summary>
    public string Message => ShouldMatch ? $"{Rule.Id} does not find its own example: {Example}" : $"{Rule.Id} finds what it should ignore: {Example}";
}

/// <summary>Holds rules against their own examples.</summary>
public static class RuleExamples
{
    /// <summary>
    /// The line that an example stands for: an example that begins with a method (<c>GET /a?b=c</c>, with a status behind <c>-></c>) is a
    /// request in an access log; any other is the line itself.
    /// </summary>
    public static string Line(string example)
    {
        int blank = example.IndexOf(' ');
        if (blank < 0 || example[..blank] is not ("GET" or "POST" or "PUT" or "HEAD" or "DELETE" or "PATCH" or "OPTIONS")) return example;
        int arrow = example.LastIndexOf(" -> ", StringComparison.Ordinal);
        (string request, string status) = arrow > 0 && int.TryParse(example[(arrow + 4)..], out _) ? (example[..arrow], example[(arrow + 4)..]) : (example, "200");
        return $"203.0.113.7 - - [21/Nov/2026:03:16:00 +0000] \"{request} HTTP/1.1\" {status} 512 \"-\" \"-\"";
    }

    /// <summary>The examples that do not hold, each rule asked alone and through the whole way of a scan.</summary>
    /// <param name="rules">The rules.</param>
    /// <param name="tenants">Where tenants stand; null for the usual fields.</param>
    public static IReadOnlyList<BrokenExample> Check(IEnumerable<AttackRule> rules, AttackSettings? tenants = null)
    {
        var broken = new List<BrokenExample>();
        foreach (AttackRule rule in rules)
        {
            var set = new RuleSet([rule]);
            var matcher = new LineMatcher(set, new LineDissector(new FieldMeanings(tenants?.TenantFields, tenants?.ResourceTenantFields), LogClock.Utc(TimeProvider.System)));
            foreach (string example in rule.Matches)
                if (!IsFound(example, set, matcher)) broken.Add(new BrokenExample(rule, example, true));
            foreach (string example in rule.Ignores)
                if (IsFound(example, set, matcher)) broken.Add(new BrokenExample(rule, example, false));
        }
        return broken;
    }

    /// <summary>What is wrong with the examples of a rate rule, their lines held against rules of the default confidence.</summary>
    public static IReadOnlyList<string> Check(RateRule rate, EntryScanner scanner) => (string[])
    [
        .. rate.Matches.Where(e => !e.Breaks(rate, scanner)).Select(e => $"{rate.Id} is not broken by its own example: {e}"),
        .. rate.Ignores.Where(e => e.Breaks(rate, scanner)).Select(e => $"{rate.Id} is broken by what it should ignore: {e}"),
    ];

    private static bool IsFound(string example, RuleSet set, LineMatcher matcher)
    {
        byte[] line = System.Text.Encoding.UTF8.GetBytes(Line(example));
        return set.Prefilter.IndexOf(line, 0) >= 0 && matcher.Match(line);
    }
}
