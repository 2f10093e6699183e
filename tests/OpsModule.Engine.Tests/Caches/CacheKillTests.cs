using OpsModule.Engine.Tests.Changes.Killing;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Caches;

/// <summary>Changes of caches, killed at each place and then gone on with or taken back.</summary>
public sealed class CacheKillTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    [Fact]
    public async Task A_backup_is_whole_or_not_there()
    {
        int port = await redis.StartAsync("killed-backup", "save \"\"\nrepl-diskless-sync-delay 0");
        await using var lab = new CacheKillLab(port);
        await KilledKinds.ProveAsync(lab);
    }
}
