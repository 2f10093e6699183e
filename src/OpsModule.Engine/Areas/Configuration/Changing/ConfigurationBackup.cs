using System.Formats.Tar;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Contents;
using OpsModule.Engine.Areas.Backups.Stages;
using OpsModule.Engine.Areas.Configuration.Archiving;
using OpsModule.Engine.Areas.Configuration.Reading;
using OpsModule.Engine.Areas.Configuration.Redacting;
using OpsModule.Engine.Areas.Configuration.Sources;
using OpsModule.Engine.Areas.Rollouts.Revisions;
using OpsModule.Engine.Areas.Rollouts.Sealing;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Configuration.Changing;

/// <summary>Makes one backup of the configuration: read, redacted where asked, tar, compression, encryption and every store in one
/// stream.</summary>
/// <param name="run">The change that it is made in.</param>
/// <param name="what">How.</param>
internal sealed class ConfigurationBackup(ChangeRun run, ConfigurationBackupArguments what)
{
    private readonly OpsContext _context = run.Context;
    private readonly RevisionKey _key = ConfigurationKey.Of(run.Context);
    private readonly List<OpsException> _failures = [];
    private readonly List<ConfiguredItem> _items = [];
    private readonly List<string> _redactions = [];

    /// <summary>Makes it; each store that fails while others go on is told.</summary>
    /// <param name="key">Its object's key.</param>
    /// <param name="cancellationToken">Stops it and leaves nothing behind.</param>
    /// <exception cref="OpsException">When no store has the backup.</exception>
    public async Task<BackupOutcome> MakeAsync(string key, CancellationToken cancellationToken)
    {
        try
        {
            var draft = new BackupRecord
            {
                Id = BackupKeys.IdOf(key), Environment = _context.Environment.Name, Kind = BackupKind.Configuration,
                Name = ConfigurationBackupArguments.Name, Key = key, StartedAt = _context.Time.GetUtcNow(), Compression = what.Compression,
                Encrypted = BackupKeys.IsEncrypted(key), Sha256 = "", Labels = what.Labels,
                Signature = new BackupCatalog(_context).SignatureOfNew,
            };
            return new BackupOutcome(await StreamAsync(draft, cancellationToken).ConfigureAwait(false), _failures);
        }
        catch (Exception e)
        {
            List<string> kept = await BackupUpload.RemoveAsync(run, what.Stores, key).ConfigureAwait(false);
            if (e is OperationCanceledException && kept.Count > 0)
                _context.Reporter.Warning($"The backup of the configuration was stopped; it is complete in {string.Join(", ", kept)}.");
            if (e is OperationCanceledException or OpsException { ErrorId: not "ProgramFailed" }) throw;
            throw Explain(e);
        }
    }

    private async Task<IReadOnlyList<BackupRecord>> StreamAsync(BackupRecord draft, CancellationToken cancellationToken)
    {
        long started = _context.Time.GetTimestamp();
        var walker = new ConfigurationWalker(ConfigurationSources.Find(_context), _key);
        await using BackupUpload upload = await BackupUpload.OpenAsync(run, draft, what.Stores, StoreFailed,
            cancellationToken).ConfigureAwait(false);
        long bytes = await ArchiveAsync(walker, upload.Target, cancellationToken).ConfigureAwait(false);
        if (_items.All(i => i.Kind != ConfiguredKind.File)) throw ConfigurationBackupPlanner.Empty(_context);
        await upload.Target.CompleteAsync(cancellationToken).ConfigureAwait(false);
        await run.ReachAsync("archived").ConfigureAwait(false);
        await upload.CommitAsync(cancellationToken).ConfigureAwait(false);
        await run.ReachAsync("stored").ConfigureAwait(false);
        return await upload.PublishAsync(upload.Described with
        {
            Duration = _context.Time.GetElapsedTime(started), SourceBytes = bytes, LeftOut = [.. walker.LeftOut.Distinct()],
            Configuration = new ConfigurationContents
            {
                Files = _items.Count(i => i.Kind is ConfiguredKind.File or ConfiguredKind.HardLink), Key = ConfigurationKey.NameOf(_key),
                IsRedacted = what.Redact, Sources = walker.Taken, Redactions = _redactions, Packed = ConfigurationContents.Pack(_items),
            },
        }, null, cancellationToken).ConfigureAwait(false);
    }

    private async Task<long> ArchiveAsync(ConfigurationWalker walker, Stream target, CancellationToken ct)
    {
        Redactor? redactor = what.Redact ? ConfigurationKey.RedactorOf(_context, _key) : null;
        var counted = new CountedStream(target);
        // Headers of half a kilobyte would each be a write of their own.
        var buffered = new BufferedStream(counted, 256 * 1024);
        await using (buffered.ConfigureAwait(false))
        {
            var tar = new TarWriter(buffered, TarEntryFormat.Pax, leaveOpen: true);
            await using (tar.ConfigureAwait(false))
            {
                var archive = new ConfigurationTar(tar);
                foreach (ReadItem read in walker.Read(ct))
                {
                    (ConfiguredItem item, byte[]? content) = Redacted(read, redactor);
                    _items.Add(item);
                    await archive.AddAsync(read, content, ct).ConfigureAwait(false);
                }
            }
            await buffered.FlushAsync(ct).ConfigureAwait(false);
        }
        return counted.Bytes;
    }

    private (ConfiguredItem Item, byte[]? Content) Redacted(ReadItem read, Redactor? redactor)
    {
        if (redactor is not null && read.Item.Kind == ConfiguredKind.HardLink && _items.Find(i => i.Name == read.Item.Target) is { } first)
            return (read.Item with { Redacted = first.Redacted }, null);
        if (redactor is null || read.Content is null) return (read.Item, read.Content);
        string words = ConfigurationNames.Words(read.Item.Name);
        if (redactor.Redact(read.Content, read.IsSecret) is not { } left)
        {
            _redactions.Add($"{words}: all of it, because it is no text and nobody can say what is in it");
            return (read.Item with { Redacted = 1 }, "<redacted>\n"u8.ToArray());
        }
        if (left.Values.Count == 0) return (read.Item, read.Content);
        _redactions.AddRange(left.Values.Select(v => v.Words(words)));
        return (read.Item with { Redacted = left.Values.Count }, System.Text.Encoding.UTF8.GetBytes(left.Text));
    }

    private void StoreFailed(OpsException error)
    {
        _failures.Add(error);
        _context.Reporter.Failed(error);
    }

    private static OpsException Explain(Exception e) => e switch
    {
        OpsException { ErrorId: "ProgramFailed", Target: "age" } => new OpsException("EncryptionFailed", OpsErrorCategory.WriteError,
            $"The backup of the configuration was not made, because it could not be encrypted: {e.Message}",
            "Correct backups.encryption.recipients in the environment file; Test-OpsEnvironment checks their form.",
            ConfigurationBackupArguments.Target, e),
        OpsException known => known,
        _ => new OpsException("BackupFailed", OpsErrorCategory.WriteError, $"The backup of the configuration was not made: {e.Message}",
            "Mend the cause, then run it again.", ConfigurationBackupArguments.Target, e),
    };
}
