using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Caches.Restoring;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Caches;

/// <summary>Restores that somebody stops in the middle: what is live is whole, at once or after they are taken back.</summary>
public sealed class CacheStopTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private const int Keys = 200_000;

    [Theory]
    [InlineData(null, false)]
    [InlineData("key:*", false)]
    [InlineData("key:*", true)]
    public async Task Stopped_in_the_middle_it_is_taken_back(string? pattern, bool isExchanging)
    {
        int port = await redis.StartAsync("s" + Guid.NewGuid().ToString("N")[..8],
            "save \"\"\nrepl-diskless-sync-delay 0\nenable-debug-command yes");
        await CacheFiller.RunAsync(port, $"debug populate {Keys}\n");
        using var lab = new CacheLab(port);
        BackupRecord backup = await lab.BackUpAsync();
        await CacheFiller.RunAsync(port, "set key:5 changed\ndel key:6\n");
        ChangePlan plan = await new CacheRestorePlanner(lab.Context).PlanAsync(
            new CacheRestoreRequest { Backups = [backup], Pattern = pattern }, default);
        CacheRestoreArguments what = CacheRestoreArguments.Read(plan);
        int watched = isExchanging ? what.Kept[0] : what.Staged[0];
        using var stop = new CancellationTokenSource();

        var runner = new ChangeRunner(lab.Context);
        Task<ChangeResult?> restoring = runner.RunAsync(plan, stop.Token);
        await Bound.UntilAsync(async () => restoring.IsCompleted || await CacheFiller.CountAsync(port, watched) > 3000);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await restoring);
        JournalEntry stopped = lab.Context.Journal.Find(runner.Latest!)!;
        Assert.Equal(JournalOutcome.Cancelled, stopped.Outcome);
        Assert.Contains("Undo-OpsChange", stopped.Message, StringComparison.Ordinal);
        if (!isExchanging) Assert.Equal(0, await CacheFiller.CountAsync(port, watched));
        await CacheFiller.RunAsync(port, "set key:since new\n");
        await runner.UndoAsync(stopped, default);
        Assert.Equal("changed\n0\nnew", await CacheFiller.RunAsync(port, "get key:5\nexists key:6\nget key:since\n"));
        Assert.Equal(Keys, await CacheFiller.CountAsync(port));
        foreach (int own in what.Staged.Values.Concat(what.Kept.Values)) Assert.Equal(0, await CacheFiller.CountAsync(port, own));
    }
}
