using OpsModule.Engine.Areas.Schedules;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Schedules;

/// <summary>One run: its lock, its place in the journal, and who is told outside.</summary>
public sealed class ScheduledRunTests : IAsyncLifetime
{
    private const string Variable = "OPS_TEST_SCHEDULE_PING";

    private readonly ScheduleLab _lab = new();
    private readonly WebServer _web = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        Environment.SetEnvironmentVariable(Variable, null);
        await _web.DisposeAsync();
        _lab.Dispose();
    }

    [Fact]
    public async Task A_good_run_stands_in_the_journal_with_its_times_and_commands()
    {
        OpsContext context = _lab.Nightly();
        ScheduleRunRecord run = await ScheduleLab.RunAsync(context);
        JournalEntry entry = context.Journal.Find(run.Change!)!;
        Assert.Equal(("Invoke-OpsSchedule", "schedule/nightly", JournalOutcome.Completed), (entry.Action, entry.Target, entry.Outcome));
        Assert.Equal(("0 2 * * *", "Get-Date"), (entry.Data["at"], entry.Data["commands"]));
        Assert.Null(run.Pinged);
    }

    [Fact]
    public async Task A_second_run_is_skipped_with_a_word_and_leaves_no_trace()
    {
        OpsContext context = _lab.Nightly();
        using (context.Locks.Acquire("schedule/nightly", "Invoke-OpsSchedule"))
        {
            ScheduleRunRecord run = await new ScheduledRun(context).RunAsync(ScheduleLab.Entry(context), [], _ => throw new InvalidOperationException("It must not run."), default);
            Assert.Equal((ScheduleRunOutcome.Skipped, (string?)null), (run.Outcome, run.Change));
            Assert.Contains("the run before has not ended", run.Message);
        }
        Assert.Null(ScheduleLab.Record(context).Change);
        Assert.Equal(ScheduleRunOutcome.Completed, (await ScheduleLab.RunAsync(context)).Outcome);
    }

    [Fact]
    public async Task A_bad_run_is_an_error_and_so_is_what_the_line_throws()
    {
        OpsContext context = _lab.Nightly();
        var error = await Assert.ThrowsAsync<OpsException>(() => ScheduleLab.RunAsync(context, "1.", "2", "3", "4", "5", "6"));
        Assert.Equal("The run of nightly did not end well: 1; 2; 3; 4; 5; and 1 more.", error.Message);
        Assert.Equal(JournalOutcome.Failed, context.Journal.Find((string)error.Target!)!.Outcome);

        await Assert.ThrowsAsync<InvalidOperationException>(() => new ScheduledRun(context).RunAsync(ScheduleLab.Entry(context), [], _ => throw new InvalidOperationException("broken"), default));
        Assert.Equal("broken", ScheduleLab.Record(context).LastError);
        Assert.Empty(context.Journal.FindUnfinished());
    }

    [Fact]
    public async Task A_run_that_is_stopped_is_noted_so()
    {
        OpsContext context = _lab.Nightly();
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new ScheduledRun(context).RunAsync(ScheduleLab.Entry(context), [], async token =>
        {
            await stop.CancelAsync();
            token.ThrowIfCancellationRequested();
            return new ScheduleLineOutcome(0, []);
        }, stop.Token));
        ScheduleRecord record = ScheduleLab.Record(context);
        Assert.Equal((ScheduleStatus.Failed, "it was stopped"), (record.Status, record.LastError));
    }

    [Fact]
    public async Task A_run_that_was_killed_is_closed_by_the_next_one()
    {
        OpsContext context = _lab.Nightly();
        // Disposed without an end is what a kill leaves.
        await (await context.Journal.BeginAsync("Invoke-OpsSchedule", "schedule/nightly")).DisposeAsync();
        Assert.Equal("it was killed", ScheduleLab.Record(context).LastError);
        await ScheduleLab.RunAsync(context);
        Assert.Empty(context.Journal.FindUnfinished());
        Assert.Equal(ScheduleStatus.OnTime, ScheduleLab.Record(context).Status);
    }

    [Fact]
    public async Task Nobody_can_go_on_with_a_killed_run_and_its_entry_can_be_closed()
    {
        OpsContext context = _lab.Nightly();
        await (await context.Journal.BeginAsync("Invoke-OpsSchedule", "schedule/nightly")).DisposeAsync();
        JournalEntry killed = context.Journal.Find(ScheduleLab.Record(context).Change!)!;
        Assert.Equal("ChangeNotResumable", (await Assert.ThrowsAsync<OpsException>(() => UnplannedChange.Of(killed)!.ResumeAsync(context, killed, default))).ErrorId);
        ChangeResult closed = await UnplannedChange.Of(killed)!.UndoAsync(context, killed, default);
        Assert.Contains("nothing was taken back", closed.Summary);
    }

    [Fact]
    public async Task A_good_run_is_told_outside_and_a_bad_one_is_not()
    {
        OpsContext context = Pinging("/ok");
        Assert.True((await ScheduleLab.RunAsync(context)).Pinged);
        Assert.StartsWith("GET /ok ", Assert.Single(_web.Requests), StringComparison.Ordinal);
        await Assert.ThrowsAsync<OpsException>(() => ScheduleLab.RunAsync(context, "broken"));
        Assert.Single(_web.Requests);
        Assert.Empty(_lab.Reporter.Warnings);
    }

    [Fact]
    public async Task A_busy_receiver_is_asked_again()
    {
        OpsContext context = Pinging("/ok");
        _web.First.Enqueue(("503 Service Unavailable", ""));
        _web.First.Enqueue(("500 Internal Server Error", ""));
        Assert.True((await RunQuicklyAsync(context, patience: 10_000)).Pinged);
        Assert.Equal(3, _web.Requests.Count);
    }

    [Theory]
    [InlineData("/never", "it gives no answer in 0.2 s (3 attempts)")]
    [InlineData("/bad", "it answers 503 (3 attempts)")]
    [InlineData("/elsewhere", "it answers 307 and wants it elsewhere")]
    public async Task That_nobody_could_be_told_is_a_warning_without_the_url(string path, string said)
    {
        OpsContext context = Pinging(path + "?s3cret");
        _web.First.Clear();
        if (path != "/never") for (int i = 0; i < 3; i++) _web.First.Enqueue((path == "/bad" ? "503 Service Unavailable" : "307 Temporary Redirect", path == "/bad" ? "" : "Location: /ok\r\n"));
        ScheduleRunRecord run = path == "/never" ? await WithoutAnswerAsync() : await RunQuicklyAsync(context, patience: 10_000);
        Assert.Equal((ScheduleRunOutcome.Completed, (bool?)false), (run.Outcome, run.Pinged));
        string warning = Assert.Single(_lab.Reporter.Warnings);
        Assert.Contains(said, warning);
        Assert.DoesNotContain("s3cret", warning);
        Assert.DoesNotContain("127.0.0.1", warning);
        Assert.Equal(JournalOutcome.Completed, context.Journal.Find(run.Change!)!.Outcome);

        Task<ScheduleRunRecord> WithoutAnswerAsync()
        {
            Environment.SetEnvironmentVariable(Variable, _web.Url("/never"));
            return RunQuicklyAsync(context, patience: 200);
        }
    }

    [Fact]
    public async Task A_url_that_is_none_or_goes_in_clear_or_leads_nowhere_is_a_warning_too()
    {
        foreach ((string? url, string said) in new[] { ("s3cret", "is no URL"), ("http://192.0.2.1/s3cret", "begins with http://"), (null, "cannot be read"), ("http://127.0.0.1:1/s3cret", "cannot be reached (ConnectionRefused)") })
        {
            _lab.Reporter.Warnings.Clear();
            OpsContext context = Pinging("/ok");
            Environment.SetEnvironmentVariable(Variable, url);
            Assert.False((await RunQuicklyAsync(context, patience: 10_000)).Pinged);
            string warning = Assert.Single(_lab.Reporter.Warnings);
            Assert.Contains(said, warning);
            Assert.DoesNotContain("s3cret", warning);
        }
    }

    private OpsContext Pinging(string path)
    {
        Environment.SetEnvironmentVariable(Variable, _web.Url(path));
        return _lab.Nightly(more: $", ping: \"env:{Variable}\"");
    }

    /// <summary>With little patience, and with the real clock for it.</summary>
    private static Task<ScheduleRunRecord> RunQuicklyAsync(OpsContext context, int patience) => new ScheduledRun(context)
    {
        Ping = (entry, token) => new SchedulePing(entry.Ping!, TimeProvider.System) { Patience = TimeSpan.FromMilliseconds(patience), Pause = TimeSpan.FromMilliseconds(5) }.SendAsync(token),
    }.RunAsync(ScheduleLab.Entry(context), ["Get-Date"], _ => Task.FromResult(new ScheduleLineOutcome(1, [])), default);
}
