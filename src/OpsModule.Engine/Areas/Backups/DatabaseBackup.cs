using OpsModule.Connections.Postgres;
using OpsModule.Connections.Stores;
using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Bytes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;

namespace OpsModule.Engine.Areas.Backups;

/// <summary>
/// Backs up a PostgreSQL database or its tenants: pg_dump, digests, compression, encryption, SHA-256 and every store in one stream.
/// The manifest is written last; until it exists there is no backup.
/// </summary>
public sealed class DatabaseBackup(OpsContext context)
{
    /// <summary>The cmdlet's name in journal and locks.</summary>
    public const string Action = "Backup-OpsDatabase";

    private PostgresServer? _server;

    /// <summary>Looks at the real system and says what would be made; changes nothing.</summary>
    /// <exception cref="OpsException">What cannot be planned, and the first tenant or store that is unknown.</exception>
    public Task<IReadOnlyList<BackupPlan>> PlanAsync(BackupRequest request, CancellationToken cancellationToken) =>
        PlanAsync(request, static unknown => throw unknown, cancellationToken);

    /// <summary>The same; a tenant or store that is unknown is told, and the plans are those of the others.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="onUnknown">Told of each tenant and store that is unknown.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<IReadOnlyList<BackupPlan>> PlanAsync(BackupRequest request, Action<OpsException> onUnknown, CancellationToken cancellationToken)
    {
        (_server, IReadOnlyList<BackupPlan> plans) = await new BackupPlanner(context).PlanAsync(request, onUnknown, cancellationToken).ConfigureAwait(false);
        return plans;
    }

    /// <summary>The same planned backups, told of elsewhere: several run side by side, each with a reporter of its own.</summary>
    public DatabaseBackup In(OpsContext other) => new(other) { _server = _server };

    /// <summary>Makes one planned backup; returns its record for each store that has it.</summary>
    /// <param name="plan">From PlanAsync of this same object.</param>
    /// <param name="onStoreFailed">Told of stores that failed while others went on.</param>
    /// <param name="cancellationToken">Stops the dump and leaves nothing behind.</param>
    /// <exception cref="OpsException">When no store has the backup.</exception>
    public async Task<IReadOnlyList<BackupRecord>> RunAsync(BackupPlan plan, Action<OpsException> onStoreFailed, CancellationToken cancellationToken)
    {
        PostgresServer server = _server ?? throw new InvalidOperationException("Plan first.");
        using IDisposable hold = context.Locks.AcquireForReading(plan.Target, Action);
        await new InterruptedBackups(context).CleanUpAsync(plan.Target, cancellationToken).ConfigureAwait(false);
        string id = BackupKeys.NewId(context.Time.GetUtcNow());
        bool encrypt = context.Environment.Backups.Recipients.Count > 0;
        string key = BackupKeys.Object(context.Environment.Name, plan.Database.Name, plan.Tenant, id, plan.Compression, encrypt);
        await using IJournaledChange change = await context.Journal.BeginAsync(Action, plan.Target,
            new Dictionary<string, string> { ["backup"] = id, ["key"] = key, ["stores"] = string.Join('\n', plan.Stores) }).ConfigureAwait(false);
        try
        {
            var draft = new BackupRecord
            {
                Id = id,
                Environment = context.Environment.Name,
                Name = plan.Database.Name,
                Tenant = plan.Tenant,
                Schema = plan.Schema,
                Key = key,
                StartedAt = context.Time.GetUtcNow(),
                Compression = plan.Compression,
                Encrypted = encrypt,
                Sha256 = "",
                ServerVersion = plan.ServerVersion,
                Labels = plan.Labels,
                Extensions = plan.Extensions,
                LeftOut = plan.LeftOut,
            };
            IReadOnlyList<BackupRecord> records = await StreamAsync(server, plan, draft, change, onStoreFailed, cancellationToken).ConfigureAwait(false);
            BackupRecord first = records[0];
            await change.CompleteAsync($"{first.SourceBytes:N0} bytes dumped, {first.StoredBytes:N0} stored in {string.Join(", ", records.Select(r => r.Store))}",
                new Dictionary<string, string> { ["sha256"] = first.Sha256 }).ConfigureAwait(false);
            return records;
        }
        catch (Exception e)
        {
            List<string> kept = await RemoveObjectsAsync(plan.Stores, key).ConfigureAwait(false);
            OpsException error = Explain(e, plan, kept, cancellationToken);
            await change.FailAsync(error.ErrorId, error.Message).ConfigureAwait(false);
            if (e is OperationCanceledException) throw;
            throw error;
        }
    }

