using OpsModule.Engine.Areas.Attacks;
using OpsModule.Engine.Areas.Attacks.Sigma;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Areas.Logs;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Outlets.Reports;

namespace OpsModule.Cmdlets.Tests.Running;

/// <summary>Files and folders as PowerShell has them: drives, literal paths, wildcards, and what Get-ChildItem gives.</summary>
public sealed class ProviderPathTests : IDisposable
{
    private const string Attack = """203.0.113.7 - - [21/Nov/2026:03:16:00 +0000] "GET /?q=1%27%20UNION%20SELECT%20password%20FROM%20users-- HTTP/1.1" 200 5 "-" "x" """;
    private const string Drive = "$null = New-PSDrive W FileSystem . ; ";

    private readonly string _folder = Directory.CreateTempSubdirectory("opsmodule-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void WhatIsWrittenGoesToTheDriveThatWasNamed()
    {
        Write("in.log", "hello\n");
        PwshRun run = Run(Drive + "1 | Export-OpsReport W:/r.html; New-OpsEnvironment W:/e/ops.yaml -Name e; Get-OpsLog -Path W:/in.log | Export-OpsReport W:/l.html; "
            + "Export-OpsLog -Path W:/in.log -Destination W:/out.jsonl; @() | Export-OpsBlockList W:/block.txt -As HAProxy; Find-OpsAttackPattern -Path W:/in.log -Baseline W:/base");
        Assert.Empty(run.OtherErrors);
        Assert.Empty(run.Errors);
        foreach (string name in new[] { "r.html", "e/ops.yaml", "l.html", "out.jsonl", "block.txt", "base" }) Assert.True(File.Exists(At(name)), name);
        Assert.False(Directory.Exists(At("W:")));
        Assert.Equal(At("r.html"), run.Objects.OfType<ReportRecord>().First().Path);
    }

    [Fact]
    public void WhatIsReadComesFromTheDriveThatWasNamed()
    {
        Write("a/ops.yaml", "environment: a");
        Write("access.log", Attack);
        Assert.Equal("a", Assert.IsType<OpsEnvironment>(Assert.Single(Run(Drive + "Get-OpsEnvironment W:/a").Objects)).Name);
        Assert.Single(Run(Drive + "Find-OpsAttackPattern -Path W:/*.log").Objects);
        Assert.Equal("a", Assert.IsType<OpsEnvironment>(Assert.Single(Run(Drive + "Set-Location W:/a; Get-OpsEnvironment").Objects)).Name);
        Assert.Empty(Run(Drive + "Test-OpsJournal -Environment W:/a").Errors);
    }

    [Theory]
    [InlineData("Get-OpsLog -Path env:/HOME", "provider Environment")]
    [InlineData("1 | Export-OpsReport variable:x", "provider Variable")]
    [InlineData("Get-OpsEnvironment env:/HOME", "provider Environment")]
    [InlineData("Get-OpsLog -Path nodrive:/x", "a drive that this session has not")]
    [InlineData("Set-Location env:; Get-OpsLog -Path HOME", "provider Environment")]
    [InlineData("Get-OpsBackup -Environment env:/HOME", "provider Environment")]
    [InlineData("Get-OpsLog -Path (Get-Process -Id $PID)", "no file and no folder")]
    [InlineData("Import-OpsAttackRule (Get-Date)", "")]
    public void WhatIsNoFileIsRefused(string script, string said)
    {
        PwshRun run = Run(script);
        Assert.Empty(run.Objects);
        Assert.Contains(said, run.ErrorRecords.Select(e => e.ToString()).First());
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void ANameWithBracketsIsReachedLiterallyAndByItsFile()
    {
        Write("a[1].log", "in brackets\n");
        Write("a1.log", "without\n");
        Assert.Equal(["in brackets"], Messages("Get-OpsLog -LiteralPath 'a[1].log'"));
        Assert.Equal(["in brackets"], Messages("Get-Item -LiteralPath 'a[1].log' | Get-OpsLog"));
        Assert.Equal(["in brackets"], Messages("Get-OpsLog -Path 'a`[1`].log'"));
        Assert.Equal(["without"], Messages("Get-OpsLog -Path 'a[0-9].log'"));
        // A literal name that is not there is no pattern for another one.
        Assert.Equal("LogFileNotFound", Assert.Single(Run("Get-OpsLog -LiteralPath 'a[12].log'").Errors).ErrorId);
        Assert.Equal(2, Run("Get-ChildItem *.log | Get-OpsLog").Objects.Count);
    }

    [Fact]
    public void FilesComeThroughThePipelineAndTextStaysLines()
    {
        Write("one.log", Attack + "\n");
        Write("two.log", Attack.Replace("203.0.113.7", "203.0.113.8") + "\n");
        Assert.Equal(2, Run("Get-ChildItem *.log | Find-OpsAttackPattern").Objects.OfType<AttackMatch>().Count());
        Assert.Equal(2, Assert.IsType<AttackSummary>(Assert.Single(Run("Get-ChildItem *.log | Measure-OpsAttack").Objects)).Matches);
        // Lines of Get-Content carry PSPath, and are lines all the same.
        Assert.Equal("(pipeline)", Assert.Single(Run("Get-Content one.log | Find-OpsAttackPattern").Objects.OfType<AttackMatch>()).Source);
        Assert.Equal("InputNotALine", Assert.Single(Run("Get-Process -Id $PID | Find-OpsAttackPattern").Errors).ErrorId);
        Assert.Single(Run("Get-ChildItem one.log | Select-Object FullName | Find-OpsAttackPattern").Objects);
        Assert.Single(Run("Get-ChildItem one.log | Select-Object PSPath | Find-OpsAttackPattern").Objects);
        // The first run remembers both files.
        Assert.Equal(2, Run("Get-ChildItem *.log | Find-OpsAttackPattern -Baseline base").Objects.Count);
        Assert.Empty(Run("Get-ChildItem *.log | Find-OpsAttackPattern -Baseline base").Objects);
    }

    [Fact]
    public void CertificatesRulesAndEnvironmentsComeAsFiles()
    {
        using var key = System.Security.Cryptography.ECDsa.Create();
        var request = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=piped", key, System.Security.Cryptography.HashAlgorithmName.SHA256);
        Write("c[1].pem", request.CreateSelfSigned(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(9)).ExportCertificatePem());
        Write("rule.yml", "title: T\nid: 0b0e0a37-3b4c-4a8b-9a1c-0d1d2b9f3f10\nstatus: test\nlogsource: { category: webserver }\ndetection: { s: { cs-uri-query|contains: evil }, condition: s }\nlevel: high\n");
        Write("x/ops.yaml", "environment: x");
        Write("y/ops.yaml", "environment: y");
        Write("y/other.yaml", "environment: other");

        foreach (string script in new[] { "Get-ChildItem *.pem | Get-OpsCertificate", "Get-OpsCertificate -Path *.pem", "Get-OpsCertificate -LiteralPath 'c[1].pem'" })
            Assert.Contains("piped", Assert.IsType<CertificateRecord>(Assert.Single(Run(script).Objects)).Subject);
        Assert.Equal("FileNotFound", Assert.Single(Run("Get-OpsCertificate -Path *.crt").Errors).ErrorId);
        foreach (string script in new[] { "Get-ChildItem *.yml | Import-OpsAttackRule", "'rule.yml' | Import-OpsAttackRule", "Import-OpsAttackRule *.yml", "Import-OpsAttackRule -LiteralPath rule.yml" })
            Assert.IsType<RuleImport>(Assert.Single(Run(script).Objects));
        foreach (string script in new[] { "Get-ChildItem ops.yaml -Recurse | Get-OpsEnvironment", "'x', 'y' | Get-OpsEnvironment", "Get-OpsEnvironment x, y", "Get-OpsEnvironment *", "Get-OpsEnvironment x, y | Get-OpsEnvironment", "Get-OpsEnvironment -LiteralPath x, y" })
            Assert.Equal(["x", "y"], Run(script).Objects.Cast<OpsEnvironment>().Select(e => e.Name).Order());
        Assert.Equal("EnvironmentNotFound", Assert.Single(Run("Get-OpsEnvironment z*").Errors).ErrorId);
        PwshRun one = Run("Get-OpsEnvironment none, x");
        Assert.Equal(("EnvironmentNotFound", "x"), (Assert.Single(one.Errors).ErrorId, $"{Assert.Single(one.Objects)}"));
        Assert.Equal(2, Run("'x', 'y' | Test-OpsEnvironment").Objects.Count);
        Assert.Equal(2, Run("Test-OpsEnvironment x, y").Objects.Count);
    }

    [Fact]
    public void AnEmptyPipelineReadsNothing()
    {
        Write("ops.yaml", "environment: a");
        PwshRun run = Run("@() | Get-OpsLog; @() | Find-OpsAttackPattern");
        Assert.Empty(run.Objects);
        Assert.Empty(run.Errors);
        Assert.Equal("PipelineObjectUnknown", Assert.Single(Run("Get-Date | Get-OpsLog").Errors).ErrorId);
    }

    private IEnumerable<string> Messages(string script) => Run(script).Objects.Cast<LogEntry>().Select(e => e.Message);

    private PwshRun Run(string script) => PwshRun.Of(script, _folder);

    private string At(string name) => Path.Combine(_folder, name);

    private void Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(name))!);
        File.WriteAllText(At(name), text);
    }
}
