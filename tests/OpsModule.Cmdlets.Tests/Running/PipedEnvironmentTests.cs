using System.Management.Automation;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;

namespace OpsModule.Cmdlets.Tests.Running;

/// <summary>Several environments: each cmdlet runs once for each that is piped in, and one that is bad does not stop the others.</summary>
public sealed class PipedEnvironmentTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("opsmodule-").FullName;

    public PipedEnvironmentTests()
    {
        foreach (string name in new[] { "a", "b" })
        {
            Directory.CreateDirectory(Path.Combine(_folder, name, "store"));
            Directory.CreateDirectory(Path.Combine(_folder, name, "logs"));
            File.WriteAllText(Path.Combine(_folder, name, "ops.yaml"), $$"""
                environment: {{name}}
                services: { web-{{name}}: { pidFile: {{name}}.pid } }
                databases: { main: { host: 127.0.0.1, port: 1, name: x, user: u } }
                backups: { stores: { store-{{name}}: { path: store } } }
                """);
            File.WriteAllText(Path.Combine(_folder, name, name + ".pid"), $"{Environment.ProcessId}");
        }
        Directory.CreateDirectory(Path.Combine(_folder, "bad"));
        File.WriteAllText(Path.Combine(_folder, "bad", "ops.yaml"), "environment: [");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("Test-OpsHealth -Check disk.free -Timeout 2", 2)]
    [InlineData("Test-OpsHealth -Check disk.free -Quiet", 2)]
    [InlineData("Watch-OpsHealth -Check disk.free -Count 1 -Interval 1", -1)]
    [InlineData("Test-OpsJournal", 2)]
    [InlineData("Get-OpsChange", 0)]
    [InlineData("Get-OpsBackup", 0)]
    [InlineData("Get-OpsService", 2)]
    [InlineData("Get-OpsDiskUsage -Kind Store", 2)]
    [InlineData("Get-OpsAttackRule sqli-*", -1)]
    [InlineData("Test-OpsEnvironment", 2)]
    [InlineData("Get-OpsEnvironment", 2)]
    [InlineData("Wait-OpsService -Timeout 5", 2)]
    [InlineData("Test-OpsBackup", 0)]
    [InlineData("Measure-OpsAttack -Path $HOME/../etc/hostname", 2)]
    public void EachIsOperatedByItself(string cmdlet, int objects)
    {
        PwshRun run = Run($"Get-OpsEnvironment a, b | {cmdlet}");
        Assert.Empty(run.OtherErrors);
        Assert.Empty(run.Errors.Select(e => e.Message));
        if (objects >= 0) Assert.Equal(objects, run.Objects.Count);
        else Assert.Equal(0, run.Objects.Count % 2);
    }

    /// <summary>The other ones need servers, engines or backups; what they say of each is of that one.</summary>
    [Theory]
    [InlineData("Backup-OpsDatabase main -WhatIf", "DatabaseUnreachable")]
    [InlineData("Get-OpsRestore", "DatabaseUnreachable")]
    [InlineData("Get-OpsBackup nope", "DatabaseUnknown")]
    [InlineData("Get-OpsBackup -Store nope", "StoreUnknown")]
    [InlineData("Invoke-OpsRecoveryDrill -Latest", "BackupNotFound")]
    [InlineData("Test-OpsBackup -Store nope", "StoreUnknown")]
    [InlineData("Remove-OpsBackup -Incomplete -Store nope", "StoreUnknown")]
    [InlineData("Remove-OpsBackup 20260101T000000Z-00000x", "BackupNotFound")]
    [InlineData("Copy-OpsBackup 20260101T000000Z-00000x x", "StoreUnknown")]
    [InlineData("Restore-OpsDatabase 20260101T000000Z-00000x -Confirm:$false", "BackupNotFound")]
    [InlineData("Restore-OpsDatabase -Confirm:$false", "PipelineObjectUnknown")]
    [InlineData("Remove-OpsRestore -Confirm:$false", "PipelineObjectUnknown")]
    [InlineData("Undo-OpsRestore x -Confirm:$false", "")]
    [InlineData("Get-OpsService nope", "")]
    [InlineData("Stop-OpsService nope", "")]
    [InlineData("Start-OpsService nope", "")]
    [InlineData("Restart-OpsService nope", "")]
    [InlineData("Set-OpsService nope 2", "")]
    [InlineData("Invoke-OpsServiceCommand nope ls", "")]
    [InlineData("Get-OpsEvent nope", "")]
    [InlineData("Get-OpsResourceUsage nope", "")]
    [InlineData("Get-OpsLog nope", "")]
    [InlineData("Export-OpsLog nope out.jsonl", "")]
    [InlineData("Find-OpsAttackPattern nope", "")]
    [InlineData("Find-OpsAttackPattern -Rule nope", "")]
    [InlineData("Get-OpsCertificate -Database nope", "")]
    [InlineData("Update-OpsCertificate", "NoCertificates")]
    [InlineData("Clear-OpsStorage -Include Image -WhatIf", "PlatformUnsupported")]
    [InlineData("Clear-OpsStorage -LogFolder nope", "")]
    [InlineData("Send-OpsAlert hello", "")]
    [InlineData("Send-OpsMetric x 1", "")]
    [InlineData("Export-OpsBlockList x -As Nginx", "PipelineObjectUnknown")]
    [InlineData("Test-OpsAttackRule -RulePath nope.yaml", "")]
    public void WhatFailsFailsForEach(string cmdlet, string errorId)
    {
        PwshRun run = Run($"Get-OpsEnvironment a, b | {cmdlet}");
        Assert.Empty(run.OtherErrors);
        Assert.Equal(0, run.Errors.Count % 2);
        Assert.True(run.Errors.Count > 0 || cmdlet.StartsWith("Send", StringComparison.Ordinal), string.Join(", ", run.Objects));
        if (errorId.Length > 0) Assert.All(run.Errors, e => Assert.Equal(errorId, e.ErrorId));
    }

    [Fact]
    public void OneThatIsBadDoesNotStopTheOthers()
    {
        PwshRun run = Run("Get-ChildItem ops.yaml -Recurse | Test-OpsJournal");
        Assert.Equal(2, run.Objects.OfType<JournalTestResult>().Count());
        Assert.Equal("EnvironmentInvalid", Assert.Single(run.Errors).ErrorId);
        run = Run("'a', 'bad', 'none', 'b' | Test-OpsHealth -Check disk.free");
        Assert.Equal(2, run.Objects.OfType<HealthResult>().Count());
        Assert.Equal(["EnvironmentInvalid", "EnvironmentNotFound"], run.Errors.Select(e => e.ErrorId));
    }

    [Fact]
    public void AnEnvironmentWinsOverWhatPowerShellMakesOfItsProperties()
    {
        // Its Name is no database's, no service's and no certificate's.
        Assert.Equal(["web-a", "web-b"], Run("Get-OpsEnvironment a, b | Get-OpsService | ForEach-Object Name").Objects);
        Assert.Equal("ParametersConflict", Assert.Single(Run("Get-OpsEnvironment a | Get-OpsService -Environment b").Errors).ErrorId);
        Assert.Equal(2, Run("Get-OpsEnvironment a, b | Export-Clixml e.xml; Import-Clixml e.xml | Test-OpsJournal").Objects.Count);
    }

    [Fact]
    public void AnObjectThatNamesNothingAfterOneThatDidIsNotEverything()
    {
        PwshRun run = Run("Set-Location a; [pscustomobject]@{ Service = 'web-a' }, 5 | Test-OpsHealth -Check disk.free");
        Assert.Equal("PipelineObjectUnknown", Assert.Single(run.Errors).ErrorId);
        Assert.True(run.Objects.Count < 2);
    }

    [Theory]
    [InlineData("Get-Process -Id $PID | Test-OpsJournal", "PipelineObjectUnknown")]
    [InlineData("1 | Test-OpsHealth", "PipelineObjectUnknown")]
    [InlineData("Test-OpsJournal -Environment a, b", "EnvironmentInvalid")]
    [InlineData("Test-OpsJournal -Environment $null", "EnvironmentInvalid")]
    [InlineData("Test-OpsJournal -Environment (Get-Process -Id $PID)", "EnvironmentInvalid")]
    public void WhatIsNoEnvironmentIsRefused(string script, string errorId)
    {
        PwshRun run = Run(script);
        Assert.Equal(errorId, Assert.Single(run.Errors).ErrorId);
        Assert.Empty(run.Objects);
    }

    [Theory]
    [InlineData("'x', 'y' | Find-OpsAttackPattern -Path logs")]
    [InlineData("$null | Find-OpsAttackPattern -Path logs")]
    [InlineData("'x' | Measure-OpsAttack -LiteralPath logs")]
    [InlineData("'x' | Get-OpsLog web-a")]
    [InlineData("Get-Date | Invoke-OpsRecoveryDrill -Latest")]
    [InlineData("Get-Date | Remove-OpsBackup -Incomplete -Confirm:$false")]
    [InlineData("Get-Date | Resume-OpsChange -Due -Confirm:$false")]
    [InlineData("Get-Date | Send-OpsMetric x 1")]
    public void WhatNoParameterHasAPlaceForIsRefused(string script)
    {
        PwshRun run = Run("Set-Location a; " + script);
        Assert.Equal("ParametersConflict", Assert.Single(run.Errors).ErrorId);
        Assert.Empty(run.Objects);
    }

    /// <summary>A service of the same name would be operated in the environment of the call, not in the one that it was seen in.</summary>
    [Theory]
    [InlineData("Get-OpsService")]
    [InlineData("Stop-OpsService -WhatIf")]
    [InlineData("Restart-OpsService -WhatIf")]
    [InlineData("Wait-OpsService -Timeout 5")]
    [InlineData("Get-OpsResourceUsage")]
    [InlineData("Invoke-OpsServiceCommand -CommandLine ls -WhatIf")]
    [InlineData("Get-OpsLog")]
    [InlineData("Export-OpsLog -Destination x.gz")]
    public void AServiceOfAnotherEnvironmentIsNotTakenForOneOfThisOne(string cmdlet)
    {
        foreach (string way in new[] { "Get-OpsService -Environment a", "Get-OpsService -Environment a | Export-Clixml s.xml; Import-Clixml s.xml", "Get-OpsService -Environment a | ConvertTo-Json | ConvertFrom-Json | Select-Object Name, Environment" })
        {
            PwshRun run = Run($"$s = & {{ {way} }}; $s | {cmdlet} -Environment b");
            Assert.Equal("EnvironmentDiffers", Assert.Single(run.Errors).ErrorId);
            Assert.Empty(run.Objects);
            Assert.Empty(run.WhatIfs);
        }
    }

    [Theory]
    [InlineData("[pscustomobject]@{ Service = 'web-a' } | Get-OpsService other")]
    [InlineData("Get-OpsService | Wait-OpsService oth* -Timeout 5")]
    [InlineData("Get-OpsService | Stop-OpsService -Name * -WhatIf")]
    public void AServiceOfAnotherNameThanTheParametersIsRefused(string script) =>
        Assert.Equal("ParametersConflict", Assert.Single(Run("Set-Location a; " + script).Errors).ErrorId);

    [Fact]
    public void AServiceOfThisEnvironmentIsTaken() =>
        Assert.Equal(2, Run("Get-OpsService -Environment a | Get-OpsService WEB-A -Environment a; [pscustomobject]@{ Name = 'web-a', 'WEB-A' } | Get-OpsService -Environment a").Objects.Count);

    [Theory]
    [InlineData("Get-OpsEnvironment b | Connect-OpsEnvironment")]
    [InlineData("Get-OpsEnvironment b | Export-Clixml e.xml; Import-Clixml e.xml | Connect-OpsEnvironment")]
    [InlineData("Get-Item b | Connect-OpsEnvironment")]
    [InlineData("'b' | Connect-OpsEnvironment")]
    public void AnEnvironmentIsConnectedHoweverItComes(string script) => Assert.Equal(["b", "b"], Run($"(& {{ {script} }}).Name; Set-Location a; (Get-OpsEnvironment).Name").Objects);

    [Theory]
    [InlineData("Get-OpsEnvironment a | Test-OpsEnvironment -Path b")]
    [InlineData("Test-OpsEnvironment -LiteralPath b -Environment a")]
    public void OneOfTwoEnvironmentsIsNotPassedOver(string script)
    {
        PwshRun run = Run(script);
        Assert.Equal("ParametersConflict", Assert.Single(run.Errors).ErrorId);
        Assert.Empty(run.Objects);
    }

    [Fact]
    public void RuleFilesComeThroughThePipeline()
    {
        File.WriteAllText(Path.Combine(_folder, "a", "rules.yaml"), "rules: [");
        foreach (string script in new[] { "Get-ChildItem a/rules.yaml | Test-OpsAttackRule", "'a/rules.yaml' | Test-OpsAttackRule", "Test-OpsAttackRule a/rules.yaml" })
        {
            PwshRun run = Run(script);
            Assert.Empty(run.Errors);
            Assert.Contains("rules.yaml", Assert.IsType<OpsModule.Engine.Areas.Attacks.Rules.RuleTestResult>(Assert.Single(run.Objects)).ToString());
        }
        Assert.Equal(2, Run("Get-OpsEnvironment a, b | Test-OpsAttackRule a/rules.yaml").Objects.Count);
    }

    [Fact]
    public void FilesAndEnvironmentsArriveWhereTextDoes()
    {
        File.WriteAllText(Path.Combine(_folder, "a", "logs", "x.log"), "GET /?q=1%27%20UNION%20SELECT%201,2,3-- HTTP/1.1\n");
        foreach (string script in new[] { "Get-ChildItem a/logs/*.log | Find-OpsAttackPattern", "Get-Content a/logs/x.log | Find-OpsAttackPattern", "Get-Content a/logs/x.log | Find-OpsAttackPattern -Environment a", "Find-OpsAttackPattern -LiteralPath a/logs/x.log" })
            Assert.NotEmpty(Run(script).Objects);
        int one = Run("Find-OpsAttackPattern -Path a/logs/x.log").Objects.Count;
        Assert.Equal(2 * one, Run("Get-OpsEnvironment a, b | Find-OpsAttackPattern -Path a/logs/x.log").Objects.Count);
        Assert.Single(Run("Get-ChildItem a/logs/*.log | Get-OpsLog").Objects);
        Assert.Equal("ParametersConflict", Assert.Single(Run("Get-ChildItem a/logs/*.log | Get-OpsLog -Follow").Errors).ErrorId);
        Assert.Empty(Run("Get-OpsEnvironment a, b | Get-OpsBackup -Latest").OtherErrors);
    }

    [Fact]
    public void OtherObjectsStayWhatTheyWere()
    {
        Assert.Equal("DatabaseUnknown", Assert.Single(Run("Set-Location a; 'shop' | Get-OpsBackup").Errors).ErrorId);
        Assert.Equal("PipelineObjectUnknown", Assert.Single(Run("Set-Location a; Get-Date | Get-OpsBackup").Errors).ErrorId);
    }

    /// <summary>Each thread has a session of its own; nothing of one is the other's.</summary>
    [Fact]
    public async Task TwoEnvironmentsAreOperatedInTwoThreadJobs()
    {
        string script = "$jobs = 'a', 'b' | ForEach-Object { Start-ThreadJob -ScriptBlock { param($e, $m) Import-Module $m; $null = Connect-OpsEnvironment $e; 1..20 | ForEach-Object { (Get-OpsEnvironment).Name } } -ArgumentList $_, (Get-Module OpsModule).Path }; "
            + "$jobs | Receive-Job -Wait | Group-Object | Sort-Object Name | ForEach-Object { \"$($_.Name)=$($_.Count)\" }; (Get-OpsEnvironment a).Name";
        (int exitCode, string said) = await PwshProcess.RunAsync(PwshProcess.Of(script, _folder));
        Assert.Equal((0, "a=20\nb=20\na\n"), (exitCode, said));
    }

    private PwshRun Run(string script) => PwshRun.Of(script, _folder);
}
