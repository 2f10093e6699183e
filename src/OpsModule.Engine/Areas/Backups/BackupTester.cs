using OpsModule.Connections.Postgres;
using OpsModule.Connections.Postgres.Archives;
using OpsModule.Connections.Redis.Rdb;
using OpsModule.Engine.Areas.Backups.Contents;
using OpsModule.Engine.Areas.Backups.Signing;
using OpsModule.Engine.Areas.Backups.Stages;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;

namespace OpsModule.Engine.Areas.Backups;

/// <summary>Tests stored backups. What is wrong becomes a result, not an exception.</summary>
public sealed class BackupTester(OpsContext context)
{
    /// <summary>How areas that make backups of other kinds read them to their end, and what they say of one that is good.</summary>
    internal static IReadOnlyDictionary<BackupKind, Func<OpsContext, BackupRecord, CancellationToken, Task<string>>> OfKinds { get; set; } =
        new Dictionary<BackupKind, Func<OpsContext, BackupRecord, CancellationToken, Task<string>>>();

    /// <summary>Tests one backup; a pass is recorded beside its manifest, and so is a failure, which takes an earlier pass away.</summary>
    /// <exception cref="OpsException"><c>IdentityMissing</c>, <c>IdentityWrong</c> and what else keeps this machine from testing it; the record stays as it is.</exception>
    public async Task<BackupTestResult> TestAsync(BackupRecord backup, BackupTestLevel level, CancellationToken cancellationToken)
    {
        long started = context.Time.GetTimestamp();
        BackupFinding finding = BackupFinding.None;
        string message;
        try
        {
            BackupTrust.Check(context, backup);
            message = level == BackupTestLevel.Checksum
                ? await ChecksumAsync(backup, cancellationToken).ConfigureAwait(false)
                : await StructureAsync(backup, cancellationToken).ConfigureAwait(false);
        }
        catch (OpsException e) when (e.ErrorId == "IdentityWrong")
        {
            // Bytes that are as they were stored cannot be blamed for a key that does not fit; altered ones can.
            (finding, message) = await PreferChecksumAsync(backup, BackupFinding.Unreadable, e.Message, cancellationToken).ConfigureAwait(false);
            if (finding == BackupFinding.Unreadable) throw;
        }
        catch (Exception e) when (Classify(e) is not null)
        {
            finding = Classify(e)!.Value;
            message = e.Message;
            // What an altered stream looks like further on matters less than that it was altered.
            if (finding is BackupFinding.Unreadable or BackupFinding.ContentDiffers && level == BackupTestLevel.Structure)
                (finding, message) = await PreferChecksumAsync(backup, finding, message, cancellationToken).ConfigureAwait(false);
        }
        await MarkAsync(backup, level, finding, message, cancellationToken).ConfigureAwait(false);
        return new BackupTestResult(backup, level, finding == BackupFinding.None, finding, message, backup.Store, backup.Location,
            context.Time.GetElapsedTime(started));
    }