    private async Task<IReadOnlyList<BackupRecord>> StreamAsync(PostgresServer server, BackupPlan plan, BackupRecord draft, IJournaledChange change,
        Action<OpsException> onStoreFailed, CancellationToken cancellationToken)
    {
        long started = context.Time.GetTimestamp();
        var progress = new BackupProgress(context, 1, $"Back up {plan.Description}", plan.Bytes);
        await using var fanOut = new StoreFanOut(await OpenUploadsAsync(plan, draft.Key, onStoreFailed, cancellationToken).ConfigureAwait(false));
        await using Stage stages = Stages(plan, fanOut);
        await change.StepAsync("dumping").ConfigureAwait(false);
        await using SnapshotDump dump = await SnapshotDump.StartAsync(context, server, plan.Schema, snapshot => DumpCall(server, plan, snapshot), cancellationToken).ConfigureAwait(false);
        var archive = new ArchiveWriter(stages, progress.Report);
        DumpContent content = await DumpContent.CopyAsync(dump.Program, dump.Output, archive, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<CatalogueObject>? objects = await dump.Snapshot.ReadAsync(cancellationToken).ConfigureAwait(false);
        await stages.CompleteAsync(cancellationToken).ConfigureAwait(false);
        await change.StepAsync("dumped").ConfigureAwait(false);
        IReadOnlyCollection<string> stored = await fanOut.CommitAsync(cancellationToken).ConfigureAwait(false);
        await change.StepAsync("stored").ConfigureAwait(false);
        foreach ((string store, Exception why) in fanOut.Failed) onStoreFailed(StoreFailed(store, draft, why));
        BackupRecord record = draft with
        {
            Duration = context.Time.GetElapsedTime(started),
            SourceBytes = archive.Bytes,
            StoredBytes = fanOut.Bytes,
            Sha256 = fanOut.Sha256,
            ToolVersion = content.ToolVersion,
            Tables = content.Tables,
            Catalogue = objects is null ? null
                : await CatalogueFingerprint.PackAsync(objects, context.Environment.Backups.Recipients, CatalogueFingerprint.MaxBytes, cancellationToken).ConfigureAwait(false),
        };
        var catalog = new BackupCatalog(context);
        var records = new List<BackupRecord>();
        var refused = new List<OpsException>();
        foreach (string store in stored)
        {
            try
            {
                await catalog.WriteManifestAsync(record, store, cancellationToken).ConfigureAwait(false);
                records.Add(record with { Store = store, Location = context.OpenStore(store).LocationOf(record.Key) });
            }
            catch (OpsException e)
            {
                await InterruptedBackups.RemoveAsync(context.OpenStore(store), record.Key, cancellationToken).ConfigureAwait(false);
                refused.Add(e);
            }
        }
        progress.Close();
        if (records.Count == 0) throw refused[0];
        refused.ForEach(onStoreFailed);
        return records;
    }

    /// <summary>Objects may already be there when the last step fails; without a manifest they are no backup. Returns the stores that have it whole.</summary>
    private async Task<List<string>> RemoveObjectsAsync(IReadOnlyList<string> stores, string key)
    {
        var kept = new List<string>();
        foreach (string store in stores)
        {
            try
            {
                if (!await InterruptedBackups.RemoveAsync(context.OpenStore(store), key, CancellationToken.None).ConfigureAwait(false)) kept.Add(store);
            }
            catch (OpsException e) { context.Reporter.Warning($"Store {store} could not be cleaned up: {e.Message} Test-OpsBackup will report what is left."); }
        }
        return kept;
    }

    private Stage Stages(BackupPlan plan, StoreFanOut fanOut)
    {
        IReadOnlyList<string> recipients = context.Environment.Backups.Recipients;
        Stage last = recipients.Count > 0 ? new ProgramFilter(Age.Encrypt(recipients), fanOut) : fanOut;
        return plan.Compression switch
        {
            Compression.Zstd => new ZstdCompressor(last),
            Compression.Gzip => new GzipCompressor(last),
            _ => last,
        };
    }

    private async Task<IReadOnlyDictionary<string, StoreUpload>> OpenUploadsAsync(BackupPlan plan, string key, Action<OpsException> onStoreFailed, CancellationToken cancellationToken)
    {
        var uploads = new Dictionary<string, StoreUpload>();
        var failures = new List<OpsException>();
        foreach (string store in plan.Stores)
        {
            try { uploads[store] = await context.OpenStore(store).CreateAsync(key, cancellationToken).ConfigureAwait(false); }
            catch (OpsException e) { failures.Add(e); }
        }
        if (uploads.Count == 0) throw failures[0];
        foreach (OpsException failure in failures) onStoreFailed(failure);
        return uploads;
    }

    private static ProgramCall DumpCall(PostgresServer server, BackupPlan plan, string? snapshot)
    {
        // -Z0: compression is ours, on all cores. The lock wait is bounded, because a dump that queues for a lock blocks those behind it.
        var arguments = new List<string> { "--format=custom", "--compress=0", "--no-password", "--lock-wait-timeout=60000" };
        if (snapshot is not null) arguments.Add("--snapshot=" + snapshot);
        if (plan.Schema is { } schema) arguments.AddRange(["--schema=" + SqlName.Pattern(schema), "--strict-names"]);
        else arguments.Add("--exclude-schema=ops_stage_*");
        return server.Tool("pg_dump", arguments, settings: CopySettings.DumpOptions);
    }

    private static OpsException Explain(Exception e, BackupPlan plan, List<string> kept, CancellationToken cancellationToken) => e switch
    {
        _ when cancellationToken.IsCancellationRequested => new OpsException("Cancelled", OpsErrorCategory.OperationStopped,
            $"The backup of {plan.Description} was stopped; " + (kept.Count == 0 ? "nothing of it was kept." : $"it is complete in {string.Join(", ", kept)}."),
            "Run it again.", plan.Target),
        OpsException { ErrorId: "ProgramFailed", Target: "age" } failed => new OpsException("EncryptionFailed", OpsErrorCategory.WriteError,
            $"The backup of {plan.Description} was not made, because it could not be encrypted: {failed.Message}", "Correct backups.encryption.recipients in the environment file; Test-OpsEnvironment checks their form.", plan.Target, e),
        OpsException { ErrorId: "ProgramFailed" } failed => new OpsException("DumpFailed", OpsErrorCategory.ReadError,
            $"The backup of {plan.Description} was not made: {failed.Message}", "Mend what pg_dump reports, then run it again.", plan.Target, e),
        OpsException known => known,
        _ => new OpsException("BackupFailed", OpsErrorCategory.WriteError, $"The backup of {plan.Description} was not made: {e.Message}",
            "Mend the cause, then run it again.", plan.Target, e),
    };

    private static OpsException StoreFailed(string store, BackupRecord draft, Exception why) =>
        why as OpsException ?? new OpsException("StoreFailed", OpsErrorCategory.WriteError, $"Store {store} did not take backup {draft.Id}: {why.Message}",
            "The other stores have it; mend this one and use Copy-OpsBackup.", store, why);
}
