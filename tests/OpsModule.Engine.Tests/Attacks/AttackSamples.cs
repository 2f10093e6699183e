using OpsModule.Engine.Areas.Attacks;

namespace OpsModule.Engine.Tests.Attacks;

/// <summary>Matches as a scan finds them.</summary>
internal static class AttackSamples
{
    public static readonly DateTimeOffset Start = new(2026, 11, 21, 3, 16, 0, TimeSpan.Zero);

    public static AttackMatch Match(string? address, double second = 0, AttackSeverity severity = AttackSeverity.High, string rule = "sqli-union") => new()
    {
        Rule = rule, Category = AttackCategory.SqlInjection, Severity = severity, Confidence = AttackConfidence.High, Time = Start.AddSeconds(second), Source = "a.log",
        ClientAddress = address, Path = "/search", MatchedText = "union select", Message = "A second query", Raw = "r",
    };
}