    private async Task<string> ChecksumAsync(BackupRecord backup, CancellationToken cancellationToken)
    {
        var progress = new BackupProgress(context, 2, $"Test {backup.Id}", backup.StoredBytes);
        await using Stream check = await BackupReader.OpenStoredAsync(context, backup, cancellationToken, progress.Report).ConfigureAwait(false);
        byte[] buffer = new byte[256 * 1024];
        while (await check.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) > 0) { }
        progress.Close();
        return $"{backup.StoredBytes:N0} bytes have the SHA-256 of the manifest.";
    }

    private Task<string> StructureAsync(BackupRecord backup, CancellationToken cancellationToken) => backup.Kind switch
    {
        BackupKind.Database => ArchiveAsync(backup, cancellationToken),
        BackupKind.Cache => RdbAsync(backup, cancellationToken),
        _ when OfKinds.TryGetValue(backup.Kind, out var test) => test(context, backup, cancellationToken),
        // A level that is not there must not read as a pass.
        _ => throw BackupErrors.BackupOfAnotherKind.Make($"Backup {backup.Id} is of the {backup.Subject.Words}, and this version reads no such backup to its end.",
            "Test it with -Level Checksum.", backup.Id),
    };

    private async Task<string> RdbAsync(BackupRecord backup, CancellationToken cancellationToken)
    {
        var progress = new BackupProgress(context, 2, $"Test {backup.Id}", backup.StoredBytes);
        await using Stream stream = await BackupReader.OpenAsync(context, backup, cancellationToken, progress.Report).ConfigureAwait(false);
        var counter = new CacheCounter { ExpiredBefore = backup.StartedAt.ToUnixTimeMilliseconds() };
        RdbFacts rdb = await Task.Run(() => RdbReader.Walk(stream, counter, cancellationToken),
            CancellationToken.None).ConfigureAwait(false);
        progress.Close();
        CacheFacts found = counter.Facts(rdb);
        if (backup.Cache is not { } said || said.Digest != found.Digest || said.Keys != found.Keys || said.Functions != found.Functions)
            throw new OpsException("ContentDiffers", OpsErrorCategory.InvalidData,
                FormattableString.Invariant($"It holds {found.Keys:N0} keys, and they are not those of the manifest, which has {backup.Cache?.Keys ?? 0:N0}."), "Use another backup.", backup);
        return FormattableString.Invariant($"{found.Keys:N0} keys have the databases, types and expiries of the manifest")
            + (rdb.HasChecksum ? ", and the checksum of the RDB is right." : "; the server had written no checksum of its own.");
    }

    private async Task<string> ArchiveAsync(BackupRecord backup, CancellationToken cancellationToken)
    {
        var progress = new BackupProgress(context, 2, $"Test {backup.Id}", backup.StoredBytes);
        await using Stream archive = await BackupReader.OpenAsync(context, backup, cancellationToken, progress.Report).ConfigureAwait(false);
        (DumpContent content, ArchiveHeader header) = await DumpContent.ReadAsync(archive, cancellationToken).ConfigureAwait(false);
        progress.Close();
        IReadOnlyList<TableDifference> differences = TableDifference.Find(backup.Tables, content.Tables);
        if (differences.Count > 0)
            throw new OpsException("ContentDiffers", OpsErrorCategory.InvalidData, TableDifference.Describe(differences) + ".", "Use another backup.", backup);
        bool listed = await ListAsync(header.RawBytes, cancellationToken).ConfigureAwait(false);
        return $"{backup.Tables.Count} tables with {backup.Tables.Sum(t => t.Rows):N0} rows have the digests of the manifest"
            + (listed ? ", and pg_restore lists the archive." : "; no pg_restore that knows this archive is installed here, so its listing was read by this module alone.");
    }

    /// <summary>Lets pg_restore read the table of contents; false where none that knows it is installed.</summary>
    private static async Task<bool> ListAsync(ReadOnlyMemory<byte> header, CancellationToken cancellationToken)
    {
        try
        {
            await using RunningProgram program = ProgramRunner.Start(new ProgramCall(PostgresTools.Locate("pg_restore", 0), "--list"));
            Task drain = program.Output.CopyToAsync(Stream.Null, cancellationToken);
            try
            {
                await program.Input.WriteAsync(header, cancellationToken).ConfigureAwait(false);
                program.Input.Close();
            }
            catch (IOException) { /* it has read enough, or its exit code says why not */ }
            await drain.ConfigureAwait(false);
            await program.WaitAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }
        // One that is older than the backup knows nothing against it.
        catch (OpsException e) when (e.ErrorId == "ProgramMissing" || e.Message.Contains("unsupported version", StringComparison.Ordinal))
        {
            return false;
        }
    }

    private async Task<(BackupFinding, string)> PreferChecksumAsync(BackupRecord backup, BackupFinding finding, string message, CancellationToken cancellationToken)
    {
        try
        {
            await ChecksumAsync(backup, cancellationToken).ConfigureAwait(false);
            return (finding, message);
        }
        catch (OpsException e) when (Classify(e) is { } better)
        {
            return (better, e.Message);
        }
    }

    private async Task MarkAsync(BackupRecord backup, BackupTestLevel level, BackupFinding finding, string message,
        CancellationToken cancellationToken)
    {
        var catalog = new BackupCatalog(context);
        try
        {
            // An object that is gone is seen without a mark, and what is not trusted may be by another setting.
            if (finding is BackupFinding.Missing or BackupFinding.NotTrusted)
                await catalog.ClearVerifiedAsync(backup, cancellationToken).ConfigureAwait(false);
            else if (finding != BackupFinding.None)
                await catalog.MarkFailedAsync(backup, finding, message, cancellationToken).ConfigureAwait(false);
            else if (level == BackupTestLevel.Checksum
                && await catalog.FindFailureAsync(backup, cancellationToken).ConfigureAwait(false) is { IsOfContent: true } failure)
                context.Reporter.Warning($"Backup {backup.Id} in store {backup.Store} counts as damaged still: its bytes are as they were "
                    + $"stored, and a test of what is in them found at {failure.At.UtcDateTime:yyyy-MM-dd HH:mm} UTC: {failure.Message} "
                    + "Test-OpsBackup -Level Structure tells whether that is so.");
            else await catalog.MarkVerifiedAsync(backup, $"Test-OpsBackup -Level {level}", cancellationToken).ConfigureAwait(false);
        }
        // A backup in a store that one may only read is no worse for it.
        catch (OpsException e) { context.Reporter.Warning($"The outcome of the test of {backup.Id} could not be recorded in store {backup.Store}: {e.Message}"); }
    }

    private static BackupFinding? Classify(Exception e) => e switch
    {
        OpsException { ErrorId: "BackupNotSigned" or "BackupNotEncrypted" } => BackupFinding.NotTrusted,
        OpsException { ErrorId: "ObjectMissing" } => BackupFinding.Missing,
        OpsException { ErrorId: "BackupEmpty" } => BackupFinding.Empty,
        OpsException { ErrorId: "BackupTruncated" } => BackupFinding.Truncated,
        OpsException { ErrorId: "BackupAltered" } => BackupFinding.Altered,
        OpsException { ErrorId: "ContentDiffers" } => BackupFinding.ContentDiffers,
        OpsException { ErrorId: "ArchiveUnreadable" or "NamesNotReadable" or "CompressionFailed" or "ProgramFailed" or "RdbTruncated" or "RdbDamaged" or "RdbUnknown" } or InvalidDataException => BackupFinding.Unreadable,
        _ => null,
    };
}
