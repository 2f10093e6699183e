using System.Management.Automation;
using OpsModule.Cmdlets.Tests.Running;
using OpsModule.Engine.Areas.Caches.Measuring;
using OpsModule.Engine.Areas.Recovery.Drills;
using OpsModule.Engine.Records;

namespace OpsModule.Cmdlets.Tests.Records;

/// <summary>Each kind of record that a cmdlet emits has a short name of its own, which scripts, views and other sessions rely on.</summary>
public sealed class RecordKindTests
{
    private const string Approved = """
        OpsModule.AlertDelivery OpsModule.ApiKey OpsModule.AttackMatch OpsModule.AttackOffender OpsModule.AttackRule OpsModule.AttackSummary OpsModule.Availability OpsModule.Backup
        OpsModule.BackupSet OpsModule.BackupTestResult OpsModule.BlockList OpsModule.BlockedAddress OpsModule.BlockedAddressCount OpsModule.CacheReport OpsModule.CacheRestore OpsModule.Certificate OpsModule.CertificateUpdate OpsModule.ChangePlan OpsModule.CommandOutput
        OpsModule.ConfigurationDifference OpsModule.ConfigurationRestore OpsModule.DiskUsage OpsModule.DrillResult
        OpsModule.EnvFileValue OpsModule.Environment OpsModule.EnvironmentFinding OpsModule.Event OpsModule.HealthChange OpsModule.HealthResult OpsModule.HealthSummary OpsModule.JournalEntry
        OpsModule.JournalTestResult OpsModule.KeyRevocationResult OpsModule.LockdownResult OpsModule.LogEntry OpsModule.LogExport OpsModule.MetricDelivery OpsModule.NewApiKey OpsModule.Node OpsModule.ProxyConfiguration OpsModule.QueryChange OpsModule.RateRule OpsModule.RecoveryKit OpsModule.RecoveryKitFinding OpsModule.Report OpsModule.ResourceUsage OpsModule.Restore
        OpsModule.RetentionDecision OpsModule.RevisionDifference OpsModule.RolloutFinding OpsModule.RolloutResult OpsModule.RotationLayout OpsModule.RotationResult OpsModule.RuleImport OpsModule.RuleTestResult OpsModule.Schedule OpsModule.ScheduleFile OpsModule.ScheduleRun OpsModule.Secret OpsModule.SecretTestResult OpsModule.SecretUse OpsModule.Service OpsModule.ServiceConnection OpsModule.ServiceInstance OpsModule.ServiceRevision OpsModule.StorageItem OpsModule.StrayObject OpsModule.Tenant
        """;

    [Fact]
    public void The_names_are_those_that_were_approved() =>
        Assert.Equal(Approved.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries), RecordKinds.All.Values.Order(StringComparer.Ordinal));

    [Fact]
    public void Whatever_a_cmdlet_says_that_it_emits_is_a_kind_of_record()
    {
        Type[] said = [.. typeof(OpsCmdlet).Assembly.GetTypes().SelectMany(t => t.GetCustomAttributes(typeof(OutputTypeAttribute), false)).Cast<OutputTypeAttribute>()
            .SelectMany(a => a.Type).Select(t => t.Type).Distinct().Where(t => t != typeof(string) && t != typeof(PSObject) && t != typeof(System.Security.SecureString))];
        Assert.True(said.Length > 30);
        Assert.All(said, t => Assert.True(RecordKinds.Of(t) is not null, $"{t} is emitted and has no short name: add it to RecordKinds."));
    }

    [Fact]
    public void A_result_says_of_which_environment_it_is()
    {
        // These are of files, or are the environment itself, or of several.
        string[] ofNone = ["OpsEnvironment", "EnvironmentFinding", "AttackRule", "RateRule", "RuleTestResult", "RuleImport", "BlockListRecord", "ReportRecord", "ServiceInstance"];
        Assert.Equal(ofNone.Order(StringComparer.Ordinal), RecordKinds.All.Keys.Where(t => t.GetProperty("Environment")?.PropertyType != typeof(string)).Select(t => t.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void An_emitted_record_has_its_name_first_and_keeps_it()
    {
        PwshRun run = PwshRun.Of("""
            $r = Get-OpsRecordSample 'BackupRecord+'
            $kept = @{ a = $r }
            ($r | Select-Object -First 1).PSTypeNames[0], ($r | Where-Object Id).PSTypeNames[0], $kept.a.PSTypeNames[0], (@($r) + 1)[0].PSTypeNames[0]
            function f([PSTypeName('OpsModule.Backup')]$Backup) { $Backup.Id }
            f $r
            """);
        Assert.Empty(run.OtherErrors);
        Assert.Equal([.. Enumerable.Repeat("OpsModule.Backup", 4), "20261128T120527Z-897d14"], run.Objects);
    }
}
