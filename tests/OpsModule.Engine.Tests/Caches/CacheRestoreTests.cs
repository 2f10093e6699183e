using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Caches.Restoring;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Caches;

/// <summary>Restores into real servers: everything is as it was, what was live is kept and comes back, and what cannot be done is refused by name.</summary>
public sealed class CacheRestoreTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private Task<int> StartAsync(string more = "") =>
        redis.StartAsync("r" + Guid.NewGuid().ToString("N")[..8], $"save \"\"\nrepl-diskless-sync-delay 0\nenable-debug-command yes\n{more}");

    private static Task<ChangePlan> PlanAsync(CacheLab lab, BackupRecord backup, Func<CacheRestoreRequest, CacheRestoreRequest>? how = null)
    {
        var request = new CacheRestoreRequest { Backups = [backup] };
        return new CacheRestorePlanner(lab.Context).PlanAsync(how?.Invoke(request) ?? request, default);
    }

    private static async Task<(CacheRestoreRecord Record, string Change)> RestoreAsync(CacheLab lab, ChangePlan plan)
    {
        ChangeResult made = (await new ChangeRunner(lab.Context).RunAsync(plan, default))!;
        return ((CacheRestoreRecord)made.Value!, made.Change!);
    }

    private static Task<ChangeResult> UndoAsync(CacheLab lab, string change) => new ChangeRunner(lab.Context).UndoAsync(lab.Context.Journal.Find(change)!, default);

    /// <summary>The digest of one database: keys, values and expiries, which the server makes itself.</summary>
    private static async Task<string> LookAsync(int port) => string.Join('\n', await OneAsync(port, 0), await OneAsync(port, 3),
        string.Join('\n', (await CacheFiller.RunAsync(port, "", "FUNCTION", "LIST", "WITHCODE")).Split('\n').Order(StringComparer.Ordinal)));

    private static async Task<string> OneAsync(int port, int database)
    {
        string[] keys = [.. (await CacheFiller.RunAsync(port, "keys *\n", "-n", database.ToString(), "--no-raw")).Split('\n').Select(k => k[(k.IndexOf(')') + 1)..].Trim()).Order(StringComparer.Ordinal)];
        string commands = string.Join('\n', keys.Where(k => k.Length > 2).Select(k => $"debug digest-value {k}\npexpiretime {k}\ntype {k}"));
        return database + "\n" + string.Join('\n', keys) + "\n" + await CacheFiller.RunAsync(port, commands + "\n", "-n", database.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("appendonly yes")]
    [InlineData("maxmemory 512mb\nmaxmemory-policy allkeys-lfu")]
    public async Task All_that_was_there_is_there_again_and_what_was_live_comes_back(string setting)
    {
        int port = await StartAsync(setting);
        await CacheFiller.FillAsync(port);
        using var lab = new CacheLab(port);
        BackupRecord backup = await lab.BackUpAsync();
        string backedUp = await LookAsync(port);
        await CacheFiller.RunAsync(port, "flushall\nfunction flush\nset live 1\nset number:8 other ex 5000\nselect 5\nset five 5\n");
        await CacheFiller.RunAsync(port, "", "FUNCTION", "LOAD", "#!lua name=later\nredis.register_function('later', function(keys, args) return 1 end)");
        string live = await LookAsync(port);

        ChangePlan plan = await PlanAsync(lab, backup);
        Assert.Equal(SwapCache.KindName, plan.Kind);
        (CacheRestoreRecord record, string change) = await RestoreAsync(lab, plan);

        Assert.Equal((backup.Cache!.Keys, 0L, 3L, 1), (record.Keys, record.Expired, record.Replaced, record.Functions));
        await CacheFiller.RunAsync(port, "", "FUNCTION", "DELETE", "later");
        Assert.Equal(backedUp, await LookAsync(port));
        Assert.Equal(0, await CacheFiller.CountAsync(port, 5));
        await CacheFiller.RunAsync(port, "set written-since yes\n");

        await UndoAsync(lab, change);
        Assert.Equal(live, await LookAsync(port));
        Assert.Equal(1, await CacheFiller.CountAsync(port, 5));
        foreach (int kept in record.KeptIn) Assert.Equal(0, await CacheFiller.CountAsync(port, kept));
        Assert.Empty(Directory.EnumerateFiles(lab.Folder[".ops/caches"]));
    }

    [Fact]
    public async Task With_append_only_it_lasts_beyond_a_restart()
    {
        int port = await StartAsync("appendonly yes\nappendfsync always");
        await CacheFiller.FillAsync(port, 10);
        using var lab = new CacheLab(port);
        BackupRecord backup = await lab.BackUpAsync();
        string backedUp = await LookAsync(port);
        await CacheFiller.RunAsync(port, "flushall\n");
        (_, string change) = await RestoreAsync(lab, await PlanAsync(lab, backup));
        await redis.RestartAsync(port);
        await Bound.UntilAsync(async () => (await CacheFiller.RunAsync(port, "ping\n")) == "PONG");
        Assert.Equal(backedUp, await LookAsync(port));
        await UndoAsync(lab, change);
        Assert.Equal(0, await CacheFiller.CountAsync(port));
    }

    [Fact]
    public async Task The_keys_of_one_pattern_are_restored_and_all_others_stay()
    {
        int port = await StartAsync();
        await CacheFiller.FillAsync(port);
        using var lab = new CacheLab(port);
        BackupRecord backup = await lab.BackUpAsync();
        await CacheFiller.RunAsync(port, "set t:demo:0 changed\ndel t:demo:1\nset t:demo:new new\nset t:other:0 changed\nset other new\nselect 3\ndel t:demo:late\n");
        string live = await LookAsync(port);

        ChangePlan plan = await PlanAsync(lab, backup, r => r with { Pattern = "t:demo:*" });
        Assert.Equal(LoadCache.KindName, plan.Kind);
        (CacheRestoreRecord record, string change) = await RestoreAsync(lab, plan);

        // 40 and the binary one in database 0, one in database 3; what was live of them: 39, the binary one and the new one.
        Assert.Equal((42L, 41L), (record.Keys, record.Replaced));
        Assert.Equal("value-0\nvalue-1\n\nchanged\nnew\n1", await CacheFiller.RunAsync(port, "get t:demo:0\nget t:demo:1\nget t:demo:new\nget t:other:0\nget other\nselect 3\nexists t:demo:late\n").ContinueWith(t => t.Result.Replace("OK\n", "", StringComparison.Ordinal)));
        await UndoAsync(lab, change);
        Assert.Equal(live, await LookAsync(port));
    }

    [Fact]
    public async Task Keys_that_have_expired_are_told_and_can_be_given_their_time_again()
    {
        int port = await StartAsync();
        await CacheFiller.RunAsync(port, "set gone 1 px 300\nset stays 1 ex 1000\nset ever 1\n");
        using var lab = new CacheLab(port);
        BackupRecord backup = await lab.BackUpAsync();
        await Bound.UntilAsync(async () => await CacheFiller.RunAsync(port, "exists gone\n") == "0");
        ChangePlan plan = await PlanAsync(lab, backup);
        Assert.Contains(plan.Warnings, w => w.StartsWith("1 keys of the backup have expired", StringComparison.Ordinal));
        Assert.Equal((2L, 1L), await RestoreAsync(lab, plan).ContinueWith(t => (t.Result.Record.Keys, t.Result.Record.Expired)));
        // As if the backup were a day old: all of its time is left.
        BackupRecord older = await OlderAsync(lab, backup, TimeSpan.FromDays(1));
        (CacheRestoreRecord shifted, _) = await RestoreAsync(lab, await PlanAsync(lab, older, r => r with { ShiftExpiry = true }));
        Assert.Equal((3L, 0L), (shifted.Keys, shifted.Expired));
        Assert.InRange(long.Parse(await CacheFiller.RunAsync(port, "ttl stays\n")), 86_400 + 900, 86_400 + 1000);
    }

    private static async Task<BackupRecord> OlderAsync(CacheLab lab, BackupRecord backup, TimeSpan age)
    {
        BackupRecord older = backup with { StartedAt = backup.StartedAt - age };
        string manifest = Path.Combine(lab.Folder["local"], BackupKeys.Manifest(backup.Key));
        File.Delete(manifest);
        await File.WriteAllBytesAsync(manifest, ManifestFile.Write(older));
        return older;
    }

    [Fact]
    public async Task A_cache_is_never_made_empty()
    {
        int port = await StartAsync();
        await CacheFiller.RunAsync(port, "set gone 1 px 500\n");
        using var lab = new CacheLab(port);
        BackupRecord backup = await lab.BackUpAsync();
        await Bound.UntilAsync(async () => await CacheFiller.RunAsync(port, "exists gone\n") == "0");
        await CacheFiller.RunAsync(port, "set live 1\n");
        Assert.Equal("CacheNothingToRestore", (await Assert.ThrowsAsync<OpsException>(() => PlanAsync(lab, backup))).ErrorId);
        Assert.Equal("CacheNothingToRestore", (await Assert.ThrowsAsync<OpsException>(() => PlanAsync(lab, backup, r => r with { Pattern = "t:*" }))).ErrorId);
        Assert.Equal(1, await CacheFiller.CountAsync(port));
    }

    [Fact]
    public async Task A_server_without_room_is_refused_before_anything_is_begun()
    {
        int port = await StartAsync(), small = await StartAsync("maxmemory 3mb\nmaxmemory-policy allkeys-lru");
        await CacheFiller.RunAsync(port, string.Concat(Enumerable.Range(0, 300).Select(i => $"set key:{i} {new string((char)('a' + (i % 26)), 9000)}{i}\n")));
        using CacheLab lab = new(port), other = new(small);
        BackupRecord backup = await lab.BackUpAsync();
        await CacheFiller.RunAsync(small, "set live 1\n");
        CacheLab into = other;
        into.Context = into.Context with { Environment = into.Context.Environment with { Backups = lab.Context.Environment.Backups } };
        OpsException refused = await Assert.ThrowsAsync<OpsException>(() => PlanAsync(into, backup));
        Assert.Equal("CacheWouldEvict", refused.ErrorId);
        Assert.Contains("allkeys-lru would throw keys away", refused.Message, StringComparison.Ordinal);
        Assert.Equal(1, await CacheFiller.CountAsync(small));
    }

    /// <summary>What a manifest says of memory may be wrong: a server that refuses while it loads keeps what is live, and nothing is left of the rest.</summary>
    [Theory]
    [InlineData("noeviction")]
    [InlineData("allkeys-lru")]
    public async Task A_server_that_runs_full_while_it_loads_keeps_what_is_live(string policy)
    {
        int port = await StartAsync();
        await CacheFiller.RunAsync(port, string.Concat(Enumerable.Range(0, 1500).Select(i => $"setrange key:{i} 9000 {i}\nsetrange key:{i} 0 {Guid.NewGuid():N}\n")));
        using var lab = new CacheLab(port);
        BackupRecord backup = await lab.BackUpAsync();
        BackupRecord lying = backup with { Cache = backup.Cache! with { UsedMemory = 1 } };
        string manifest = Path.Combine(lab.Folder["local"], BackupKeys.Manifest(backup.Key));
        File.Delete(manifest);
        await File.WriteAllBytesAsync(manifest, ManifestFile.Write(lying));
        await CacheFiller.RunAsync(port, $"flushall\nset live 1\nconfig set maxmemory 6mb\nconfig set maxmemory-policy {policy}\n");
        ChangePlan plan = await PlanAsync(lab, lying);
        Assert.Equal("CacheWouldEvict", (await Assert.ThrowsAsync<OpsException>(() => RestoreAsync(lab, plan))).ErrorId);
        foreach (int spare in CacheRestoreArguments.Read(plan).Staged.Values) Assert.Equal(0, await CacheFiller.CountAsync(port, spare));
        if (policy == "noeviction") Assert.Equal("1", await CacheFiller.RunAsync(port, "get live\n"));
    }

    [Fact]
    public async Task Servers_that_cannot_take_it_are_refused_by_name()
    {
        int port = await StartAsync("databases 2"), replica = await StartAsync($"replicaof 127.0.0.1 {port}"), cluster = await StartAsync("cluster-enabled yes");
        await CacheFiller.RunAsync(port, "set a 1\nselect 1\nset b 1\n");
        using var lab = new CacheLab(port);
        BackupRecord backup = await lab.BackUpAsync();
        Assert.Equal("CacheNoSpareDatabase", (await Assert.ThrowsAsync<OpsException>(() => PlanAsync(lab, backup))).ErrorId);
        using CacheLab ofReplica = new(replica), ofCluster = new(cluster);
        ofReplica.Context = ofReplica.Context with { Environment = ofReplica.Context.Environment with { Backups = lab.Context.Environment.Backups } };
        ofCluster.Context = ofCluster.Context with { Environment = ofCluster.Context.Environment with { Backups = lab.Context.Environment.Backups } };
        await Bound.UntilAsync(async () => (await CacheFiller.RunAsync(replica, "info replication\n")).Contains("master_link_status:up", StringComparison.Ordinal));
        Assert.Equal("CacheServerUnsupported", (await Assert.ThrowsAsync<OpsException>(() => PlanAsync(ofReplica, backup))).ErrorId);
        Assert.Equal("CacheServerUnsupported", (await Assert.ThrowsAsync<OpsException>(() => PlanAsync(ofCluster, backup))).ErrorId);
        OpsException newer = await Assert.ThrowsAsync<OpsException>(() => PlanAsync(lab, backup with { ServerVersion = "7.4.1", Cache = backup.Cache! with { RdbVersion = 12 } }));
        Assert.Equal("CacheVersionTooOld", newer.ErrorId);
        Assert.Equal("CacheModulesMissing", (await Assert.ThrowsAsync<OpsException>(() => PlanAsync(lab, backup with { Cache = backup.Cache! with { Modules = ["ReJSON-RL"] } }))).ErrorId);
        Assert.Equal("CacheMethodUnsupported", (await Assert.ThrowsAsync<OpsException>(() => PlanAsync(lab, backup, r => r with { Method = CacheRestoreMethod.Swap, Pattern = "a*" }))).ErrorId);
        Assert.Equal("BackupOfAnotherKind", (await Assert.ThrowsAsync<OpsException>(() => PlanAsync(lab, backup with { Kind = BackupKind.Database }))).ErrorId);
    }

    [Fact]
    public async Task What_moves_after_the_plan_stops_it()
    {
        int port = await StartAsync();
        await CacheFiller.FillAsync(port, 3);
        using var lab = new CacheLab(port);
        BackupRecord backup = await lab.BackUpAsync();
        ChangePlan plan = await PlanAsync(lab, backup);
        int spare = CacheRestoreArguments.Read(plan).Staged[0];
        await CacheFiller.RunAsync(port, "set mine 1\n", "-n", spare.ToString());
        Assert.Equal("DriftDetected", (await Assert.ThrowsAsync<OpsException>(() => RestoreAsync(lab, plan))).ErrorId);
        Assert.Equal(1, await CacheFiller.CountAsync(port, spare));
        plan = await PlanAsync(lab, backup);
        await redis.RestartAsync(port);
        Assert.Equal("DriftDetected", (await Assert.ThrowsAsync<OpsException>(() => RestoreAsync(lab, plan))).ErrorId);
    }

    [Fact]
    public async Task A_damaged_backup_changes_nothing()
    {
        int port = await StartAsync();
        await CacheFiller.FillAsync(port, 10);
        using var lab = new CacheLab(port);
        BackupRecord backup = await lab.BackUpAsync();
        ChangePlan plan = await PlanAsync(lab, backup);
        string live = await LookAsync(port);
        byte[] bytes = await File.ReadAllBytesAsync(lab.PathOf(backup));
        bytes[^20] ^= 1;
        await File.WriteAllBytesAsync(lab.PathOf(backup), bytes);
        await Assert.ThrowsAnyAsync<Exception>(() => RestoreAsync(lab, plan));
        Assert.Equal(live, await LookAsync(port));
        foreach (int spare in CacheRestoreArguments.Read(plan).Staged.Values) Assert.Equal(0, await CacheFiller.CountAsync(port, spare));
    }

    [Theory]
    [InlineData("staged", "0:0")]
    [InlineData("staged", "0:15,3:15")]
    [InlineData("staged", "0:3,3:15")]
    [InlineData("staged", "0:99999999")]
    [InlineData("kept", "1:13")]
    public async Task A_plan_that_somebody_wrote_empties_no_live_database(string argument, string value)
    {
        int port = await StartAsync();
        await CacheFiller.FillAsync(port, 2);
        using var lab = new CacheLab(port);
        ChangePlan plan = await PlanAsync(lab, await lab.BackUpAsync());
        plan = plan with { Arguments = new Dictionary<string, string>(plan.Arguments) { [argument] = value } };
        await Assert.ThrowsAsync<OpsException>(() => RestoreAsync(lab, plan));
        Assert.Equal(2, await CacheFiller.CountAsync(port, 3));
    }

    [Theory]
    [InlineData("a*c", "abc", true)]
    [InlineData("a*c", "abcd", false)]
    [InlineData("*", "", true)]
    [InlineData("t:demo:*", "t:demo:", true)]
    [InlineData("t:?:x", "t:a:x", true)]
    [InlineData("h[a-c]llo", "hbllo", true)]
    [InlineData("h[^a-c]llo", "hbllo", false)]
    [InlineData("h\\*llo", "h*llo", true)]
    [InlineData("h\\*llo", "hello", false)]
    [InlineData("*a*b*", "xxaxxbxx", true)]
    [InlineData("*a*b", "xxaxxbxx", false)]
    [InlineData("h[a-]llo", "h]llo", false)]
    public void A_pattern_fits_as_the_servers_own_does(string pattern, string name, bool fits) => Assert.Equal(fits,
        OpsModule.Connections.Redis.Rdb.KeyPattern.Fits(System.Text.Encoding.UTF8.GetBytes(pattern), System.Text.Encoding.UTF8.GetBytes(name)));
}
