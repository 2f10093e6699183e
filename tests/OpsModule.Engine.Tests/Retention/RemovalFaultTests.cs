using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Changing;
using OpsModule.Engine.Areas.Backups.Listing;
using OpsModule.Engine.Areas.Backups.Signing;
using OpsModule.Engine.Areas.Retention;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments.Retention;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Retention;

/// <summary>What changes while backups are removed, and what a store does not say.</summary>
public sealed class RemovalFaultTests
{
    private static readonly RetentionPolicy Month = new() { Keep = TimeSpan.FromDays(30) };

    [Theory]
    [InlineData("nothing")]
    [InlineData("one is pinned")]
    [InlineData("the one that stays is gone")]
    [InlineData("the one that stays is damaged")]
    public async Task A_removal_that_was_killed_is_gone_on_with_only_while_what_it_rests_on_still_holds(string meanwhile)
    {
        using var lab = new RetentionLab(Month);
        BackupRecord stays = await lab.BackUpAsync(lab.Now.AddHours(-1)), next = await lab.BackUpAsync(lab.Now.AddDays(-41));
        await lab.BackUpAsync(lab.Now.AddDays(-40));
        ChangePlan plan = (await RetainBackups.PlanAsync(lab.Context, await new RetentionPlanner(lab.Context).PlanAsync("local", null, false, default), default))!;
        JournalEntry killed = await KillAsync(lab, plan, "remove-0-done");
        Assert.Equal(2, (await lab.IdsAsync()).Count);
        if (meanwhile == "one is pinned") await PinAsync(lab, next);
        else if (meanwhile == "the one that stays is gone") File.Delete(stays.Location);
        else if (meanwhile != "nothing") await new BackupCatalog(lab.Context).MarkFailedAsync(stays, BackupFinding.Altered, "altered", default);
        if (meanwhile == "nothing")
        {
            await new ChangeRunner(lab.Context).ResumeAsync(killed, default);
            Assert.Equal([stays.Id], await lab.IdsAsync());
            return;
        }
        OpsException refused = await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(lab.Context).ResumeAsync(killed, default));
        Assert.Equal("DriftDetected", refused.ErrorId);
        Assert.Equal(2, (await lab.IdsAsync()).Count);
        Assert.True(File.Exists(next.Location));
        Assert.Empty(lab.Context.Journal.FindUnfinished());
    }

    [Fact]
    public async Task The_last_backup_stays_when_the_other_one_went_while_its_removal_was_killed()
    {
        using var lab = new RetentionLab(Month);
        BackupRecord backup = await lab.BackUpAsync(lab.Now.AddDays(-2)), other = await lab.BackUpAsync(lab.Now.AddDays(-1));
        JournalEntry killed = await KillAsync(lab, await new BackupRemover(lab.Context).PlanAsync(backup, force: false, default), "remove-manifest");
        File.Delete(lab.PathOf(other, BackupKeys.Manifest));
        Assert.Equal("DriftDetected", (await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(lab.Context).ResumeAsync(killed, default))).ErrorId);
        Assert.Equal([backup.Id], await lab.IdsAsync());
    }

    [Fact]
    public async Task A_pin_that_comes_while_others_are_removed_counts()
    {
        using var lab = new RetentionLab(Month);
        await lab.BackUpAsync(lab.Now);
        BackupRecord first = await lab.BackUpAsync(lab.Now.AddDays(-40)), second = await lab.BackUpAsync(lab.Now.AddDays(-41));
        lab.Context = lab.Context with { Journal = new StepJournal(lab.Context.Journal, "remove-0-done", () => PinAsync(lab, second)) };
        Dictionary<string, RetentionDecision> done = (await lab.ApplyAsync()).ToDictionary(d => d.Id);
        Assert.Equal(RetentionOutcome.Removed, done[first.Id].Outcome);
        Assert.Equal(RetentionOutcome.NotRemoved, done[second.Id].Outcome);
        Assert.Contains("is pinned until it is removed: just now", done[second.Id].Reason, StringComparison.Ordinal);
        Assert.True(File.Exists(second.Location) && File.Exists(lab.PathOf(second, BackupKeys.Manifest)));
    }

    [Fact]
    public async Task A_pin_that_comes_after_the_plan_of_a_removal_counts_unless_it_was_forced()
    {
        using var lab = new RetentionLab(Month);
        BackupRecord backup = await lab.BackUpAsync(lab.Now.AddDays(-2));
        await lab.BackUpAsync(lab.Now.AddDays(-1));
        ChangePlan plan = await new BackupRemover(lab.Context).PlanAsync(backup, force: false, default), forced = await new BackupRemover(lab.Context).PlanAsync(backup, force: true, default);
        await PinAsync(lab, backup);
        Assert.Equal("BackupPinned", (await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(lab.Context).RunAsync(plan, default))).ErrorId);
        Assert.True(File.Exists(lab.PathOf(backup, BackupKeys.Manifest)));
        await new ChangeRunner(lab.Context).RunAsync(forced, default);
        Assert.False(File.Exists(backup.Location));
    }

    [Fact]
    public async Task A_backup_that_a_test_found_wanting_fills_no_place_until_one_passes()
    {
        using var lab = new RetentionLab(new RetentionPolicy { Last = 1 });
        BackupRecord good = await lab.BackUpAsync(lab.Now.AddHours(-2)), bad = await lab.BackUpAsync(lab.Now.AddHours(-1));
        byte[] whole = await File.ReadAllBytesAsync(bad.Location);
        await File.WriteAllBytesAsync(bad.Location, [.. whole.Select(b => (byte)(b ^ 1))]);
        var tester = new BackupTester(lab.Context);
        Assert.Equal(BackupFinding.Altered, (await tester.TestAsync(bad, BackupTestLevel.Checksum, default)).Finding);
        Dictionary<string, RetentionDecision> decided = (await lab.DecideAsync()).ToDictionary(d => d.Id);
        Assert.Equal((RetentionOutcome.Keep, RetentionOutcome.Remove), (decided[good.Id].Outcome, decided[bad.Id].Outcome));
        Assert.StartsWith("damaged: a test found at 2026-11-20 12:00 UTC: Altered", decided[bad.Id].Reason, StringComparison.Ordinal);
        Assert.Equal("LastBackup", (await Assert.ThrowsAsync<OpsException>(() => new BackupRemover(lab.Context).PlanAsync(good, force: false, default))).ErrorId);

        await File.WriteAllBytesAsync(bad.Location, whole);
        Assert.True((await tester.TestAsync(bad, BackupTestLevel.Checksum, default)).Passed);
        Assert.Equal(RetentionOutcome.Remove, (await lab.DecideAsync()).Single(d => d.Id == good.Id).Outcome);
        // Its bytes are as they were stored, and are no archive: a checksum says nothing against that.
        Assert.Equal(BackupFinding.Unreadable, (await tester.TestAsync(bad, BackupTestLevel.Structure, default)).Finding);
        Assert.True((await tester.TestAsync(bad, BackupTestLevel.Checksum, default)).Passed);
        Assert.Contains(lab.Reporter.Warnings, w => w.Contains("counts as damaged still", StringComparison.Ordinal));
        Assert.Equal(RetentionOutcome.Keep, (await lab.DecideAsync()).Single(d => d.Id == good.Id).Outcome);
    }

    [Fact]
    public async Task Where_locks_and_versions_cannot_be_asked_each_object_is_asked_and_nothing_is_called_freed()
    {
        using var lab = new RetentionLab(Month);
        await lab.BackUpAsync(lab.Now);
        BackupRecord locked = await lab.BackUpAsync(lab.Now.AddDays(-40)), free = await lab.BackUpAsync(lab.Now.AddDays(-41));
        Func<string, IBackupStore> open = lab.Context.OpenStore;
        lab.Context = lab.Context with
        {
            OpenStore = name => new WatchedStore(open(name), []) { LocksObjects = null, Rules = new StoreRules(), LockOf = k => k == locked.Key ? lab.Now.AddDays(3) : null },
        };
        ChangePlan plan = (await RetainBackups.PlanAsync(lab.Context, await new RetentionPlanner(lab.Context).PlanAsync("local", null, false, default), default))!;
        Assert.DoesNotContain(plan.Figures, f => f.Name == "freed");
        Assert.Contains("whether the bucket keeps versions cannot be asked", plan.Figures[0].Value, StringComparison.Ordinal);
        Dictionary<string, RetentionDecision> done = (await lab.ApplyAsync()).ToDictionary(d => d.Id);
        Assert.Equal((RetentionOutcome.NotRemoved, RetentionOutcome.Removed), (done[locked.Id].Outcome, done[free.Id].Outcome));
        Assert.Contains("Locked until", done[locked.Id].Reason, StringComparison.Ordinal);
        Assert.Contains("it is not known what is freed", done[free.Id].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_copy_carries_the_mark_of_lost_rows_and_no_pin()
    {
        using var lab = new RetentionLab(Month, null, "local", "other");
        BackupRecord backup = await lab.BackUpAsync(lab.Now);
        await BackupMarks.WriteAsync(TestScope.Instance, lab.Context.OpenStore("local"), BackupKeys.Losses(backup.Key), BackupMarks.Write(new LossMark(backup.Id, "before", ["half of it"])), default);
        await new BackupCatalog(lab.Context).MarkFailedAsync(backup, BackupFinding.ContentDiffers, "rows differ", default);
        await PinAsync(lab, backup);
        await new ChangeRunner(lab.Context).RunAsync(await new BackupCopier(lab.Context).PlanAsync(backup, "other", default), default);
        IBackupStore other = lab.Context.OpenStore("other");
        Assert.Equal(["half of it"], (await BackupMarks.ReadLossesAsync(other, backup.Key, default))!.Lost);
        Assert.Contains("ContentDiffers", (await new BackupProber(lab.Context).LookAsync("other", backup.Key, default)).Damage, StringComparison.Ordinal);
        Assert.Null(await BackupMarks.ReadPinAsync(other, backup.Key, default));
    }

    [Fact]
    public async Task A_lease_that_is_renewed_is_there_at_every_moment_and_its_age_is_told_by_the_stores_clock()
    {
        using var lab = new RetentionLab(Month);
        BackupRecord backup = await lab.BackUpAsync(lab.Now);
        IBackupStore store = lab.Context.OpenStore("local");
        var seen = new List<string?>();
        OpsContext watched = lab.Context with
        {
            OpenStore = _ => new WatchedStore(store, []) { Forgotten = async _ => seen.Add(await BackupLease.FindAsync(store, backup.Key, lab.Context.Time, default)) },
        };
        await using (BackupLease lease = (await BackupLease.TakeAsync(watched, backup, default))!)
        {
            await lease.RenewOnceAsync(default);
            Assert.NotNull(Assert.Single(seen));
            // This machine's clock is two hours ahead; the store's is not.
            lab.Pass(DateTimeOffset.UtcNow - lab.Now + TimeSpan.FromHours(2));
            Assert.Null(await BackupLease.FindAsync(store, backup.Key, lab.Context.Time, default));
            Assert.NotNull(await BackupLease.FindAsync(new WatchedStore(store, []) { Clock = DateTimeOffset.UtcNow }, backup.Key, lab.Context.Time, default));
        }
        Assert.Null(seen[^1]);
    }

    /// <summary>Ends a run as a kill would, right after a line of the journal: the change is left without an end.</summary>
    private static async Task<JournalEntry> KillAsync(RetentionLab lab, ChangePlan plan, string after)
    {
        OpsContext dying = lab.Context with { Journal = new StepJournal(lab.Context.Journal, after, () => throw ChangeRun.LeaveOpen(new IOException("killed"))) };
        await Assert.ThrowsAsync<IOException>(() => new ChangeRunner(dying).RunAsync(plan, default));
        return lab.Context.Journal.Find(Assert.Single(lab.Context.Journal.FindUnfinished()).Id)!;
    }

    private static Task PinAsync(RetentionLab lab, BackupRecord backup) => BackupMarks.WriteAsync(TestScope.Instance, lab.Context.OpenStore(backup.Store), BackupKeys.Pin(backup.Key),
        BackupMarks.Write(new BackupPin { Backup = backup.Id, Reason = "just now" }), default);
}
