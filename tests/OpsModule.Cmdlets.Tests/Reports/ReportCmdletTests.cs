using OpsModule.Cmdlets.Tests.Running;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Outlets.Reports;

namespace OpsModule.Cmdlets.Tests.Reports;

/// <summary>Reports as they are typed.</summary>
public sealed class ReportCmdletTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("opsmodule-").FullName;

    public ReportCmdletTests() => File.WriteAllText(Path.Combine(_folder, "ops.yaml"), "environment: shop\nchecks: { closed: { tcp: \"127.0.0.1:1\" } }\n");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private PwshRun Run(string pipeline) => PwshRun.Of(pipeline, _folder);

    private string Page => File.ReadAllText(Path.Combine(_folder, "r.html"));

    [Fact]
    public void Several_commands_make_one_page()
    {
        PwshRun run = Run("& { Test-OpsHealth closed; Get-OpsEnvironment | Select-Object Name, File } | Export-OpsReport r.html -Title 'Mine & yours'");
        Assert.Empty(run.Errors);
        ReportRecord report = Assert.Single(run.Objects.Cast<ReportRecord>());
        Assert.Equal((2L, HealthStatus.Unhealthy, Path.Combine(_folder, "r.html")), (report.Records, report.Verdict, report.Path));
        Assert.Equal(["Health", "Other objects"], report.Sections);
        Assert.Contains("<h1>Mine &amp; yours</h1>", Page);
        Assert.Contains(">shop</td>", Page);
    }

    [Fact]
    public void A_file_that_is_there_is_refused_before_the_work_and_replaced_with_Force()
    {
        File.WriteAllText(Path.Combine(_folder, "r.html"), "mine");
        PwshRun refused = Run("Get-OpsEnvironment | Export-OpsReport r.html");
        Assert.Equal(("ReportExists", 1), (Assert.Single(refused.Errors).ErrorId, refused.ExitCode));
        Assert.Equal("mine", Page);
        Assert.Equal(0, Run("Get-OpsEnvironment | Export-OpsReport r.html -Force").ExitCode);
        Assert.StartsWith("<!doctype html>", Page);
    }

    [Fact]
    public void WhatIf_writes_nothing_and_a_folder_gets_a_name_of_its_own()
    {
        PwshRun looked = Run("Get-OpsEnvironment | Export-OpsReport new/ -WhatIf");
        Assert.Contains("Write a report of 1 record", Assert.Single(looked.WhatIfs));
        Assert.False(Directory.Exists(Path.Combine(_folder, "new")));
        ReportRecord report = Assert.Single(Run("Get-OpsEnvironment | Export-OpsReport new/").Objects.Cast<ReportRecord>());
        Assert.Matches(@"/new/ops-report-\d{8}T\d{6}Z\.html$", report.Path);
        Assert.True(File.Exists(report.Path));
    }

    [Fact]
    public void A_report_does_not_fail_a_run_unless_it_is_asked_to()
    {
        // A log is no bad result; only the report draws the conclusion.
        File.WriteAllText(Path.Combine(_folder, "a.log"), "{\"level\":\"error\",\"msg\":\"x\"}\n");
        Assert.Equal(0, Run("Get-OpsLog -Path a.log | Export-OpsReport r.html -FailOnBad").ExitCode);
        Assert.Equal(0, Run("Test-OpsHealth closed | Export-OpsReport r.html -Force").ExitCode);
        Assert.Equal("ReportBad", Assert.Single(Run("Test-OpsHealth closed | Export-OpsReport r.html -Force -FailOnBad").Errors).ErrorId);
        Assert.Contains("Nothing was piped in", Assert.Single(Run("Get-OpsChange | Export-OpsReport r.html -Force").Warnings));
    }

    [Fact]
    public void What_only_looks_like_a_result_is_never_well()
    {
        PwshRun run = Run("Test-OpsHealth closed | Select-Object Check, Status, Message | Export-OpsReport r.html -FailOnBad");
        ReportRecord report = Assert.Single(run.Objects.Cast<ReportRecord>());
        Assert.Equal((HealthStatus.Unknown, 1), (report.Verdict, report.ExitCode));
        Assert.Equal(("ReportNotUnderstood", 1), (Assert.Single(run.Errors).ErrorId, run.ExitCode));
        Assert.Contains("Not understood", Page);
    }

    [Fact]
    public void Nothing_of_the_environments_secrets_is_written()
    {
        File.WriteAllText(Path.Combine(_folder, "ops.yaml"), "environment: shop\ndatabases: { main: { host: 127.0.0.1, port: 1, name: a, user: b, password: literal-secret-8Hq } }\n");
        Run("& { Get-OpsEnvironment; Test-OpsHealth } | Export-OpsReport r.html");
        Assert.DoesNotContain("literal-secret-8Hq", Page);
        Assert.Contains("database.connect", Page);
    }
}
