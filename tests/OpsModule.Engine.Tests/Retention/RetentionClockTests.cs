using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Retention;
using OpsModule.Engine.Environments.Retention;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Retention;

/// <summary>A clock that jumped ahead makes every backup look old.</summary>
public sealed class RetentionClockTests
{
    private static readonly RetentionPolicy Month = new() { Keep = TimeSpan.FromDays(30) };

    [Theory]
    [InlineData(31)]
    [InlineData(60)]
    public async Task A_jump_of_weeks_is_doubted_for_as_long_as_what_would_go_may_be_young(int days)
    {
        using RetentionLab lab = await DailyAsync(10);
        lab.Pass(TimeSpan.FromDays(days));
        await RefusedAsync(lab);
        // The doubt does not end because the wrong clock goes on.
        for (int day = 0; day < 9; day++)
        {
            lab.Pass(TimeSpan.FromDays(1));
            await StoreAsync(lab, lab.Now);
        }
        await RefusedAsync(lab);
        Assert.Equal(19, (await lab.IdsAsync()).Count);
    }

    [Fact]
    public async Task That_the_clock_is_right_is_said_once_and_counts_until_the_next_gap()
    {
        using RetentionLab lab = await DailyAsync(25);
        lab.Pass(TimeSpan.FromDays(20));
        await RefusedAsync(lab);
        Assert.Contains(await lab.ApplyAsync(trustClock: true), d => d.Outcome == RetentionOutcome.Removed);
        lab.Pass(TimeSpan.FromDays(1));
        await StoreAsync(lab, lab.Now);
        Assert.Contains(await lab.ApplyAsync(), d => d.Outcome == RetentionOutcome.Removed);
        lab.Pass(TimeSpan.FromDays(29));
        await RefusedAsync(lab);
    }

    [Fact]
    public async Task A_daily_history_with_a_night_that_was_missed_is_no_doubt()
    {
        using RetentionLab lab = await DailyAsync(40, except: 7);
        Assert.Contains(await lab.ApplyAsync(), d => d.Outcome == RetentionOutcome.Removed);
    }

    [Fact]
    public async Task The_stores_own_clock_is_believed_before_this_machines()
    {
        using RetentionLab lab = await DailyAsync(40);
        Func<string, OpsModule.Connections.Stores.Contract.IBackupStore> open = lab.Context.OpenStore;
        lab.Context = lab.Context with { OpenStore = name => new WatchedStore(open(name), []) { Clock = lab.Now.AddHours(-2) } };
        Assert.Contains("and the store's 2026-11-20 10:00 UTC", (await RefusedAsync(lab)).Message, StringComparison.Ordinal);
        lab.Context = lab.Context with { OpenStore = name => new WatchedStore(open(name), []) { Clock = lab.Now.AddMinutes(-2) } };
        Assert.Contains(await lab.ApplyAsync(), d => d.Outcome == RetentionOutcome.Removed);
    }

    private static async Task<OpsException> RefusedAsync(RetentionLab lab)
    {
        OpsException refused = await Assert.ThrowsAsync<OpsException>(() => lab.ApplyAsync());
        Assert.Equal("ClockUncertain", refused.ErrorId);
        return refused;
    }

    private static async Task<RetentionLab> DailyAsync(int days, int except = -1)
    {
        var lab = new RetentionLab(Month);
        for (int day = 0; day < days; day++)
            if (day != except) await StoreAsync(lab, lab.Now.AddDays(-day));
        return lab;
    }

    /// <summary>A backup that the store got when it was made.</summary>
    private static async Task StoreAsync(RetentionLab lab, DateTimeOffset at)
    {
        BackupRecord backup = await lab.BackUpAsync(at);
        File.SetLastWriteTimeUtc(lab.PathOf(backup, BackupKeys.Manifest), at.UtcDateTime);
    }
}
