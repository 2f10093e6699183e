using OpsModule.Connections.Redis.Rdb;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Contents;
using OpsModule.Engine.Areas.Caches.Restoring;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Caches.Measuring;

/// <summary>Tells what is in a backup of a cache, or in an RDB file, without asking a server.</summary>
public static class CacheAnalyst
{
    /// <summary>Of a backup.</summary>
    /// <param name="context">The environment and its stores.</param>
    /// <param name="backup">The backup.</param>
    /// <param name="depth">How many parts of a name make its beginning.</param>
    /// <param name="largest">How many of the largest keys are told.</param>
    /// <param name="ct">Ends it.</param>
    /// <exception cref="OpsException"><c>BackupOfAnotherKind</c>, <c>RdbDamaged</c>, <c>RdbTruncated</c>, <c>RdbUnknown</c>, and what the
    /// store reports.</exception>
    public static async Task<CacheReport> MeasureAsync(OpsContext context, BackupRecord backup, int depth, int largest,
        CancellationToken ct)
    {
        var meter = new CacheMeter(depth, largest, context.Time.GetUtcNow().ToUnixTimeMilliseconds())
        {
            ExpiredBefore = backup.StartedAt.ToUnixTimeMilliseconds(),
        };
        RdbFacts rdb = await CacheContent.WalkAsync(context, backup, meter, ct).ConfigureAwait(false);
        return Report(backup.Id, rdb, meter) with
        {
            Environment = backup.Environment, Name = backup.Name, MadeAt = backup.StartedAt, ServerVersion = backup.ServerVersion,
        };
    }

    /// <summary>Of a file that a server has written, or that redis-cli --rdb has.</summary>
    /// <param name="file">Its path.</param>
    /// <param name="time">The clock.</param>
    /// <param name="depth">How many parts of a name make its beginning.</param>
    /// <param name="largest">How many of the largest keys are told.</param>
    /// <param name="ct">Ends it.</param>
    /// <exception cref="OpsException"><c>CacheFileUnreadable</c>, and as the other.</exception>
    public static async Task<CacheReport> MeasureAsync(string file, TimeProvider time, int depth, int largest, CancellationToken ct)
    {
        FileStream stream;
        try { stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CacheErrors.CacheFileUnreadable.Make($"The file {file} cannot be read: {e.Message.TrimEnd('.')}.",
                "Name a file that a Redis server has written.", file, e);
        }
        await using var _ = stream.ConfigureAwait(false);
        long now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var meter = new CacheMeter(depth, largest, now)
        {
            ExpiredBefore = new DateTimeOffset(File.GetLastWriteTimeUtc(file), TimeSpan.Zero).ToUnixTimeMilliseconds(),
        };
        RdbFacts rdb = await Task.Run(() => RdbReader.Walk(stream, meter, ct), CancellationToken.None).ConfigureAwait(false);
        return Report(file, rdb, meter);
    }

    private static CacheReport Report(string source, RdbFacts rdb, CacheMeter meter)
    {
        CacheFacts facts = meter.Facts(rdb);
        return new CacheReport
        {
            Source = source, MadeAt = rdb.MadeAt, ServerVersion = rdb.ServerVersion ?? "", RdbVersion = rdb.Version, Bytes = rdb.Bytes,
            Keys = facts.Keys,
            Expiring = facts.Expiring, Expired = facts.Expired, ExpiredNow = meter.ExpiredNow, Databases = facts.Databases,
            Types = facts.Types,
            Prefixes = meter.Prefixes, Biggest = meter.Biggest, Modules = facts.Modules, Functions = facts.Functions,
            HasChecksum = facts.HasChecksum,
        };
    }
}
