using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Changing;
using OpsModule.Engine.Areas.Backups.Listing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments.Retention;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Engine.Tests.Retention;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Backups;

/// <summary>Marks that are renewed, or put there by a run that was killed.</summary>
public sealed class MarkFaultTests
{
    [Fact]
    public async Task A_mark_that_cannot_be_renewed_stays_as_it_was()
    {
        using var lab = new RetentionLab(new RetentionPolicy { Last = 1 });
        BackupRecord backup = await lab.BackUpAsync(lab.Now.AddDays(-1), verified: true);
        await PinAsync(lab.Context, backup, "first");
        IBackupStore store = lab.Context.OpenStore("local");
        // No room for anything that is written.
        OpsContext full = lab.Context with
        {
            OpenStore = name => new WatchedStore(store, []) { Before = (call, _) => call is "Create" or "Replace" ? throw WatchedStore.Full(name) : Task.CompletedTask },
        };

        Assert.Equal("StoreFull", (await Assert.ThrowsAsync<OpsException>(() => PinAsync(full, backup, "second"))).ErrorId);
        Assert.Equal("first", (await BackupMarks.ReadPinAsync(store, backup.Key, default))!.Reason);
        Assert.Equal("StoreFull", (await Assert.ThrowsAsync<OpsException>(() => new BackupCatalog(full).MarkVerifiedAsync(backup, "again", default))).ErrorId);
        Assert.Equal(backup.VerifiedAt, (await new BackupCatalog(lab.Context).FindAtAsync("local", backup.Key, default)).VerifiedAt);

        // What was found wanting is not called verified because there was no room to say so.
        await Assert.ThrowsAsync<OpsException>(() => new BackupCatalog(full).MarkFailedAsync(backup, BackupFinding.Altered, "altered", default));
        Assert.Null((await new BackupCatalog(lab.Context).FindAtAsync("local", backup.Key, default)).VerifiedAt);
    }

    [Fact]
    public async Task What_a_test_found_is_there_before_that_it_was_verified_is_taken_back()
    {
        using var lab = new RetentionLab(new RetentionPolicy { Last = 1 });
        BackupRecord backup = await lab.BackUpAsync(lab.Now.AddDays(-1), verified: true);
        IBackupStore store = lab.Context.OpenStore("local");
        bool isKilled = false;
        OpsContext killed = lab.Context with
        {
            OpenStore = _ => new WatchedStore(store, [])
            {
                Before = (call, key) =>
                {
                    if (call != "Forget" || !BackupKeys.IsVerified(key)) return Task.CompletedTask;
                    isKilled = true;
                    throw new IOException("killed");
                },
            },
        };
        await Assert.ThrowsAsync<IOException>(() => new BackupCatalog(killed).MarkFailedAsync(backup, BackupFinding.Altered, "altered", default));
        Assert.True(isKilled);
        Assert.Contains("Altered", (await new BackupProber(lab.Context).LookAsync("local", backup.Key, default)).Damage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_first_pin_that_was_killed_right_after_it_was_written_is_gone_when_it_is_taken_back()
    {
        using var lab = new RetentionLab(new RetentionPolicy { Last = 1 });
        BackupRecord backup = await lab.BackUpAsync(lab.Now.AddDays(-1));
        IBackupStore store = lab.Context.OpenStore("local");
        OpsContext dying = lab.Context with
        {
            OpenStore = _ => new WatchedStore(store, []) { After = (call, _) => call == "Replace" ? throw ChangeRun.LeaveOpen(new IOException("killed")) : Task.CompletedTask },
        };
        await Assert.ThrowsAsync<IOException>(() => PinAsync(dying, backup, "mine"));
        Assert.NotNull(await BackupMarks.ReadPinAsync(store, backup.Key, default));
        var runner = new ChangeRunner(lab.Context);
        string change = Assert.Single(lab.Context.Journal.FindUnfinished()).Id;
        await runner.ResumeAsync(lab.Context.Journal.Find(change)!, default);
        Assert.Equal("mine", (await BackupMarks.ReadPinAsync(store, backup.Key, default))!.Reason);

        await runner.UndoAsync(lab.Context.Journal.Find(change)!, default);

        Assert.Null(await BackupMarks.ReadPinAsync(store, backup.Key, default));
    }

    private static async Task PinAsync(OpsContext context, BackupRecord backup, string reason) =>
        await new ChangeRunner(context).RunAsync(await new BackupMarker(context).PinAsync(backup, null, reason, default), default);
}
