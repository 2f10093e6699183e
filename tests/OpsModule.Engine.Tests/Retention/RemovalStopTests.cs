using OpsModule.Connections.Stores.Contract;
using OpsModule.Connections.Stores.Folder;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Changing;
using OpsModule.Engine.Areas.Backups.Listing;
using OpsModule.Engine.Areas.Retention;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments.Retention;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Retention;

/// <summary>Removals that are stopped or fail in their middle, that wait for others, and that the store only seems to do.</summary>
public sealed class RemovalStopTests
{
    private static readonly RetentionPolicy Month = new() { Keep = TimeSpan.FromDays(30) };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task One_that_is_stopped_right_after_a_manifest_went_brings_that_backup_to_its_end(bool byRules)
    {
        using var lab = new RetentionLab(Month);
        BackupRecord stays = await lab.BackUpAsync(lab.Now), first = await lab.BackUpAsync(lab.Now.AddDays(-40)), second = await lab.BackUpAsync(lab.Now.AddDays(-41));
        using var stop = new CancellationTokenSource();
        Watch(lab, after: (call, key) => call == "Delete" && BackupKeys.IsManifest(key) ? stop.CancelAsync() : Task.CompletedTask);
        if (byRules)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new RetentionService(lab.Context).ApplyAsync("local", null, false, _ => Task.FromResult(true), stop.Token));
            Assert.Equal([stays.Id, second.Id], await lab.IdsAsync());
        }
        else
        {
            ChangePlan plan = await new BackupRemover(lab.Context).PlanAsync(first, force: false, default);
            await new ChangeRunner(lab.Context).RunAsync(plan, stop.Token);
        }
        Assert.True(stop.IsCancellationRequested);
        Assert.False(File.Exists(first.Location));
        Assert.Empty(await StraysAsync(lab));
    }

    [Theory]
    [InlineData("the store fails")]
    [InlineData("it is pinned, and stopped")]
    public async Task What_comes_between_the_manifest_and_the_object_gets_the_manifest_back(string meanwhile)
    {
        using var lab = new RetentionLab(Month);
        await lab.BackUpAsync(lab.Now);
        BackupRecord old = await lab.BackUpAsync(lab.Now.AddDays(-40));
        IBackupStore store = lab.Context.OpenStore("local");
        using var stop = new CancellationTokenSource();
        bool isGone = false, fails = meanwhile == "the store fails";
        Watch(lab, after: async (call, key) =>
        {
            if (call != "Delete" || !BackupKeys.IsManifest(key)) return;
            isGone = true;
            if (fails) return;
            await BackupMarks.WriteAsync(TestScope.Instance, store, BackupKeys.Pin(old.Key), BackupMarks.Write(new BackupPin { Backup = old.Id, Reason = "just now" }), default);
            await stop.CancelAsync();
        }, before: (call, _) =>
        {
            if (!fails || !isGone || call != "List") return Task.CompletedTask;
            fails = false;
            throw WatchedStore.Unavailable("local");
        });
        ChangePlan plan = await new BackupRemover(lab.Context).PlanAsync(old, force: false, default);
        OpsException error = await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(lab.Context).RunAsync(plan, stop.Token));
        Assert.Equal(meanwhile == "the store fails" ? "StoreUnavailable" : "BackupPinned", error.ErrorId);
        Assert.Contains(old.Id, await lab.IdsAsync());
        Assert.True(File.Exists(old.Location));
    }

    [Theory]
    [InlineData("Delete")]
    [InlineData("Find")]
    public async Task What_could_not_be_removed_to_its_end_and_not_be_put_back_is_told(string call)
    {
        using var lab = new RetentionLab(Month);
        await lab.BackUpAsync(lab.Now);
        BackupRecord old = await lab.BackUpAsync(lab.Now.AddDays(-40));
        bool isGone = false;
        Watch(lab, after: (c, key) =>
        {
            isGone |= c == "Delete" && BackupKeys.IsManifest(key);
            return Task.CompletedTask;
        }, before: (c, _) => isGone && (c == call || (call == "Find" && c == "List")) ? throw WatchedStore.Unavailable("local") : Task.CompletedTask);
        ChangePlan plan = await new BackupRemover(lab.Context).PlanAsync(old, force: false, default);
        OpsException error = await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(lab.Context).RunAsync(plan, default));
        Assert.Contains($"Backup {old.Id} in store local {(call == "Delete" ? "has no manifest any more" : "may have lost its manifest")}", error.Message, StringComparison.Ordinal);
        Assert.Contains("Remove-OpsBackup -Incomplete", error.RecommendedAction, StringComparison.Ordinal);
        Assert.Contains("-Incomplete", new RemoveBackup().WhenStopped(plan), StringComparison.Ordinal);
        Assert.Equal(old.Key, Assert.Single(await StraysAsync(lab)).Key);
    }

    [Fact]
    public async Task One_that_the_store_has_locked_stays_and_nobody_calls_what_is_only_hidden_gone()
    {
        using var lab = new RetentionLab(Month);
        await lab.BackUpAsync(lab.Now);
        BackupRecord locked = await lab.BackUpAsync(lab.Now.AddDays(-40)), late = await lab.BackUpAsync(lab.Now.AddDays(-41)), free = await lab.BackUpAsync(lab.Now.AddDays(-42));
        Func<string, IBackupStore> open = lab.Context.OpenStore;
        string[] keys = [locked.Key];
        lab.Context = lab.Context with
        {
            OpenStore = name => new WatchedStore(open(name), [])
            {
                LocksObjects = true, Rules = new StoreRules { KeepsVersions = true }, LockOf = k => keys.Contains(k) ? lab.Now.AddDays(3) : null,
            },
        };
        foreach (bool force in new[] { false, true })
        {
            OpsException refused = await Assert.ThrowsAsync<OpsException>(() => new BackupRemover(lab.Context).PlanAsync(locked, force, default));
            Assert.Equal("ObjectLocked", refused.ErrorId);
            Assert.Contains("Locked until 2026-11-23 12:00 UTC", refused.Message, StringComparison.Ordinal);
        }
        // One whose manifest was locked after the plan was made.
        ChangePlan plan = await new BackupRemover(lab.Context).PlanAsync(late, force: true, default);
        keys = [BackupKeys.Manifest(late.Key)];
        Assert.Equal("ObjectLocked", (await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(lab.Context).RunAsync(plan, default))).ErrorId);
        Assert.True(File.Exists(lab.PathOf(late, BackupKeys.Manifest)) && File.Exists(late.Location));

        plan = await new BackupRemover(lab.Context).PlanAsync(free, force: false, default);
        Assert.DoesNotContain("for good", plan.Summary, StringComparison.Ordinal);
        Assert.Contains("the bucket keeps the versions, and nothing is freed", plan.Summary, StringComparison.Ordinal);
        string change = (await new ChangeRunner(lab.Context).RunAsync(plan, default))!.Change!;
        Assert.Contains("the bucket keeps the versions", lab.Context.Journal.Find(change)!.Message, StringComparison.Ordinal);
        Assert.Contains("for good", (await new BackupRemover(lab.Context with { OpenStore = open }).PlanAsync(late, force: false, default)).Summary, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_object_without_a_manifest_that_the_store_has_locked_is_not_called_removed()
    {
        using var lab = new RetentionLab(Month);
        BackupRecord stray = await lab.BackUpAsync(lab.Now.AddDays(-3));
        File.Delete(lab.PathOf(stray, BackupKeys.Manifest));
        ChangePlan plan = new StoreInspector(lab.Context).Plan(Assert.Single(await StraysAsync(lab)), force: true);
        Func<string, IBackupStore> open = lab.Context.OpenStore;
        OpsContext locking = lab.Context with { OpenStore = name => new WatchedStore(open(name), []) { LockOf = _ => lab.Now.AddDays(3) } };
        Assert.Equal("ObjectLocked", (await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(locking).RunAsync(plan, default))).ErrorId);
        Assert.True(File.Exists(stray.Location));
        await new ChangeRunner(lab.Context).RunAsync(new StoreInspector(lab.Context).Plan(Assert.Single(await StraysAsync(lab)), force: true), default);
        Assert.False(File.Exists(stray.Location));
    }

    [Theory]
    [InlineData(11, true)]
    [InlineData(0, false)]
    public async Task A_long_removal_looks_again_whether_what_stays_is_whole(int seconds, bool looks)
    {
        using var lab = new RetentionLab(Month);
        BackupRecord stays = await lab.BackUpAsync(lab.Now), first = await lab.BackUpAsync(lab.Now.AddDays(-40)), second = await lab.BackUpAsync(lab.Now.AddDays(-41));
        BackupRecord othersStays = await lab.BackUpAsync(lab.Now, tenant: "demo"), other = await lab.BackUpAsync(lab.Now.AddDays(-42), tenant: "demo");
        lab.Context = lab.Context with
        {
            Journal = new StepJournal(lab.Context.Journal, "remove-0-done", () =>
            {
                File.Delete(stays.Location);
                lab.Pass(TimeSpan.FromSeconds(seconds));
                return Task.CompletedTask;
            }),
        };
        Dictionary<string, RetentionDecision> done = (await lab.ApplyAsync()).ToDictionary(d => d.Id);
        Assert.Equal(RetentionOutcome.Removed, done[first.Id].Outcome);
        Assert.Equal(looks ? RetentionOutcome.NotRemoved : RetentionOutcome.Removed, done[second.Id].Outcome);
        if (looks) Assert.Equal($"Backup {stays.Id}, which was to stay, is no longer whole: its object is gone.", done[second.Id].Reason);
        Assert.Equal(looks, File.Exists(second.Location) && File.Exists(lab.PathOf(second, BackupKeys.Manifest)));
        // Another group has its own that stays.
        Assert.Equal((RetentionOutcome.Keep, RetentionOutcome.Removed), (done[othersStays.Id].Outcome, done[other.Id].Outcome));
    }

    [Fact]
    public async Task What_stays_is_looked_at_before_the_first_of_its_group_goes()
    {
        using var lab = new RetentionLab(Month);
        await lab.BackUpAsync(lab.Now);
        await lab.BackUpAsync(lab.Now.AddDays(-40));
        BackupRecord stays = await lab.BackUpAsync(lab.Now, tenant: "demo"), other = await lab.BackUpAsync(lab.Now.AddDays(-42), tenant: "demo");
        lab.Context = lab.Context with
        {
            Journal = new StepJournal(lab.Context.Journal, "remove-0-done", () =>
            {
                File.Delete(stays.Location);
                return Task.CompletedTask;
            }),
        };
        Dictionary<string, RetentionDecision> done = (await lab.ApplyAsync()).ToDictionary(d => d.Id);
        Assert.Equal(RetentionOutcome.NotRemoved, done[other.Id].Outcome);
        Assert.True(File.Exists(other.Location));
    }

    [Fact]
    public async Task One_that_finds_another_at_work_waits_for_it_and_asks_once()
    {
        using var lab = new RetentionLab(new RetentionPolicy { Last = 1 });
        BackupRecord stays = await lab.BackUpAsync(lab.Now);
        await lab.BackUpAsync(lab.Now.AddDays(-1));
        IDisposable other = lab.Context.Locks.Acquire(RetainBackups.Target("local"), "Remove-OpsBackup");
        int asked = 0;
        Task<IReadOnlyList<RetentionDecision>?> waiting = new RetentionService(lab.Context).ApplyAsync("local", null, false, _ => Task.FromResult(++asked == 1), default);
        try
        {
            DateTime end = DateTime.UtcNow.AddMinutes(1);
            while (!waiting.IsCompleted && !IsWaiting(lab) && DateTime.UtcNow < end) await Task.Delay(20);
            Assert.True(IsWaiting(lab), waiting.Exception?.ToString());
        }
        finally { other.Dispose(); }
        Assert.Equal([RetentionOutcome.Keep, RetentionOutcome.Removed], (await waiting)!.Select(d => d.Outcome));
        Assert.Equal([stays.Id], await lab.IdsAsync());
        Assert.Equal(1, asked);
    }

    private static bool IsWaiting(RetentionLab lab)
    {
        lock (lab.Reporter.Details) return lab.Reporter.Details.Exists(d => d.StartsWith("Waits for another run of the rules", StringComparison.Ordinal));
    }

    private static void Watch(RetentionLab lab, Func<string, string, Task>? after = null, Func<string, string, Task>? before = null)
    {
        Func<string, IBackupStore> open = lab.Context.OpenStore;
        lab.Context = lab.Context with
        {
            OpenStore = name => new WatchedStore(open(name), []) { After = after ?? ((_, _) => Task.CompletedTask), Before = before ?? ((_, _) => Task.CompletedTask) },
        };
    }

    private static async Task<List<StrayObject>> StraysAsync(RetentionLab lab)
    {
        // The store as it is, without faults.
        OpsContext plain = lab.Context with { OpenStore = name => new FolderStore(name, lab.Folder[name]) };
        var strays = new List<StrayObject>();
        await foreach (StrayObject stray in new StoreInspector(plain).FindStraysAsync(new BackupQuery(), default)) strays.Add(stray);
        return strays;
    }
}
