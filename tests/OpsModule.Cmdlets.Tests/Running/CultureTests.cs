using System.Text.RegularExpressions;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Cmdlets.Tests.Running;

/// <summary>What is shown, stored and read is the same whatever language the session speaks: a decimal comma in a metric is another number.</summary>
public sealed partial class CultureTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("de-DE")]
    [InlineData("tr-TR")]
    public void Every_text_is_the_one_of_any_other_language(string culture)
    {
        Write();
        const string script = """
            Test-OpsEnvironment | Out-String
            Get-OpsAttackRule | ForEach-Object ToString
            Find-OpsAttackPattern -Path a.log | Format-List * | Out-String
            Find-OpsAttackPattern -Path a.log | ConvertTo-Json -Depth 4
            Measure-OpsAttack -Path a.log | Out-String
            Get-OpsLog -Path a.log -Since '2026-01-01T00:00:00Z' | Out-String
            Test-OpsHealth disk.free, checks | Where-Object Check -like 'i*' | Out-String
            Send-OpsMetric -Name ITEMS -Value 1234.5 | Out-Null; Get-Content (Get-ChildItem prom)
            (Test-OpsHealth -Quiet LIMIT).Text
            """;
        PwshRun plain = new PwshRun().Run(script, _folder.Path), foreign = new PwshRun { Culture = culture }.Run(script, _folder.Path);
        Assert.Equal(plain.ErrorRecords.Select(e => e.ToString()), foreign.ErrorRecords.Select(e => e.ToString()));
        Assert.Equal(Said(plain), Said(foreign));
        Assert.Contains(plain.Objects, o => $"{o}".Contains("1234.5", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("de-DE")]
    [InlineData("tr-TR")]
    public void What_is_given_is_read_alike(string culture)
    {
        Write();
        const string script = """
            Get-OpsLog -Path a.log -Since 1.5h | Measure-Object | ForEach-Object Count
            Get-OpsLog -Path a.log -After '2026-01-02' -ErrorAction SilentlyContinue
            Get-OpsAttackRule SQLI-* | Measure-Object | ForEach-Object Count
            Test-OpsHealth limit | ForEach-Object Status
            """;
        PwshRun plain = new PwshRun().Run(script, _folder.Path), foreign = new PwshRun { Culture = culture }.Run(script, _folder.Path);
        Assert.Equal(plain.ErrorRecords.Select(e => e.ToString()), foreign.ErrorRecords.Select(e => e.ToString()));
        Assert.Equal(Said(plain), Said(foreign));
    }

    private void Write()
    {
        _folder.Write("a.log", "203.0.113.9 - - [02/Jan/2026:10:00:00 +0000] \"GET /i?id=1%20UNION%20SELECT%20password%20FROM%20users HTTP/1.1\" 200 12345\n");
        _folder.Write("ops.yaml", """
            environment: SHIPPING
            metrics: { textfile: prom }
            thresholds: { http.p95: { warning: 0.5s, critical: 1.5s } }
            checks: { limit: { tcp: "127.0.0.1:1" } }
            """);
        Directory.CreateDirectory(_folder["prom"]);
    }

    private static IEnumerable<string> Said(PwshRun run) => run.Objects.Select(o => Changing().Replace($"{o}", "*"));

    /// <summary>Times of this moment and durations differ from run to run.</summary>
    [GeneratedRegex(@"\d{4}-\d\d-\d\d[T ][\d:.]+|\d+(\.\d+)? (ms|s)\b|\d{9,}")]
    private static partial Regex Changing();
}
