using OpsModule.Connections.Stores;
using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Areas.Backups.Listing;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Bytes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Backups.Stages;

/// <summary>
/// A backup on its way to its stores: compressed, encrypted where the environment has recipients, hashed and written to all of them at
/// once. It is a
/// backup when <see cref="PublishAsync"/> has written its manifest, and nothing before.
/// </summary>
internal sealed class BackupUpload : IAsyncDisposable
{
    private readonly ChangeRun _run;
    private readonly BackupRecord _draft;
    private readonly Action<OpsException> _onStoreFailed;
    private readonly StoreFanOut _fanOut;
    private IReadOnlyCollection<string> _stored = [];

    private BackupUpload(ChangeRun run, BackupRecord draft, Action<OpsException> onStoreFailed,
        IReadOnlyDictionary<string, StoreUpload> uploads)
    {
        (_run, _draft, _onStoreFailed, _fanOut) = (run, draft, onStoreFailed, new StoreFanOut(uploads));
        Stage last = draft.Encrypted ? new ProgramFilter(Age.Encrypt(run.Context.Environment.Backups.Recipients), _fanOut) : _fanOut;
        Target = draft.Compression switch
        {
            Compression.Zstd => new ZstdCompressor(last),
            Compression.Gzip => new GzipCompressor(last),
            _ => last,
        };
    }

    /// <summary>Takes the archive's bytes.</summary>
    public Stage Target { get; }

    /// <summary>What is known of the object once it is complete.</summary>
    public BackupRecord Described => _draft with { StoredBytes = _fanOut.Bytes, Sha256 = _fanOut.Sha256 };

    /// <summary>The stores that have the whole object, when it is committed.</summary>
    public IReadOnlyCollection<string> Stored => _stored;

    /// <summary>Opens it in each store.</summary>
    /// <param name="run">The change that it is made in.</param>
    /// <param name="draft">The backup as far as it is known; its key, compression and encryption are final.</param>
    /// <param name="stores">The stores.</param>
    /// <param name="onStoreFailed">Told of stores that failed while others went on.</param>
    /// <param name="ct">Ends it.</param>
    /// <exception cref="OpsException">When no store takes it.</exception>
    public static async Task<BackupUpload> OpenAsync(ChangeRun run, BackupRecord draft, IReadOnlyList<string> stores,
        Action<OpsException> onStoreFailed, CancellationToken ct)
    {
        var uploads = new Dictionary<string, StoreUpload>();
        var failures = new List<OpsException>();
        foreach (string store in stores)
        {
            try { uploads[store] = await run.Context.OpenStore(store).CreateLockedAsync(run, draft.Key, ct).ConfigureAwait(false); }
            catch (OpsException e) { failures.Add(e); }
        }
        if (uploads.Count == 0) throw failures[0];
        foreach (OpsException failure in failures) onStoreFailed(failure);
        try { return new BackupUpload(run, draft, onStoreFailed, uploads); }
        catch
        {
            foreach (StoreUpload upload in uploads.Values) await upload.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Makes the objects visible; stores that failed meanwhile are told.</summary>
    public async Task CommitAsync(CancellationToken ct)
    {
        _stored = await _fanOut.CommitAsync(ct).ConfigureAwait(false);
        foreach ((string store, Exception why) in _fanOut.Failed) _onStoreFailed(StoreFailed(store, why));
    }

    /// <summary>Writes the manifests, which make it a backup; returns the record of each store that has it.</summary>
    /// <exception cref="OpsException">When no store takes one.</exception>
    public async Task<IReadOnlyList<BackupRecord>> PublishAsync(BackupRecord record, LossMark? losses, CancellationToken ct)
    {
        var catalog = new BackupCatalog(_run.Context);
        var records = new List<BackupRecord>();
        var refused = new List<OpsException>();
        foreach (string store in _stored)
        {
            try
            {
                IBackupStore opened = _run.Context.OpenStore(store);
                if (losses is not null)
                    await BackupMarks.WriteAsync(_run, opened, BackupKeys.Losses(record.Key), BackupMarks.Write(losses),
                        ct).ConfigureAwait(false);
                await catalog.WriteManifestAsync(_run, record, store, ct).ConfigureAwait(false);
                records.Add(record with { Store = store, Location = opened.LocationOf(record.Key) });
            }
            catch (OpsException e)
            {
                refused.Add(e);
                // It may be gone altogether by now: that must not cost the others their manifest.
                await RemoveAsync(_run, [store], record.Key).ConfigureAwait(false);
            }
        }
        if (records.Count == 0) throw refused[0];
        refused.ForEach(_onStoreFailed);
        return records;
    }

    /// <summary>
    /// Removes what a run that failed left of an object: it may already be there when the last step fails, and without a manifest it is no
    /// backup.
    /// Returns the stores that have it with one.
    /// </summary>
    public static async Task<List<string>> RemoveAsync(ChangeRun run, IReadOnlyList<string> stores, string key)
    {
        var kept = new List<string>();
        foreach (string store in stores)
        {
            try
            {
                if (!await InterruptedBackups.RemoveAsync(run, run.Context.OpenStore(store), key, CancellationToken.None).ConfigureAwait(false))
                    kept.Add(store);
            }
            catch (OpsException e)
            {
                run.Context.Reporter.Warning($"Store {store} could not be cleaned up: {e.Message} Test-OpsBackup will report what is left.");
            }
        }
        return kept;
    }

    public async ValueTask DisposeAsync()
    {
        await Target.DisposeAsync().ConfigureAwait(false);
        await _fanOut.DisposeAsync().ConfigureAwait(false);
    }

    private OpsException StoreFailed(string store, Exception why) => why as OpsException ?? new OpsException("StoreFailed",
        OpsErrorCategory.WriteError,
        $"Store {store} did not take backup {_draft.Id}: {why.Message}",
            "The other stores have it; mend this one and use Copy-OpsBackup.", store, why);
}
