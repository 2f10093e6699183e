using OpsModule.Connections.Redis;
using OpsModule.Connections.Redis.Rdb;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Changing;
using OpsModule.Engine.Areas.Backups.Contents;
using OpsModule.Engine.Areas.Backups.Stages;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;

namespace OpsModule.Engine.Areas.Caches.Backing;

/// <summary>
/// Makes one backup of a cache: the server's replication stream, read and counted, compressed, encrypted, hashed and written to every store
/// at once. Nothing is written on the server's disk.
/// </summary>
/// <param name="run">The change that it is made in.</param>
/// <param name="what">What is backed up.</param>
internal sealed class CacheBackup(ChangeRun run, BackupArguments what)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly OpsContext _context = run.Context;
    private readonly List<OpsException> _failures = [];

    /// <summary>Makes it; each store that fails while others go on is told.</summary>
    /// <param name="key">Its object's key.</param>
    /// <param name="cancellationToken">Stops it and leaves nothing behind.</param>
    /// <exception cref="OpsException">When no store has the backup.</exception>
    public async Task<BackupOutcome> MakeAsync(string key, CancellationToken cancellationToken)
    {
        try
        {
            RedisServer server = await CacheServers.ResolveAsync(_context, what.Name, cancellationToken).ConfigureAwait(false);
            CacheSurvey survey = await AskAsync(server, cancellationToken).ConfigureAwait(false);
            BackUpCache.RefuseStale(survey);
            var draft = new BackupRecord
            {
                Id = BackupKeys.IdOf(key), Environment = _context.Environment.Name, Kind = BackupKind.Cache, Name = what.Name, Key = key,
                StartedAt = _context.Time.GetUtcNow(), Compression = what.Compression, Encrypted = BackupKeys.IsEncrypted(key), Sha256 = "",
                ServerVersion = survey.Version, Labels = what.Labels, Signature = new BackupCatalog(_context).SignatureOfNew,
            };
            return new BackupOutcome(await StreamAsync(server, survey, draft, cancellationToken).ConfigureAwait(false), _failures);
        }
        catch (Exception e)
        {
            List<string> kept = await BackupUpload.RemoveAsync(run, what.Stores, key).ConfigureAwait(false);
            if (e is OperationCanceledException && kept.Count > 0)
                _context.Reporter.Warning($"The backup of {what.Words} was stopped; it is complete in {string.Join(", ", kept)}.");
            if (e is OpsException or OperationCanceledException) throw;
            throw CacheErrors.CacheBackupFailed.Make($"The backup of {what.Words} was not made: {e.Message}",
                "Mend the cause, then run it again.", what.Target, e);
        }
    }

    private async Task<IReadOnlyList<BackupRecord>> StreamAsync(RedisServer server, CacheSurvey survey, BackupRecord draft,
        CancellationToken ct)
    {
        long started = _context.Time.GetTimestamp();
        var progress = new BackupProgress(_context, 1, $"Back up {what.Words}", 0);
        await using BackupUpload upload = await BackupUpload.OpenAsync(run, draft, what.Stores, StoreFailed, ct).ConfigureAwait(false);
        var counter = new CacheCounter { ExpiredBefore = draft.StartedAt.ToUnixTimeMilliseconds() };
        RdbFacts rdb = await TakeAsync(server, survey, upload, counter, progress, ct).ConfigureAwait(false);
        await upload.Target.CompleteAsync(ct).ConfigureAwait(false);
        await run.ReachAsync("dumped").ConfigureAwait(false);
        await upload.CommitAsync(ct).ConfigureAwait(false);
        await run.ReachAsync("stored").ConfigureAwait(false);
        BackupRecord record = upload.Described with
        {
            Duration = _context.Time.GetElapsedTime(started), SourceBytes = rdb.Bytes,
            Cache = counter.Facts(rdb) with
            {
                Server = survey.Server, RunId = survey.RunId, FromReplica = survey.IsReplica, MaxMemory = survey.MaxMemory,
                Policy = survey.Policy, UsedMemory = survey.UsedMemory,
            },
        };
        IReadOnlyList<BackupRecord> records = await upload.PublishAsync(record, null, ct).ConfigureAwait(false);
        progress.Close();
        return records;
    }

    private async Task<RdbFacts> TakeAsync(RedisServer server, CacheSurvey before, BackupUpload upload, CacheCounter counter,
        BackupProgress progress, CancellationToken ct)
    {
        await using RunningProgram program = ProgramRunner.Start(server.Tool("--rdb", "-"));
        program.Input.Close();
        using var output = new BatchedSource(program, ct);
        var source = new CopiedSource(new MarkedSource(output), upload.Target, progress.Report, ct);
        try
        {
            RdbFacts rdb = await Task.Run(() => RdbReader.Walk(source, counter, ct), CancellationToken.None).ConfigureAwait(false);
            await program.WaitAsync(ct).ConfigureAwait(false);
            return rdb;
        }
        catch (OpsException e) when (RdbErrors.RdbTruncated.Is(e) || RdbErrors.RdbDamaged.Is(e) || e.ErrorId == "ProgramFailed")
        {
            ct.ThrowIfCancellationRequested();
            throw await ExplainAsync(server, before, program, e, ct).ConfigureAwait(false);
        }
    }

    /// <summary>What redis-cli and the server say of it comes before what the broken stream looks like.</summary>
    private async Task<OpsException> ExplainAsync(RedisServer server, CacheSurvey before, RunningProgram program, OpsException error,
        CancellationToken ct)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(Patience);
        OpsException cause = error;
        try { await program.WaitAsync(patience.Token).ConfigureAwait(false); }
        catch (OpsException e) { cause = e; }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested) { /* it still runs: the stream itself is what there is to tell */ }
        CacheSurvey? now = null;
        try { now = await AskAsync(server, ct).ConfigureAwait(false); }
        catch (OpsException) { /* a server that is gone is told below */ }
        return CacheFailure.Of(what.Words, what.Target, program.ErrorTail, before, now, cause);
    }

    private static async Task<CacheSurvey> AskAsync(RedisServer server, CancellationToken ct)
    {
        using RedisConnection connection = await server.ConnectAsync(ct).ConfigureAwait(false);
        return await CacheSurvey.AskAsync(server, connection, ct).ConfigureAwait(false);
    }

    private void StoreFailed(OpsException error)
    {
        _failures.Add(error);
        _context.Reporter.Failed(error);
    }
}
