using OpsModule.Connections.Postgres;
using OpsModule.Connections.Postgres.Archives;
using OpsModule.Connections.Postgres.Catalogues;
using OpsModule.Connections.Postgres.Globals;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Backups.Dumping;
using OpsModule.Engine.Areas.Backups.Listing;
using OpsModule.Engine.Areas.Backups.Stages;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;

namespace OpsModule.Engine.Areas.Backups.Changing;

/// <summary>
/// Makes one backup of a PostgreSQL database or of a tenant: pg_dump, digests, compression, encryption, SHA-256 and every store in one stream.
/// The manifest is written last; until it exists there is no backup.
/// </summary>
/// <param name="run">The change that it is made in.</param>
/// <param name="what">What is backed up.</param>
internal sealed class DatabaseBackup(ChangeRun run, BackupArguments what)
{
    private readonly OpsContext _context = run.Context;
    private readonly List<OpsException> _failures = [];

    /// <summary>Makes it; each store that fails while others go on is told.</summary>
    /// <param name="key">Its object's key.</param>
    /// <param name="cancellationToken">Stops the dump and leaves nothing behind.</param>
    /// <exception cref="OpsException">When no store has the backup.</exception>
    public async Task<BackupOutcome> MakeAsync(string key, CancellationToken cancellationToken)
    {
        try
        {
            PostgresServer server = await DatabaseServers.ResolveAsync(_context, what.Name, cancellationToken).ConfigureAwait(false);
            var draft = new BackupRecord
            {
                Id = BackupKeys.IdOf(key), Environment = _context.Environment.Name, Name = what.Name, Tenant = what.Tenant,
                Schema = what.Tenant is null ? null : TenantSchemas.SchemaOf(server.Settings, what.Tenant), Key = key,
                StartedAt = _context.Time.GetUtcNow(), Compression = what.Compression, Encrypted = BackupKeys.IsEncrypted(key), Sha256 = "",
                ServerVersion = "", Labels = what.Labels, Signature = new BackupCatalog(_context).SignatureOfNew,
            };
            return new BackupOutcome(await StreamAsync(server, draft, cancellationToken).ConfigureAwait(false), _failures);
        }
        catch (Exception e)
        {
            List<string> kept = await BackupUpload.RemoveAsync(run, what.Stores, key).ConfigureAwait(false);
            if (e is OperationCanceledException && kept.Count > 0)
                _context.Reporter.Warning($"The backup of {what.Words} was stopped; it is complete in {string.Join(", ", kept)}.");
            if (e is OperationCanceledException) throw;
            throw Explain(e);
        }
    }

    private async Task<IReadOnlyList<BackupRecord>> StreamAsync(PostgresServer server, BackupRecord draft,
        CancellationToken cancellationToken)
    {
        long started = _context.Time.GetTimestamp();
        var progress = new BackupProgress(_context, 1, $"Back up {what.Words}", BackupArguments.BytesOf(run.Plan));
        await using BackupUpload upload = await BackupUpload.OpenAsync(run, draft, what.Stores, StoreFailed,
            cancellationToken).ConfigureAwait(false);
        await using SnapshotDump dump = await SnapshotDump.StartAsync(_context, server, draft.Schema,
            snapshot => DumpCall(server, draft.Schema, snapshot), cancellationToken).ConfigureAwait(false);
        var archive = new ArchiveWriter(upload.Target, progress.Report);
        DumpContent content = await DumpContent.CopyAsync(dump.Program, dump.Output, archive, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<CatalogueObject>? objects = await dump.Snapshot.ReadAsync(cancellationToken).ConfigureAwait(false);
        ClusterGlobals? globals = await dump.Snapshot.ReadGlobalsAsync(cancellationToken).ConfigureAwait(false);
        DatabaseFacts facts = await dump.Snapshot.DescribeAsync(draft.Schema, cancellationToken).ConfigureAwait(false);
        await upload.Target.CompleteAsync(cancellationToken).ConfigureAwait(false);
        await run.ReachAsync("dumped").ConfigureAwait(false);
        await upload.CommitAsync(cancellationToken).ConfigureAwait(false);
        await run.ReachAsync("stored").ConfigureAwait(false);
        BackupRecord record = upload.Described with
        {
            Duration = _context.Time.GetElapsedTime(started),
            SourceBytes = archive.Bytes,
            ServerVersion = facts.ServerVersion,
            Extensions = facts.Extensions,
            LeftOut = facts.LeftOut,
            ToolVersion = content.ToolVersion,
            Tables = content.Tables,
            Catalogue = objects is null ? null
                : await CatalogueFingerprint.PackAsync(objects, _context.Environment.Backups.Recipients, CatalogueFingerprint.MaxBytes,
                    cancellationToken).ConfigureAwait(false),
            ClusterGlobals = globals is null ? null : await PackedGlobals.PackAsync(_context, globals, PackedGlobals.MaxBytes,
                cancellationToken).ConfigureAwait(false),
        };
        LossMark? losses = await BackupLosses.FindAsync(_context, record, upload.Stored, cancellationToken).ConfigureAwait(false);
        if (losses is not null)
        {
            record = record with { Losses = losses.Lost };
            _context.Reporter.Warning($"Backup {record.Id} of {what.Words} lacks what {losses.Before} had: {string.Join("; ", losses.Lost.Take(3))}"
                + $"{(losses.Lost.Count > 3 ? $" and {losses.Lost.Count - 3} more" : "")}. When that was meant: Approve-OpsBackup {record.Id} -Reason ...");
        }
        IReadOnlyList<BackupRecord> records = await upload.PublishAsync(record, losses, cancellationToken).ConfigureAwait(false);
        progress.Close();
        return records;
    }

    private void StoreFailed(OpsException error)
    {
        _failures.Add(error);
        _context.Reporter.Failed(error);
    }

    /// <summary>The call of pg_dump.</summary>
    internal static ProgramCall DumpCall(PostgresServer server, string? only, string? snapshot)
    {
        // -Z0: compression is ours, on all cores. The lock wait is bounded, because a dump that queues for a lock blocks those behind it.
        var arguments = new List<string> { "--format=custom", "--compress=0", "--no-password", "--lock-wait-timeout=60000" };
        if (snapshot is not null) arguments.Add("--snapshot=" + snapshot);
        if (only is { } schema) arguments.AddRange(["--schema=" + SqlName.Pattern(schema), "--strict-names"]);
        else arguments.Add("--exclude-schema=ops_stage_*");
        return server.Tool("pg_dump", arguments, settings: CopySettings.DumpOptions);
    }

    private OpsException Explain(Exception e) => e switch
    {
        OpsException { ErrorId: "ProgramFailed", Target: "age" } failed => new OpsException("EncryptionFailed", OpsErrorCategory.WriteError,
            $"The backup of {what.Words} was not made, because it could not be encrypted: {failed.Message}", "Correct backups.encryption.recipients in the environment file; Test-OpsEnvironment checks their form.", what.Target, e),
        OpsException { ErrorId: "ProgramFailed" } failed => new OpsException("DumpFailed", OpsErrorCategory.ReadError,
            $"The backup of {what.Words} was not made: {failed.Message}", "Mend what pg_dump reports, then run it again.", what.Target, e),
        OpsException known => known,
        _ => new OpsException("BackupFailed", OpsErrorCategory.WriteError, $"The backup of {what.Words} was not made: {e.Message}",
            "Mend the cause, then run it again.", what.Target, e),
    };
}
