using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Contents;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Caches;

/// <summary>Backups of real servers: with AOF, with a password and a user that may do little else, of replicas, and those that fail.</summary>
public sealed class CacheBackupTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private const string NoDelay = "save \"\"\nrepl-diskless-sync-delay 0\nenable-debug-command yes";

    private Task<int> StartAsync(string more = "") => redis.StartAsync("b" + Guid.NewGuid().ToString("N")[..8], $"{NoDelay}\n{more}");

    [Theory]
    [InlineData("")]
    [InlineData("appendonly yes")]
    [InlineData("repl-diskless-sync no")]
    [InlineData("maxmemory 512mb\nmaxmemory-policy allkeys-lfu")]
    public async Task A_backup_holds_what_the_server_has(string setting)
    {
        int port = await StartAsync(setting);
        await CacheFiller.FillAsync(port);
        using var lab = new CacheLab(port);
        BackupRecord made = await lab.BackUpAsync();
        Assert.Equal((BackupKind.Cache, "main", "lab"), (made.Kind, made.Name, made.Environment));
        CacheFacts facts = made.Cache!;
        Assert.Equal((await CacheFiller.CountAsync(port) + 2, 41L, 0L, 1, 10), (facts.Keys, facts.Expiring, facts.Expired, facts.Functions, facts.RdbVersion));
        Assert.Equal(("redis", false), (facts.Server, facts.FromReplica));
        Assert.Equal(setting.Contains("512mb", StringComparison.Ordinal) ? 512 * 1024 * 1024 : 0, facts.MaxMemory);
        BackupTestResult tested = await new BackupTester(lab.Context).TestAsync(made, BackupTestLevel.Structure, default);
        Assert.True(tested.Passed, tested.Message);
        // The manifest is read as it was written.
        BackupRecord read = await new BackupCatalog(lab.Context).FindAsync(made.Id, null, default);
        Assert.Equal(facts.Digest, read.Cache!.Digest);
        Assert.Equal(facts.Databases, read.Cache.Databases);
        Assert.Equal("REDIS0010"u8.ToArray(), (await lab.ReadAsync(made))[..9]);
    }

    [Fact]
    public async Task A_user_that_may_only_replicate_is_enough_and_its_password_stands_nowhere()
    {
        const string Secret = "cache-secret-9Qx";
        int port = await StartAsync($"user default off\nuser backup on >{Secret} ~* +sync +psync +replconf +ping +auth +info");
        using var lab = new CacheLab(port, "backup", Secret);
        BackupRecord made = await lab.BackUpAsync();
        Assert.Equal(0, made.Cache!.Keys);
        foreach (string file in Directory.EnumerateFiles(lab.Folder.Path, "*", SearchOption.AllDirectories))
            Assert.DoesNotContain(Secret, await File.ReadAllTextAsync(file), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_may_not_replicate_is_told_so_and_nothing_is_left()
    {
        int port = await StartAsync("user backup on >secret ~* +@all -sync -psync");
        using var lab = new CacheLab(port, "backup", "secret");
        OpsException refused = await Assert.ThrowsAsync<OpsException>(lab.BackUpAsync);
        Assert.Equal("CacheStreamRefused", refused.ErrorId);
        Assert.Empty(Directory.EnumerateFiles(lab.Folder["local"], "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_replica_is_backed_up_and_told_and_one_without_its_primary_is_refused()
    {
        int primary = await StartAsync(), replica = await StartAsync($"replicaof 127.0.0.1 {primary}");
        await CacheFiller.FillAsync(primary, 3);
        await Bound.UntilAsync(async () => (await CacheFiller.RunAsync(replica, "info replication\n")).Contains("master_link_status:up", StringComparison.Ordinal)
            && await CacheFiller.CountAsync(replica) == await CacheFiller.CountAsync(primary));
        using var lab = new CacheLab(replica);
        Assert.Contains((await lab.PlanBackupAsync()).Warnings, w => w.Contains("is a replica", StringComparison.Ordinal));
        Assert.True((await lab.BackUpAsync()).Cache!.FromReplica);
        await redis.KillAsync(primary);
        await Bound.UntilAsync(async () => (await CacheFiller.RunAsync(replica, "info replication\n")).Contains("master_link_status:down", StringComparison.Ordinal));
        Assert.Equal("CacheReplicaStale", (await Assert.ThrowsAsync<OpsException>(lab.BackUpAsync)).ErrorId);
    }

    [Fact]
    public async Task A_server_that_cannot_save_is_told_by_name()
    {
        // Disk-based: its child writes a file first, into a folder that is gone.
        string name = "gone" + Guid.NewGuid().ToString("N")[..6];
        int port = await redis.StartAsync(name, $"{NoDelay}\nrepl-diskless-sync no");
        await CacheFiller.FillAsync(port, 2);
        Directory.Delete(Path.Combine(Path.GetDirectoryName(redis.FileOf(name))!, name), recursive: true);
        using var lab = new CacheLab(port);
        Assert.Equal("CacheSaveFailed", (await Assert.ThrowsAsync<OpsException>(lab.BackUpAsync)).ErrorId);
        Assert.Empty(Directory.EnumerateFiles(lab.Folder["local"], "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_server_that_ends_while_it_sends_leaves_no_backup()
    {
        int port = await StartAsync("rdb-key-save-delay 20000");
        await CacheFiller.FillAsync(port, 200);
        using var lab = new CacheLab(port);
        ChangePlan plan = await lab.PlanBackupAsync();
        Task<ChangeResult?> running = new ChangeRunner(lab.Context).RunAsync(plan, default);
        await Bound.UntilAsync(async () => (await CacheFiller.RunAsync(port, "info replication\n")).Contains("connected_slaves:1", StringComparison.Ordinal));
        await redis.KillAsync(port);
        Assert.Equal("CacheBackupFailed", (await Assert.ThrowsAsync<OpsException>(() => running)).ErrorId);
        Assert.Empty(Directory.EnumerateFiles(lab.Folder["local"], "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_backup_that_was_damaged_is_found()
    {
        int port = await StartAsync();
        await CacheFiller.FillAsync(port, 5);
        using var lab = new CacheLab(port);
        BackupRecord made = await lab.BackUpAsync();
        string file = lab.PathOf(made);
        byte[] bytes = await File.ReadAllBytesAsync(file);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(file, bytes);
        Assert.Equal(BackupFinding.Altered, (await new BackupTester(lab.Context).TestAsync(made, BackupTestLevel.Structure, default)).Finding);
        // One that was stored so is found by its own content.
        Assert.NotEqual(BackupFinding.None, (await new BackupTester(lab.Context).TestAsync(
            made with { Sha256 = Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(bytes)).ToLowerInvariant() }, BackupTestLevel.Structure, default)).Finding);
    }
}
