using OpsModule.Engine.Areas.Attacks;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Environments;

/// <summary>The section <c>attacks:</c> of the environment file.</summary>
public sealed class AttackSectionTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private EnvironmentLoad Load(string attacks) => EnvironmentLoader.Load(_folder.Write("ops.yaml", "environment: lab\nattacks:\n  " + attacks.Replace("\n", "\n  ", StringComparison.Ordinal)));

    [Fact]
    public void All_of_it_is_read()
    {
        AttackSettings attacks = Load("""
            rules: [rules, /etc/ops/shop.yaml]
            allow:
              - { address: 198.51.100.0/24, path: /search*, category: SqlInjection, reason: our own scanner, until: 2026-12-31 }
              - { agent: "*UptimeRobot*", until: "2026-12-01T12:00:00+01:00" }
            tenantFields: { token: [jwt.org], resource: [row_org] }
            rates:
              brute-force: { more: 20, within: 5m, severity: Critical }
              scanner-run: { enabled: false }
            """).Environment!.Attacks;
        Assert.Equal([Path.Combine(_folder.Path, "rules"), "/etc/ops/shop.yaml"], attacks.Rules);
        Assert.Equal(["address:198.51.100.0/24 path:/search* category:SqlInjection", "agent:*UptimeRobot*"], attacks.Allow.Select(a => $"{a}"));
        Assert.Equal((new DateTimeOffset(2027, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2026, 12, 1, 11, 0, 0, TimeSpan.Zero), "our own scanner"), (attacks.Allow[0].Until, attacks.Allow[1].Until, attacks.Allow[0].Reason));
        Assert.Equal(["jwt.org"], attacks.TenantFields!);
        Assert.Equal(["row_org"], attacks.ResourceTenantFields!);
        Assert.Equal(new RateSettings(20, TimeSpan.FromMinutes(5), AttackSeverity.Critical), attacks.Rates["Brute-Force"]);
        Assert.False(attacks.Rates["scanner-run"].Enabled);
    }

    [Fact]
    public void Without_it_there_are_the_usual_settings()
    {
        AttackSettings attacks = EnvironmentLoader.Load(_folder.Write("ops.yaml", "environment: lab\n")).Environment!.Attacks;
        Assert.Equal((0, 0, null, 0), (attacks.Rules.Count, attacks.Allow.Count, attacks.TenantFields, attacks.Rates.Count));
    }

    [Theory]
    [InlineData("allow: [{ address: 10.0.0.0/99 }]", "AddressInvalid", "an address or a network")]
    [InlineData("allow: [{ reason: nothing }]", "EntryEmpty", "address, path, agent, rule or category")]
    [InlineData("allow: [{ path: /a, until: tomorrow }]", "TimeInvalid", "2026-12-31")]
    [InlineData("allow: [{ category: Sqli }]", null, "SqlInjection")]
    [InlineData("rates: { brute-force: { within: 2d } }", "WindowInvalid", "1s to 1d")]
    [InlineData("rates: { brute-force: { more: 0 } }", null, "1 or more")]
    [InlineData("alow: []", null, "allow")]
    public void A_mistake_is_told_with_its_place(string attacks, string? code, string expected)
    {
        EnvironmentFinding finding = Load(attacks).Findings.First(f => f.Severity == FindingSeverity.Error);
        Assert.Contains(expected, finding.Message);
        Assert.Equal((3, code ?? finding.Code), (finding.Line, finding.Code));
    }
}
