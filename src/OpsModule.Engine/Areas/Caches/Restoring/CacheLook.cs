using OpsModule.Connections.Redis.Rdb;

namespace OpsModule.Engine.Areas.Caches.Restoring;

/// <summary>Counts what a restore would load, without loading it.</summary>
/// <param name="selection">What is asked for.</param>
internal sealed class CacheLook(CacheSelection selection) : RdbVisitor
{
    /// <summary>Keys that would be loaded, by database.</summary>
    public Dictionary<int, long> Keys { get; } = [];

    /// <summary>Keys that have expired.</summary>
    public long Expired { get; private set; }

    /// <summary>Libraries of functions.</summary>
    public int Functions { get; private set; }

    public override void OnKey(RdbKey key, ReadOnlyMemory<byte> payload)
    {
        if (!selection.Asks(key)) return;
        if (selection.IsExpired(key)) Expired++;
        else Keys[key.Database] = Keys.GetValueOrDefault(key.Database) + 1;
    }

    public override void OnFunction(ReadOnlyMemory<byte> code) => Functions++;
}
