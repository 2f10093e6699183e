using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Changing;
using OpsModule.Engine.Areas.Backups.Listing;
using OpsModule.Engine.Areas.Retention;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments.Retention;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Retention;

public sealed class RetentionTests
{
    private static readonly RetentionPolicy Month = new() { Keep = TimeSpan.FromDays(30) };

    [Fact]
    public async Task What_is_older_goes_and_what_is_younger_stays_in_each_group_on_its_own()
    {
        using var lab = new RetentionLab(Month);
        BackupRecord old = await lab.BackUpAsync(lab.Now.AddDays(-31));
        BackupRecord young = await lab.BackUpAsync(lab.Now.AddDays(-29));
        BackupRecord only = await lab.BackUpAsync(lab.Now.AddDays(-300), tenant: "quiet");
        IReadOnlyList<RetentionDecision> done = await lab.ApplyAsync();
        Assert.Equal([(young.Id, RetentionOutcome.Keep), (old.Id, RetentionOutcome.Removed), (only.Id, RetentionOutcome.Keep)], done.Select(d => (d.Id, d.Outcome)));
        Assert.Equal("younger than 30d, at least 1 of 1", done[0].Reason);
        Assert.Equal("no rule keeps it (keep 30d)", done[1].Reason);
        // The tenant is no longer backed up: its last one stays, however old.
        Assert.Equal("at least 1 of 1", done[2].Reason);
        Assert.Equal([young.Id, only.Id], (await lab.IdsAsync()).OrderDescending());
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(lab.Folder.Path, "local"), old.Id + "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_day_a_week_a_month_and_a_year_keep_the_verified_one_else_the_newest_and_every_place_is_named()
    {
        using var lab = new RetentionLab(new RetentionPolicy { Daily = 2, Weekly = 2, Monthly = 2, Yearly = 2 }, new DateTimeOffset(2026, 1, 7, 12, 0, 0, TimeSpan.Zero));
        var at = (int y, int m, int d, int h) => new DateTimeOffset(y, m, d, h, 0, 0, TimeSpan.Zero);
        BackupRecord late = await lab.BackUpAsync(at(2026, 1, 7, 9));
        BackupRecord verified = await lab.BackUpAsync(at(2026, 1, 7, 3), verified: true);
        BackupRecord yesterday = await lab.BackUpAsync(at(2026, 1, 6, 3));
        BackupRecord monday = await lab.BackUpAsync(at(2025, 12, 29, 3)); // ISO week 2026-W01
        BackupRecord sunday = await lab.BackUpAsync(at(2025, 12, 28, 3)); // ISO week 2025-W52
        Dictionary<string, string> why = (await lab.DecideAsync()).ToDictionary(d => d.Id, d => d.Outcome == RetentionOutcome.Keep ? d.Reason : "goes");
        // The verified one of a day is kept before a newer one; that is kept as the newest whole one.
        Assert.Equal("daily 2026-01-07, weekly 2026-W02, monthly 2026-01, yearly 2026, the newest verified one", why[verified.Id]);
        Assert.Equal("at least 1 of 1", why[late.Id]);
        Assert.Equal("daily 2026-01-06", why[yesterday.Id]);
        Assert.Equal("weekly 2026-W01, monthly 2025-12, yearly 2025", why[monday.Id]);
        Assert.Equal("goes", why[sunday.Id]);
    }

    [Theory]
    [InlineData("object gone", "its object is gone")]
    [InlineData("object cut", "its object has 5 bytes of ")]
    [InlineData("manifest altered", "its manifest cannot be trusted")]
    public async Task A_damaged_backup_fills_no_place(string fault, string said)
    {
        using var lab = new RetentionLab(new RetentionPolicy { Daily = 1 });
        BackupRecord good = await lab.BackUpAsync(lab.Now.AddHours(-9));
        BackupRecord bad = await lab.BackUpAsync(lab.Now.AddHours(-3));
        string path = lab.PathOf(bad, fault == "manifest altered" ? BackupKeys.Manifest : k => k);
        if (fault == "object gone") File.Delete(path);
        else if (fault == "object cut") await File.WriteAllBytesAsync(path, new byte[5]);
        else await File.WriteAllTextAsync(path, (await File.ReadAllTextAsync(path)).Replace("lab", "lob", StringComparison.Ordinal));
        Dictionary<string, RetentionDecision> decided = (await lab.DecideAsync()).ToDictionary(d => d.Id);
        Assert.Equal(RetentionOutcome.Keep, decided[good.Id].Outcome);
        Assert.Contains("damaged: " + said, decided[bad.Id].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_goes_where_no_whole_backup_is()
    {
        using var lab = new RetentionLab(Month);
        BackupRecord old = await lab.BackUpAsync(lab.Now.AddDays(-60)), older = await lab.BackUpAsync(lab.Now.AddDays(-61));
        File.Delete(old.Location);
        File.Delete(older.Location);
        Assert.All(await lab.ApplyAsync(), d => Assert.Equal(RetentionOutcome.Keep, d.Outcome));
    }

    [Fact]
    public async Task A_stamp_from_the_future_pushes_nothing_out_and_stays()
    {
        using var lab = new RetentionLab(new RetentionPolicy { Last = 1 });
        BackupRecord present = await lab.BackUpAsync(lab.Now.AddHours(-5));
        BackupRecord future = await lab.BackUpAsync(lab.Now.AddHours(5));
        Dictionary<string, RetentionDecision> decided = (await lab.ApplyAsync()).ToDictionary(d => d.Id);
        Assert.Equal((RetentionOutcome.Keep, RetentionOutcome.Keep), (decided[present.Id].Outcome, decided[future.Id].Outcome));
        Assert.Contains("lies in the future", decided[future.Id].Reason, StringComparison.Ordinal);
        // The clock is right by now, and the store's own time still says that it cannot be so.
        File.SetLastWriteTimeUtc(lab.PathOf(future, BackupKeys.Manifest), lab.Now.UtcDateTime);
        lab.Pass(TimeSpan.FromHours(6));
        Assert.Contains("lies in the future", (await lab.DecideAsync()).Single(d => d.Id == future.Id).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_clock_that_may_have_jumped_removes_nothing_unless_somebody_says_that_it_is_right()
    {
        using var lab = new RetentionLab(Month);
        foreach (int days in (int[])[1, 2, 3])
        {
            BackupRecord backup = await lab.BackUpAsync(lab.Now.AddDays(-days));
            File.SetLastWriteTimeUtc(lab.PathOf(backup, BackupKeys.Manifest), lab.Now.AddDays(-days).UtcDateTime);
        }
        lab.Pass(TimeSpan.FromDays(365));
        OpsException refused = await Assert.ThrowsAsync<OpsException>(() => lab.ApplyAsync());
        Assert.Equal("ClockUncertain", refused.ErrorId);
        Assert.Equal(3, (await lab.IdsAsync()).Count);
        Assert.Equal(2, (await lab.ApplyAsync(trustClock: true)).Count(d => d.Outcome == RetentionOutcome.Removed));
    }

    [Fact]
    public async Task What_is_pinned_or_being_read_stays_and_a_pin_ends_by_itself()
    {
        using var lab = new RetentionLab(Month);
        await lab.BackUpAsync(lab.Now);
        BackupRecord pinned = await lab.BackUpAsync(lab.Now.AddDays(-40)), read = await lab.BackUpAsync(lab.Now.AddDays(-41)), forEver = await lab.BackUpAsync(lab.Now.AddDays(-42));
        var marker = new BackupMarker(lab.Context);
        await RunAsync(lab, await marker.PinAsync(pinned, lab.Now.AddDays(1), "audit", default));
        await RunAsync(lab, await marker.PinAsync(forEver, null, "before the migration", default));
        await using (BackupLease? lease = await BackupLease.TakeAsync(lab.Context, read, default))
        {
            Assert.NotNull(lease);
            Dictionary<string, RetentionDecision> first = (await lab.ApplyAsync()).ToDictionary(d => d.Id);
            Assert.Equal("pinned until 2026-11-21 12:00 UTC: audit", first[pinned.Id].Reason);
            Assert.Equal("pinned until it is removed: before the migration", first[forEver.Id].Reason);
            Assert.Equal(RetentionOutcome.NotRemoved, first[read.Id].Outcome);
            Assert.Contains("is being read by", first[read.Id].Reason, StringComparison.Ordinal);
            Assert.True(File.Exists(read.Location) && File.Exists(lab.PathOf(read, BackupKeys.Manifest)));
        }
        lab.Pass(TimeSpan.FromDays(2));
        Assert.Equal([pinned.Id, read.Id], (await lab.ApplyAsync()).Where(d => d.Outcome == RetentionOutcome.Removed).Select(d => d.Id));
        Assert.Equal("BackupPinned", (await Assert.ThrowsAsync<OpsException>(() => new BackupRemover(lab.Context).PlanAsync(forEver, force: false, default))).ErrorId);
        Assert.True((await new BackupCatalog(lab.Context).FindAtAsync("local", forEver.Key, default)).Pinned);
        await RunAsync(lab, (await marker.UnpinAsync(forEver, default))!);
        Assert.Equal([forEver.Id], (await lab.ApplyAsync()).Where(d => d.Outcome == RetentionOutcome.Removed).Select(d => d.Id));
    }

    [Fact]
    public async Task A_pin_that_cannot_be_read_keeps_its_backup()
    {
        using var lab = new RetentionLab(Month);
        await lab.BackUpAsync(lab.Now);
        BackupRecord pinned = await lab.BackUpAsync(lab.Now.AddDays(-40));
        await File.WriteAllTextAsync(lab.PathOf(pinned, BackupKeys.Pin), "garbage");
        Assert.Contains("its pin cannot be read", (await lab.ApplyAsync()).Single(d => d.Id == pinned.Id).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_another_machine_has_removed_meanwhile_is_planned_anew_and_a_new_pin_counts()
    {
        using var lab = new RetentionLab(Month);
        await lab.BackUpAsync(lab.Now);
        BackupRecord gone = await lab.BackUpAsync(lab.Now.AddDays(-40)), pinned = await lab.BackUpAsync(lab.Now.AddDays(-41)), old = await lab.BackUpAsync(lab.Now.AddDays(-42));
        bool asked = false;
        IReadOnlyList<RetentionDecision>? done = await new RetentionService(lab.Context).ApplyAsync("local", null, false, async plan =>
        {
            Assert.False(asked);
            asked = true;
            File.Delete(lab.PathOf(gone, BackupKeys.Manifest));
            await RunAsync(lab, await new BackupMarker(lab.Context).PinAsync(pinned, null, "just now", default));
            return true;
        }, default);
        Assert.Equal([old.Id], done!.Where(d => d.Outcome == RetentionOutcome.Removed).Select(d => d.Id));
        Assert.True(File.Exists(pinned.Location));
    }

    [Fact]
    public async Task A_plan_that_leaves_nothing_of_a_group_is_refused_whoever_wrote_it()
    {
        using var lab = new RetentionLab(Month);
        BackupRecord only = await lab.BackUpAsync(lab.Now), other = await lab.BackUpAsync(lab.Now.AddDays(-50), tenant: "demo");
        var plan = new ChangePlan
        {
            Environment = "lab", Kind = RetainBackups.KindName, Action = "Remove-OpsBackup", Target = RetainBackups.Target("local"), Summary = "all of it",
            Arguments = new Dictionary<string, string> { ["store"] = "local", ["remove"] = only.Key, ["stays"] = other.Key },
        };
        Assert.Equal("PlanInvalid", (await Assert.ThrowsAsync<OpsException>(() => RunAsync(lab, plan))).ErrorId);
        Assert.Equal(2, (await lab.IdsAsync()).Count);
    }

    [Fact]
    public async Task The_plan_tells_what_goes_what_stays_what_is_freed_and_what_can_then_be_restored()
    {
        using var lab = new RetentionLab(Month);
        BackupRecord old = await lab.BackUpAsync(lab.Now.AddDays(-31)), young = await lab.BackUpAsync(lab.Now.AddDays(-1));
        ChangePlan? shown = null;
        Assert.Null(await new RetentionService(lab.Context).ApplyAsync("local", null, false, plan => { shown = plan; return Task.FromResult(false); }, default));
        Assert.Equal($"Remove {old.Id} of main, {old.StoredBytes} B: no rule keeps it (keep 30d).", Assert.Single(shown!.Steps).Text);
        Assert.Equal([("freed", $"{old.StoredBytes} B"), ("main can then be restored to", "1 moment, 2026-11-19 12:00 UTC"), ($"{young.Id} stays", "younger than 30d, at least 1 of 1")],
            shown.Figures.Select(f => (f.Name, f.Value)));
        Assert.True(shown.Irreversible);
    }

    private static async Task RunAsync(RetentionLab lab, ChangePlan plan) => await new ChangeRunner(lab.Context).RunAsync(plan, default);
}
