using OpsModule.Engine.Areas.Caches.Backing;
using OpsModule.Engine.Areas.Caches.Forgetting;
using OpsModule.Engine.Areas.Caches.Restoring;
using OpsModule.Engine.Tests.Changes.Killing;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Caches;

/// <summary>Changes of caches, killed at each place and then gone on with or taken back.</summary>
public sealed class CacheKillTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    [Theory]
    [InlineData(BackUpCache.KindName)]
    [InlineData(SwapCache.KindName)]
    [InlineData(LoadCache.KindName)]
    [InlineData(ForgetReplaced.KindName)]
    public async Task Killed_anywhere_it_is_gone_on_with_or_taken_back(string kind)
    {
        int port = await redis.StartAsync("killed-" + kind, "save \"\"\nrepl-diskless-sync-delay 0");
        await using var lab = new CacheKillLab(port, kind);
        await KilledKinds.ProveAsync(lab);
    }
}
