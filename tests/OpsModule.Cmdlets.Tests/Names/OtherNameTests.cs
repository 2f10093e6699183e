using OpsModule.Cmdlets.Tests.Running;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Outlets.Alerts;

namespace OpsModule.Cmdlets.Tests.Names;

/// <summary>Names of checks, receivers, certificates, services on a host, and changes.</summary>
public sealed class OtherNameTests : IDisposable
{
    private readonly StoredBackups _stored = new("""
        platform: { host: {} }
        services: { web: { health: "http://127.0.0.1:1/" }, worker: { process: /nonexistent/worker } }
        certificates: { shop: { endpoint: "127.0.0.1:1" } }
        alerts: { receivers: { Hook: { webhook: "http://127.0.0.1:1/" }, spare: { webhook: "http://127.0.0.1:1/" } } }
        """);

    public void Dispose() => _stored.Dispose();

    private PwshRun Run(string pipeline) => PwshRun.Of(pipeline, _stored.Folder);

    [Theory]
    [InlineData("Test-OpsHealth JOURNAL*", "journal.")]
    [InlineData("Test-OpsHealth Journal", "journal.")]
    [InlineData("Test-OpsHealth journal, nope", "journal.", "CheckUnknown")]
    [InlineData("Test-OpsHealth *.HTTP -Service W[E]B", "service.http")]
    [InlineData("Test-OpsHealth service.http -Service web, nobody", "service.http", "ServiceNotFound")]
    public void Checks_and_services_are_found_and_one_that_is_unknown_fails_alone(string pipeline, string check, params string[] errors)
    {
        PwshRun run = Run(pipeline);
        Assert.Equal(errors, run.Errors.Select(e => e.ErrorId));
        Assert.NotEmpty(run.Objects);
        Assert.All(run.Objects.Cast<HealthResult>(), r => Assert.StartsWith(check, r.Check));
    }

    [Theory]
    [InlineData("Test-OpsHealth journal, x*", 1)]
    [InlineData("Watch-OpsHealth journal, x* -Count 2 -Interval 1", 1)]
    [InlineData("Get-OpsChange x*", 1)]
    [InlineData("Get-OpsChange nobody", 0)]
    public void A_pattern_that_nothing_fits_is_said_once(string pipeline, int warnings)
    {
        PwshRun run = Run(pipeline);
        Assert.Empty(run.Errors);
        Assert.Equal(warnings, run.Warnings.Count(w => w.Contains("x*", StringComparison.Ordinal)));
    }

    [Fact]
    public void Receivers_are_named_in_any_case_and_by_patterns()
    {
        Assert.Equal(["Hook"], Run("Send-OpsAlert hello -Receiver HOOK").Objects.Cast<AlertDelivery>().Select(d => d.Receiver));
        PwshRun run = Run("Send-OpsAlert again -Receiver nobody, S*, z*");
        Assert.Equal(["spare"], run.Objects.Cast<AlertDelivery>().Select(d => d.Receiver));
        Assert.Equal(["NothingMatches", "ReceiverUnknown"], run.Errors.Select(e => e.ErrorId).Order());
        Assert.Empty(Run("Send-OpsAlert third -Receiver nobody").Objects);
    }

    [Theory]
    [InlineData("Update-OpsCertificate x* -WhatIf", "NothingMatches")]
    [InlineData("Get-OpsCertificate -Database mian", "DatabaseUnknown")]
    [InlineData("Get-OpsAttackRule zz*", "RuleNotFound")]
    public void Nothing_to_do_is_an_error_where_something_was_to_be_done(string pipeline, string errorId) => Assert.Equal(errorId, Assert.Single(Run(pipeline).Errors).ErrorId);

    [Fact]
    public async Task Changes_are_found_by_several_patterns_and_an_exact_target_goes_first()
    {
        var journal = new Journal(_stored.Context.Environment, TimeProvider.System);
        foreach (string target in new[] { "database/main/tenant/demo", "database/main/tenant/Demo", "backup/x" })
            await using (IJournaledChange change = await journal.BeginAsync("Backup-OpsDatabase", target)) await change.CompleteAsync("done");
        string[] Targets(string pipeline) => [.. Run(pipeline).Objects.Cast<JournalEntry>().Select(e => e.Target)];
        Assert.Equal(["database/main/tenant/demo"], Targets("Get-OpsChange database/main/tenant/demo"));
        Assert.Equal(2, Targets("Get-OpsChange DATABASE/*").Length);
        Assert.Equal(3, Targets("Get-OpsChange DATABASE/*, backup/X -Action backup-*, Copy-*").Length);
    }
}
