using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Areas.Schedules;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Schedules;

/// <summary>When an entry is overdue, and when it is not yet.</summary>
public sealed class ScheduleStatusTests : IDisposable
{
    private readonly ScheduleLab _lab = new();

    public void Dispose() => _lab.Dispose();

    private void At(string time) => _lab.Clock.Now = DateTimeOffset.Parse(time + "Z", System.Globalization.CultureInfo.InvariantCulture);

    [Fact]
    public void What_was_added_a_moment_ago_is_not_overdue_since_yesterday()
    {
        OpsContext context = _lab.Nightly();
        At("2026-11-28T12:00");
        ScheduleRecord record = ScheduleLab.Record(context);
        Assert.Equal(ScheduleStatus.Waiting, record.Status);
        Assert.Contains("No run was due since it was first seen at 2026-11-28 12:00 UTC; the next is at 2026-11-29 02:00 UTC", record.Message);
        // Its grace is an hour: a day has four and more.
        At("2026-11-29T02:59");
        Assert.Equal(ScheduleStatus.Waiting, ScheduleLab.Record(context).Status);
        At("2026-11-29T03:01");
        record = ScheduleLab.Record(context);
        Assert.Equal(ScheduleStatus.Overdue, record.Status);
        Assert.Contains("It was to run at 2026-11-29 02:00 UTC, with 1 h 0 min of grace, and no run has ended well yet. Nothing has started it since", record.Message);
    }

    [Fact]
    public async Task A_good_run_is_good_until_the_next_one_is_due()
    {
        OpsContext context = _lab.Nightly();
        _ = ScheduleLab.Record(context);
        At("2026-11-29T02:00:04");
        await ScheduleLab.RunAsync(context);
        At("2026-11-30T02:59");
        Assert.Equal(ScheduleStatus.OnTime, ScheduleLab.Record(context).Status);
        At("2026-11-30T03:01");
        Assert.Equal(ScheduleStatus.Overdue, ScheduleLab.Record(context).Status);
        await ScheduleLab.RunAsync(context);
        Assert.Equal(ScheduleStatus.OnTime, ScheduleLab.Record(context).Status);
    }

    [Fact]
    public async Task A_run_that_failed_is_told_at_once_and_overdue_after_its_grace()
    {
        OpsContext context = _lab.Nightly(more: ", grace: 2h");
        _ = ScheduleLab.Record(context);
        At("2026-11-29T02:00");
        var error = await Assert.ThrowsAsync<OpsException>(() => ScheduleLab.RunAsync(context, "no space left"));
        Assert.Equal("ScheduleFailed", error.ErrorId);
        ScheduleRecord record = ScheduleLab.Record(context);
        Assert.Equal((ScheduleStatus.Failed, _lab.Clock.Now), (record.Status, record.LastFailure));
        Assert.Contains("no space left", record.Message);
        At("2026-11-29T04:01");
        record = ScheduleLab.Record(context);
        Assert.Equal(ScheduleStatus.Overdue, record.Status);
        Assert.Contains("no space left", record.Message);
    }

    [Fact]
    public async Task Other_times_begin_anew()
    {
        OpsContext context = _lab.Nightly();
        _ = ScheduleLab.Record(context);
        At("2026-11-29T02:00");
        await ScheduleLab.RunAsync(context);
        At("2026-11-29T12:30");
        context = _lab.Nightly("0 * * * *");
        Assert.Equal(ScheduleStatus.OnTime, ScheduleLab.Record(context).Status);
        At("2026-11-29T13:16");
        Assert.Equal(ScheduleStatus.Overdue, ScheduleLab.Record(context).Status);
    }

