using OpsModule.Connections.Redis.Rdb;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Caches.Restoring;

/// <summary>Walks through a stored backup of a cache.</summary>
internal static class CacheContent
{
    /// <summary>Walks from its first to its last byte; the checksums of the store and of the RDB are checked at the end.</summary>
    public static async Task<RdbFacts> WalkAsync(OpsContext context, BackupRecord backup, RdbVisitor visitor, CancellationToken ct)
    {
        var progress = new BackupProgress(context, 2, $"Read {backup.Id}", backup.StoredBytes);
        await using Stream stream = await BackupReader.OpenAsync(context, backup.Require(BackupKind.Cache), ct,
            progress.Report).ConfigureAwait(false);
        RdbFacts facts = await Task.Run(() => RdbReader.Walk(stream, visitor, ct), CancellationToken.None).ConfigureAwait(false);
        progress.Close();
        return facts;
    }
}
