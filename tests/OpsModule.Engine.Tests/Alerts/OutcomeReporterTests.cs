using System.Diagnostics;
using System.Text.Json;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Outlets.Alerts;
using OpsModule.Engine.Signals;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Alerts;

public sealed class OutcomeReporterTests : IAsyncDisposable
{
    private static readonly ObservedJob Job = new(AlertKind.Backup, "database main");

    private readonly AlertLab _lab = new();
    private readonly WebServer _web = new();

    public async ValueTask DisposeAsync()
    {
        await _web.DisposeAsync();
        _lab.Dispose();
    }

    [Fact]
    public async Task AFailureIsToldAndPassedOnAndASuccessResolvesIt()
    {
        OutcomeReporter reporter = Reporter("/ok");
        var error = new OpsException("DumpFailed", OpsErrorCategory.ReadError, "pg_dump fell over.", "Mend it.");
        Assert.Same(error, await Assert.ThrowsAsync<OpsException>(() => reporter.RunAsync<string>(Job, () => throw error)));
        await reporter.RunAsync(Job, () => Task.FromResult("done"));
        await reporter.FlushAsync();
        JsonElement[] told = [.. _web.Requests.Select(r => JsonDocument.Parse(r.Split("\r\n\r\n", 2)[1]).RootElement)];
        Assert.Equal([("firing", "critical", "Backup of database main failed"), ("resolved", "information", "Backup of database main")],
            told.Select(t => (t.GetProperty("state").GetString()!, t.GetProperty("severity").GetString()!, t.GetProperty("title").GetString()!)));
        Assert.Equal(("pg_dump fell over.", "Mend it.", "DumpFailed"), (told[0].GetProperty("message").GetString(), told[0].GetProperty("remedy").GetString(), told[0].GetProperty("fields").GetProperty("Error").GetString()));
        string metrics = File.ReadAllText(Directory.GetFiles(_lab.Folder["prom"]).Single());
        Assert.Contains("ops_job_success{environment=\"lab\",kind=\"backup\",target=\"database main\"} 1\n", metrics);
        Assert.Contains("ops_job_last_success_timestamp_seconds{environment=\"lab\",kind=\"backup\",target=\"database main\"} 1795230000\n", metrics);
    }

    [Fact]
    public async Task WhatFailedInPartAndWhatWasStoppedIsToldAsSuch()
    {
        OutcomeReporter reporter = Reporter("/ok");
        var partly = new List<OpsException>();
        await reporter.RunAsync(Job, () =>
        {
            partly.Add(new OpsException("StoreUnavailable", OpsErrorCategory.ResourceUnavailable, "Store offsite did not take it.", "Look at it."));
            return Task.FromResult("done");
        }, partly);
        await Assert.ThrowsAsync<OperationCanceledException>(() => reporter.RunAsync<string>(Job with { Target = "database other" }, () => throw new OperationCanceledException()));
        await reporter.RunAsync<string?>(Job with { Target = "declined" }, () => Task.FromResult<string?>(null));
        await reporter.FlushAsync();
        JsonElement[] told = [.. _web.Requests.Select(r => JsonDocument.Parse(r.Split("\r\n\r\n", 2)[1]).RootElement)];
        Assert.Equal([("critical", "Store offsite did not take it."), ("warning", "Backup of database other was stopped before its end.")],
            told.Select(t => (t.GetProperty("severity").GetString()!, t.GetProperty("message").GetString()!)));
        Assert.Contains("ops_job_success{environment=\"lab\",kind=\"backup\",target=\"database main\"} 0\n", File.ReadAllText(Directory.GetFiles(_lab.Folder["prom"], "*main*").Single()));
    }

