using System.Security.Cryptography;
using OpsModule.Connections.Redis;
using OpsModule.Connections.Redis.Pipes;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Caches.Restoring;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Caches;

/// <summary>Taking restores back on real servers: what others wrote stays, and what is not all there is never called so.</summary>
public sealed class CacheUndoTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private Task<int> StartAsync(string more = "") =>
        redis.StartAsync("u" + Guid.NewGuid().ToString("N")[..8], $"save \"\"\nrepl-diskless-sync-delay 0\n{more}");

    private static Task<ChangePlan> PlanAsync(CacheLab lab, BackupRecord backup, string? pattern = null, params int[] databases)
    {
        var request = new CacheRestoreRequest
        {
            Backups = [backup], Pattern = pattern, Databases = databases.Length > 0 ? databases : null,
        };
        return new CacheRestorePlanner(lab.Context).PlanAsync(request, default);
    }

    private static async Task<(CacheRestoreRecord Record, string Change)> RestoreAsync(CacheLab lab, BackupRecord backup,
        string? pattern = null)
    {
        ChangeResult made = (await new ChangeRunner(lab.Context).RunAsync(await PlanAsync(lab, backup, pattern), default))!;
        return ((CacheRestoreRecord)made.Value!, made.Change!);
    }

    private static Task<ChangeResult> UndoAsync(CacheLab lab, string change) =>
        new ChangeRunner(lab.Context).UndoAsync(lab.Context.Journal.Find(change)!, default);

    private static Task<string> AskAsync(int port, string commands, int database = 0) =>
        CacheFiller.RunAsync(port, commands, "-n", database.ToString());

    [Fact]
    public async Task Keys_that_were_written_since_a_pattern_was_restored_stay()
    {
        int port = await StartAsync();
        await AskAsync(port, "set t:a old\nset t:b old\nset t:c old\n");
        using var lab = new CacheLab(port);
        BackupRecord backup = await lab.BackUpAsync();
        await AskAsync(port, "set t:a live\ndel t:b\nset t:extra live\n");
        (CacheRestoreRecord record, string change) = await RestoreAsync(lab, backup, "t:*");
        Assert.Equal((3L, 3L), (record.Keys, record.Replaced));
        await AskAsync(port, "set t:since new\nset t:a changed\n");

        await UndoAsync(lab, change);

        Assert.Equal("live\n\nold\nlive\nnew", await AskAsync(port, "get t:a\nget t:b\nget t:c\nget t:extra\nget t:since\n"));
        Assert.Equal(4, await CacheFiller.CountAsync(port));
        for (int database = 1; database < 16; database++) Assert.Equal(0, await CacheFiller.CountAsync(port, database));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("t:*")]
    public async Task The_later_of_two_restores_is_taken_back_first(string? pattern)
    {
        int port = await StartAsync();
        await AskAsync(port, "set t:a backed-up\n");
        using var lab = new CacheLab(port);
        BackupRecord backup = await lab.BackUpAsync();
        await AskAsync(port, "set t:a original\n");
        (_, string first) = await RestoreAsync(lab, backup, pattern);
        await AskAsync(port, "set t:a between\n");
        (_, string second) = await RestoreAsync(lab, backup, pattern);

        OpsException refused = await Assert.ThrowsAsync<OpsException>(() => UndoAsync(lab, first));

        Assert.Equal("ChangeNotUndoable", refused.ErrorId);
        Assert.Contains(second, refused.Message, StringComparison.Ordinal);
        Assert.Equal("backed-up", await AskAsync(port, "get t:a\n"));
        await UndoAsync(lab, second);
        Assert.Equal("between", await AskAsync(port, "get t:a\n"));
        await UndoAsync(lab, first);
        Assert.Equal("original", await AskAsync(port, "get t:a\n"));
    }

    [Fact]
    public async Task What_an_earlier_restore_keeps_is_not_restored_into()
    {
        int port = await StartAsync();
        await AskAsync(port, "set a backed-up\n");
        using var lab = new CacheLab(port);
        BackupRecord backup = await lab.BackUpAsync();
        await AskAsync(port, "set a original\n");
        (CacheRestoreRecord record, string first) = await RestoreAsync(lab, backup);
        int kept = Assert.Single(record.KeptIn);
        BackupRecord whole = await lab.BackUpAsync();

        ChangePlan plan = await PlanAsync(lab, whole);

        Assert.DoesNotContain(kept, CacheRestoreArguments.Read(plan).Staged.Keys);
        Assert.Contains(plan.Warnings, w => w.Contains(first, StringComparison.Ordinal));
        Assert.Equal("CacheMethodUnsupported", (await Assert.ThrowsAsync<OpsException>(() => PlanAsync(lab, whole, null, kept))).ErrorId);
        string second = (await new ChangeRunner(lab.Context).RunAsync(plan, default))!.Change!;
        await UndoAsync(lab, second);
        await UndoAsync(lab, first);
        Assert.Equal("original", await AskAsync(port, "get a\n"));
    }

    [Fact]
    public async Task Marks_in_a_backup_are_no_data()
    {
        int port = await StartAsync();
        await AskAsync(port, "set a 1\nset ops:restore:20260101T000000Z-aaaa kept\nsadd ops:restore:20260101T000000Z-aaaa:put x\n", 2);
        using var lab = new CacheLab(port);
        BackupRecord backup = await lab.BackUpAsync();
        await AskAsync(port, "flushdb\n", 2);
        (CacheRestoreRecord record, _) = await RestoreAsync(lab, backup);
        Assert.Equal(1, record.Keys);
        Assert.Equal("a", await AskAsync(port, "keys *\n", 2));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("t:*")]
    public async Task What_is_kept_and_has_lost_keys_is_not_put_back_as_if_it_were_whole(string? pattern)
    {
        int port = await StartAsync();
        await AskAsync(port, "set t:a backed-up\nset t:b backed-up\n");
        using var lab = new CacheLab(port);
        BackupRecord backup = await lab.BackUpAsync();
        await AskAsync(port, "set t:a original\nset t:b original\n");
        (CacheRestoreRecord record, string change) = await RestoreAsync(lab, backup, pattern);
        await AskAsync(port, "del t:b\n", record.KeptIn[0]);

        OpsException refused = await Assert.ThrowsAsync<OpsException>(() => UndoAsync(lab, change));

        Assert.Equal("CacheReplacedGone", refused.ErrorId);
        Assert.Contains("kept 2 keys", refused.Message, StringComparison.Ordinal);
        Assert.Equal("backed-up\nbacked-up", await AskAsync(port, "get t:a\nget t:b\n"));
        Assert.Equal("original", await AskAsync(port, "get t:a\n", record.KeptIn[0]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Functions_that_were_deployed_since_stay(bool deployed)
    {
        int port = await StartAsync();
        await CacheFiller.FillAsync(port, 2);
        using var lab = new CacheLab(port);
        BackupRecord backup = await lab.BackUpAsync();
        await AskAsync(port, "function flush\n");
        (_, string change) = await RestoreAsync(lab, backup);
        if (deployed)
            await CacheFiller.RunAsync(port, "", "FUNCTION", "LOAD", "#!lua name=since\nredis.register_function{function_name='since', "
                + "callback=function(keys, args) return 1 end, flags={'no-writes'}}");

        await UndoAsync(lab, change);

        string left = await AskAsync(port, "function list\n");
        Assert.Equal(deployed, left.Contains("since", StringComparison.Ordinal));
        Assert.Equal(deployed, left.Contains("mylib", StringComparison.Ordinal));
        Assert.Equal(deployed, lab.Reporter.Warnings.Exists(w => w.Contains("deployed after the restore", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_long_library_of_functions_is_restored(bool isPackable)
    {
        int port = await StartAsync();
        string filler = isPackable ? new string('x', 900_000) : Convert.ToBase64String(RandomNumberGenerator.GetBytes(600_000));
        string code = $"#!lua name=long\n-- {filler}\nredis.register_function('long', function(keys, args) return 7 end)";
        await CacheFiller.RunAsync(port, code, "-x", "FUNCTION", "LOAD");
        await AskAsync(port, "set a 1\n");
        string before = await AskAsync(port, "function list withcode\n");
        Assert.True(before.Length > 800_000);
        using var lab = new CacheLab(port);
        BackupRecord backup = await lab.BackUpAsync();
        await AskAsync(port, "function flush\n");
        (CacheRestoreRecord record, _) = await RestoreAsync(lab, backup);
        Assert.Equal(1, record.Functions);
        Assert.Equal(before, await AskAsync(port, "function list withcode\n"));
    }

    [Fact]
    public async Task A_batch_that_was_sent_is_brought_to_its_end()
    {
        int port = await StartAsync();
        using var lab = new CacheLab(port);
        RedisServer server = await CacheServers.ResolveAsync(lab.Context, "main", default);
        await using RedisPipe pipe = await RedisPipe.OpenAsync(new Scope(), server, default);
        using var stop = new CancellationTokenSource();
        // The server is at work on the first command for a while: the stop comes in the middle of the batch.
        pipe.Add("EVAL", "local n = 0 for i = 1, 30000000 do n = n + i end return 1", "0");
        for (int i = 0; i < 50; i++) pipe.Add("SET", $"key:{i}", "1");
        Task<IReadOnlyList<PipeReply>> sent = pipe.ExchangeAsync(stop.Token);
        await stop.CancelAsync();
        Assert.Equal(51, (await sent).Count);
        Assert.Equal(50, await CacheFiller.CountAsync(port));
        pipe.Add("SET", "after", "1");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pipe.ExchangeAsync(stop.Token));
        // What was not sent is not sent with the next one.
        await pipe.AskAsync(default, "PING");
        Assert.Equal("0", await AskAsync(port, "exists after\n"));
    }

    [Fact]
    public async Task A_restore_that_is_stopped_says_what_takes_it_back()
    {
        int port = await StartAsync();
        await AskAsync(port, "set a backed-up\n");
        using var lab = new CacheLab(port);
        ChangePlan plan = await PlanAsync(lab, await lab.BackUpAsync());
        string said = new SwapCache().WhenStopped(plan);
        Assert.Contains("Undo-OpsChange", said, StringComparison.Ordinal);
        Assert.DoesNotContain("nothing live", said, StringComparison.Ordinal);
        Assert.Equal(said, new LoadCache().WhenStopped(plan));
        Assert.True(new SwapCache().UndoesFailed);
    }

    /// <summary>Keys that somebody writes into the database that is loaded into are found by their number, and are never flushed.</summary>
    [Fact]
    public async Task Keys_of_others_in_the_database_that_is_loaded_into_stay()
    {
        int port = await StartAsync("enable-debug-command yes");
        await AskAsync(port, "debug populate 300000\n");
        using var lab = new CacheLab(port);
        ChangePlan plan = await PlanAsync(lab, await lab.BackUpAsync());
        int spare = CacheRestoreArguments.Read(plan).Staged[0];
        Task<ChangeResult?> restoring = new ChangeRunner(lab.Context).RunAsync(plan, default);
        // As soon as it is loaded into, and long before that ends.
        await Bound.UntilAsync(async () => await CacheFiller.CountAsync(port, spare) > 0);
        await AskAsync(port, string.Concat(Enumerable.Range(0, 20).Select(i => $"set mine:{i} 1\n")), spare);
        OpsException refused = await Assert.ThrowsAsync<OpsException>(async () => await restoring);
        Assert.Equal("CacheDiffers", refused.ErrorId);
        Assert.Equal("1", await AskAsync(port, "get mine:19\n", spare));
        Assert.Contains(lab.Reporter.Warnings, w => w.Contains("was not emptied", StringComparison.Ordinal));
        var journal = new Journal(lab.Context.Environment, lab.Context.Time);
        string failed = journal.Find(new JournalQuery { Actions = [CacheRestoreRequest.Action] }, out int _)[^1].Id;
        await UndoAsync(lab, failed);
        Assert.Equal("1", await AskAsync(port, "get mine:19\n", spare));
    }

    private sealed class Scope : ChangeScope
    {
        public override string Id => "test";
    }
}