    [Fact]
    public async Task A_run_that_takes_no_longer_than_they_do_is_under_way_and_one_that_hangs_is_overdue()
    {
        OpsContext context = _lab.Nightly();
        _ = ScheduleLab.Record(context);
        (Task run, TaskCompletionSource<ScheduleLineOutcome> end) = Begin("2026-11-29T02:00");
        At("2026-11-29T03:00");
        Assert.Equal(ScheduleStatus.Running, ScheduleLab.Record(context).Status);
        At("2026-11-29T06:00");
        ScheduleRecord record = ScheduleLab.Record(context);
        Assert.Equal(ScheduleStatus.Overdue, record.Status);
        Assert.Contains("A run of 2026-11-29 02:00 UTC is still under way", record.Message);
        end.SetResult(new ScheduleLineOutcome(0, []));
        await run;
        Assert.Equal(ScheduleStatus.OnTime, ScheduleLab.Record(context).Status);

        // Those that are known to take four hours may take eight.
        (run, end) = Begin("2026-11-30T02:00");
        At("2026-11-30T09:59");
        Assert.Equal(ScheduleStatus.Running, ScheduleLab.Record(context).Status);
        At("2026-11-30T10:01");
        Assert.Equal(ScheduleStatus.Overdue, ScheduleLab.Record(context).Status);
        At("2026-12-01T03:01");
        Assert.Equal(ScheduleStatus.Overdue, ScheduleLab.Record(context).Status);
        end.SetResult(new ScheduleLineOutcome(0, []));
        await run;

        (Task, TaskCompletionSource<ScheduleLineOutcome>) Begin(string time)
        {
            At(time);
            var source = new TaskCompletionSource<ScheduleLineOutcome>();
            return (new ScheduledRun(context).RunAsync(ScheduleLab.Entry(context), [], _ => source.Task, default), source);
        }
    }

    [Fact]
    public async Task A_run_out_of_the_future_counts_for_nothing()
    {
        OpsContext context = _lab.Nightly();
        _ = ScheduleLab.Record(context);
        At("2030-01-01T02:00");
        await ScheduleLab.RunAsync(context);
        At("2026-11-29T03:01");
        Assert.NotEqual(ScheduleStatus.OnTime, ScheduleLab.Record(context).Status);
    }

    [Fact]
    public void Where_nothing_can_be_kept_nothing_is_well()
    {
        // A file where the folder should be.
        _lab.Folder.Write("state", "");
        OpsContext context = _lab.Context("state: state\nschedule: { nightly: { at: \"0 2 * * *\", run: x } }");
        Assert.Equal(ScheduleStatus.Unknown, Assert.Single(new ScheduleService(context).List([ScheduleLab.Entry(context)])).Status);
    }

    [Fact]
    public void An_entry_that_is_taken_away_and_comes_back_begins_anew()
    {
        _ = ScheduleLab.Record(_lab.Nightly());
        At("2026-11-28T13:00");
        OpsContext other = _lab.Context("schedule: { other: { at: \"0 2 * * *\", run: x } }");
        _ = new ScheduleService(other).List([ScheduleLab.Entry(other, "other")]);
        At("2026-12-28T13:00");
        Assert.Equal(ScheduleStatus.Waiting, ScheduleLab.Record(_lab.Nightly()).Status);
    }

    [Fact]
    public void A_name_that_there_is_not_is_an_error_that_says_which_there_are()
    {
        OpsContext context = _lab.Nightly();
        var failed = new List<OpsException>();
        Assert.Empty(new ScheduleService(context).Choose(["nihgtly", "week*"], failed.Add));
        Assert.Equal(["ScheduleUnknown", "NothingMatches"], failed.Select(f => f.ErrorId));
        Assert.Contains("Did you mean nightly?", failed[0].Message);
    }

    [Fact]
    public async Task Health_tells_what_is_overdue_and_what_to_do()
    {
        OpsContext context = _lab.Nightly();
        HealthResult before = await CheckAsync(context);
        Assert.Equal(("schedule.overdue", "nightly", HealthStatus.Healthy), (before.Check, before.Target, before.Status));
        At("2026-11-29T03:01");
        HealthResult after = await CheckAsync(context);
        Assert.Equal(HealthStatus.Unhealthy, after.Status);
        Assert.Contains("Invoke-OpsSchedule nightly", after.Remedy);
        At("2026-11-29T03:02");
        await Assert.ThrowsAsync<OpsException>(() => ScheduleLab.RunAsync(context, "broken"));
        Assert.Contains("Get-OpsChange schedule/nightly -Last 3", (await CheckAsync(context)).Remedy);
        await ScheduleLab.RunAsync(context);
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(context)).Status);
    }

    private static async Task<HealthResult> CheckAsync(OpsContext context)
    {
        var results = new List<HealthResult>();
        await foreach (HealthResult result in new HealthTester(context).RunAsync(new HealthRequest { Checks = ["schedule"] }, default)) results.Add(result);
        return Assert.Single(results);
    }
}