    [Fact]
    public async Task ManyAlertsForAReceiverThatHangsCostItsTimeOnce()
    {
        OutcomeReporter reporter = Reporter("/never");
        var watch = Stopwatch.StartNew();
        for (int i = 0; i < 30; i++) await Assert.ThrowsAsync<IOException>(() => reporter.RunAsync<string>(Job with { Target = $"database {i}" }, () => throw new IOException("gone")));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20));
        await reporter.FlushAsync();
        Assert.Single(_web.Requests);
        Assert.Equal("Receiver pager did not take 'Backup of database 0 failed': no answer in 1 s.", _lab.Reporter.Warnings[0]);
        Assert.DoesNotContain(_lab.Reporter.Warnings, w => w.Contains(AlertLab.Secret));
        Assert.Equal(30, Directory.GetFiles(_lab.Folder["prom"]).Length);
    }

    [Fact]
    public async Task ADamagedBackupAmongManyIsOneAlert()
    {
        OutcomeReporter reporter = Reporter("/ok");
        await reporter.RunAsync(new ObservedJob(AlertKind.Verification, "store local"), () => Task.FromResult<IReadOnlyList<object>>([Health("a", HealthStatus.Healthy), Health("b", HealthStatus.Unhealthy), Health("c", HealthStatus.Degraded)]));
        await reporter.FlushAsync();
        JsonElement told = JsonDocument.Parse(Assert.Single(_web.Requests).Split("\r\n\r\n", 2)[1]).RootElement;
        Assert.Equal(("Verification of store local: 2 of 3 not well", "b is Unhealthy\nc is Degraded", "store local"),
            (told.GetProperty("title").GetString(), told.GetProperty("message").GetString(), told.GetProperty("target").GetString()));
    }

    [Fact]
    public async Task WhatFailsBeforeTheJobsIsToldUnderTheirOwnNamesAndTheirSuccessResolvesIt()
    {
        OutcomeReporter reporter = Reporter("/ok");
        IReadOnlyList<ObservedJob> jobs = ObservedJob.Each(AlertKind.Backup, ["main"], ["demo", "*"]);
        await Assert.ThrowsAsync<OpsException>(() => reporter.BeginAsync<string>(jobs, () => throw new OpsException("DatabaseUnreachable", OpsErrorCategory.ResourceUnavailable, "No answer.", "Look.")));
        Assert.Equal("plans", await reporter.BeginAsync(jobs, () => Task.FromResult("plans")));
        await reporter.RunAsync(jobs[0], () => Task.FromResult("done"));
        await reporter.FlushAsync();
        JsonElement[] told = [.. _web.Requests.Select(r => JsonDocument.Parse(r.Split("\r\n\r\n", 2)[1]).RootElement)];
        Assert.Equal([("firing", "database main, tenant demo"), ("firing", "database main, tenant *"), ("resolved", "database main, tenant *"), ("resolved", "database main, tenant demo")],
            told.Select(t => (t.GetProperty("state").GetString()!, t.GetProperty("target").GetString()!)));
        Assert.Equal("At the beginning: No answer.", told[0].GetProperty("message").GetString());
        string metrics = string.Concat(Directory.GetFiles(_lab.Folder["prom"]).Select(File.ReadAllText));
        Assert.Contains("target=\"database main, tenant demo\"} 1\n", metrics);
        Assert.DoesNotContain("beginning", metrics + string.Concat(Directory.GetFiles(_lab.Folder["prom"])));
    }

    [Theory]
    [InlineData("DatabaseUnknown", OpsErrorCategory.ObjectNotFound, 0)]
    [InlineData("TenantMissing", OpsErrorCategory.ObjectNotFound, 0)]
    [InlineData("BackupAmbiguous", OpsErrorCategory.InvalidArgument, 0)]
    [InlineData("TenantMissing", OpsErrorCategory.InvalidOperation, 1)] // there is not one tenant
    [InlineData("DatabaseMissing", OpsErrorCategory.ObjectNotFound, 1)]
    [InlineData("SecretNotFound", OpsErrorCategory.ObjectNotFound, 1)]
    [InlineData("NoStore", OpsErrorCategory.InvalidArgument, 1)]
    public async Task ASlipOfTheCallerIsNoIncidentAndWhatIsMissingIs(string errorId, OpsErrorCategory category, int told)
    {
        OutcomeReporter reporter = Reporter("/ok");
        var error = new OpsException(errorId, category, "It is so.", "Mend it.");
        await Assert.ThrowsAsync<OpsException>(() => reporter.RunAsync<string>(Job, () => throw error));
        await Assert.ThrowsAsync<OpsException>(() => reporter.BeginAsync<string>([Job], () => throw error));
        await reporter.FlushAsync();
        Assert.Equal(told, _web.Requests.Count);
        Assert.Equal(told, Directory.GetFiles(_lab.Folder["prom"]).Length);
    }

    [Fact]
    public async Task ASeriesOfSeveralJobsIsAsGoodAsTheWorstOfThem()
    {
        OutcomeReporter reporter = Reporter("/ok");
        var bad = Health("a", HealthStatus.Unhealthy);
        await reporter.RunAsync(new ObservedJob(AlertKind.Verification, "backup 1") { Series = "database main" }, () => Task.FromResult(bad));
        await reporter.RunAsync(new ObservedJob(AlertKind.Verification, "backup 2") { Series = "database main" }, () => Task.FromResult(Health("a", HealthStatus.Healthy)));
        await reporter.RunAsync(new ObservedJob(AlertKind.Verification, "backup 3") { Series = "" }, () => Task.FromResult("fine"));
        await reporter.FlushAsync();
        string metrics = string.Concat(Directory.GetFiles(_lab.Folder["prom"]).Select(File.ReadAllText));
        Assert.Contains("ops_job_success{environment=\"lab\",kind=\"verification\",target=\"database main\"} 0\n", metrics);
        Assert.DoesNotContain("target=\"\"", metrics);
    }

    [Fact]
    public async Task WithoutReceiversNothingIsDone()
    {
        OpsContext context = _lab.Context("");
        var reporter = new OutcomeReporter(context);
        await Assert.ThrowsAsync<IOException>(() => reporter.RunAsync<string>(Job, () => throw new IOException()));
        await reporter.FlushAsync();
        Assert.Empty(_lab.Reporter.Warnings);
        Assert.False(Directory.Exists(context.Environment.StateDirectory));
    }

    private static HealthResult Health(string target, HealthStatus status) => new() { Check = "x", Target = target, Status = status, Message = $"{target} is {status}", Environment = "lab" };

    private OutcomeReporter Reporter(string path)
    {
        Directory.CreateDirectory(_lab.Folder["prom"]);
        string url = _web.Url(path).Replace("//", $"//ops:{AlertLab.Secret}@");
        return new OutcomeReporter(_lab.Context($"alerts:\n  receivers:\n    pager: {{ webhook: {_lab.Hook("hook", url)}, timeout: {(path == "/ok" ? 30 : 1)}s }}\nmetrics: {{ textfile: prom }}"));
    }
}
