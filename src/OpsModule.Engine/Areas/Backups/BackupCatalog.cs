using System.Runtime.CompilerServices;
using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Backups.Listing;
using OpsModule.Engine.Areas.Backups.Signing;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Names;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Backups;

/// <summary>Lists backups from the stores; there is no other catalog that could be lost.</summary>
public sealed class BackupCatalog(OpsContext context)
{
    private readonly Lazy<ManifestKey?> _key = new(() => ManifestKey.Of(context.Environment));

    private const int ReadersAtOnce = 8;
    internal const int MaxManifestBytes = 16 * 1024 * 1024;

    private ManifestKey? Key => _key.Value;

    /// <summary>The backups, newest first within each store. Altered manifests are reported as warnings and left out.</summary>
    public async IAsyncEnumerable<BackupRecord> ListAsync(BackupQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (string store in StoresOf(query))
        {
            await foreach (CatalogEntry entry in ScanAsync(store, query, cancellationToken).ConfigureAwait(false))
            {
                if (entry.Backup is { } backup) yield return backup;
                else if (!query.Quiet) context.Reporter.Warning($"The manifest {entry.Location} is left out: {entry.Problem}. Test-OpsBackup tells more.");
            }
        }
    }

    /// <summary>The one backup of this id, from the first store that has it.</summary>
    /// <exception cref="OpsException"><c>BackupNotFound</c>.</exception>
    public async Task<BackupRecord> FindAsync(string id, IReadOnlyList<string>? stores, CancellationToken cancellationToken)
    {
        await foreach (BackupRecord backup in ListAsync(new BackupQuery { Id = id, Stores = stores, Kinds = null }, cancellationToken)
            .ConfigureAwait(false))
            return backup;
        throw BackupErrors.BackupNotFound.Make(stores is [var only] ? $"Store {only} has no backup {id}."
            : $"No store of environment {context.Environment.Name} has a backup {id}.", "List what there is with Get-OpsBackup.", id);
    }

    /// <summary>The backup of this key in a store, without listing the store.</summary>
    /// <exception cref="OpsException"><c>BackupNotFound</c> when it is not there, or its manifest cannot be trusted.</exception>
    public async Task<BackupRecord> FindAtAsync(string storeName, string key, CancellationToken cancellationToken)
    {
        IBackupStore store = context.OpenStore(storeName);
        StoredObject? manifest = await store.FindAsync(BackupKeys.Manifest(key), cancellationToken).ConfigureAwait(false);
        StoredObject? mark = manifest is null ? null
            : await store.FindAsync(BackupKeys.Verified(key), cancellationToken).ConfigureAwait(false);
        var marks = new StoredMarks { AreRead = true };
        if (mark is not null) marks.Times[BackupKeys.Base(key)] = mark.Modified;
        if (manifest is not null && await store.FindAsync(BackupKeys.Pin(key), cancellationToken).ConfigureAwait(false) is not null) marks.Pins.Add(BackupKeys.Base(key));
        CatalogEntry? entry = manifest is null ? null : await ReadAsync(store, manifest, marks, cancellationToken).ConfigureAwait(false);
        return entry?.Backup
            ?? throw BackupErrors.BackupNotFound.Make(
            $"Store {storeName} has no backup {BackupKeys.IdOf(key)}{(entry?.Problem is { } problem ? $" that can be trusted: {problem}" : "")}.",
            "List what there is with Get-OpsBackup.", BackupKeys.IdOf(key));
    }

    /// <summary>The backup that a listing tells of: its manifest is read, and nothing is looked up again.</summary>
    /// <exception cref="OpsException"><c>BackupNotFound</c> when its manifest is gone or cannot be trusted.</exception>
    internal async Task<BackupRecord> FindAtAsync(string storeName, BackupEntry entry, CancellationToken cancellationToken)
    {
        var marks = new StoredMarks { AreRead = true };
        if (entry.VerifiedAt is { } when) marks.Times[entry.Base] = when;
        if (entry.IsPinned) marks.Pins.Add(entry.Base);
        CatalogEntry read = await ReadAsync(context.OpenStore(storeName), entry.Manifest, marks, cancellationToken).ConfigureAwait(false);
        return read.Backup ?? throw BackupErrors.BackupNotFound.Make($"Store {storeName} has no backup {entry.Id} that can be trusted: {read.Problem}.",
            "List what there is with Get-OpsBackup.", entry.Id);
    }

    /// <summary>The same; null when its manifest is gone or cannot be trusted.</summary>
    internal async Task<BackupRecord?> TryFindAtAsync(string storeName, BackupEntry entry, CancellationToken cancellationToken)
    {
        try { return await FindAtAsync(storeName, entry, cancellationToken).ConfigureAwait(false); }
        catch (OpsException e) when (BackupErrors.BackupNotFound.Is(e)) { return null; }
    }

    /// <summary>Writes a manifest (last of all) into a store that has the object.</summary>
    /// <exception cref="OpsException"><c>ObjectMissing</c> when the object went away or is not whole.</exception>
    public async Task WriteManifestAsync(ChangeScope scope, BackupRecord backup, string store, CancellationToken cancellationToken)
    {
        if (!await IsWholeAsync(backup with { Store = store }, cancellationToken).ConfigureAwait(false)) throw ObjectMissing(backup, store);
        byte[] manifest = ManifestFile.Write(backup, backup.Signature == BackupSignature.Valid ? Key : null);
        if (manifest.Length > MaxManifestBytes)
            throw new OpsException("ManifestTooLarge", OpsErrorCategory.InvalidData, $"The manifest of backup {backup.Id} takes {manifest.Length:N0} bytes for {backup.Tables.Count:N0} tables; {MaxManifestBytes:N0} are read at most.",
                "Back up tenants one by one, so that each has a manifest of its own.", backup);
        await context.OpenStore(store).WriteLockedAsync(scope, BackupKeys.Manifest(backup.Key), manifest, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What a new backup of this environment is: signed where it has a key.</summary>
    internal BackupSignature SignatureOfNew => Key is null ? BackupSignature.None : BackupSignature.Valid;

    /// <summary>Writes the manifest of a copy, byte for byte: a copy is signed by whom its source was, or by nobody.</summary>
    /// <exception cref="OpsException"><c>ObjectMissing</c> when the object or the source's manifest went away.</exception>
    internal async Task CopyManifestAsync(ChangeScope scope, BackupRecord source, string toStore, CancellationToken cancellationToken)
    {
        if (!await IsWholeAsync(source with { Store = toStore }, cancellationToken).ConfigureAwait(false)) throw ObjectMissing(source, toStore);
        byte[]? manifest = await context.OpenStore(source.Store).ReadAsync(BackupKeys.Manifest(source.Key), MaxManifestBytes, cancellationToken).ConfigureAwait(false);
        // What is read now must be what was looked at.
        if (manifest is null || ManifestFile.Read(manifest, Key).Backup is not { } same || same.Sha256 != source.Sha256) throw ObjectMissing(source, source.Store);
        await context.OpenStore(toStore).WriteLockedAsync(scope, BackupKeys.Manifest(source.Key), manifest, cancellationToken).ConfigureAwait(false);
    }

    private static OpsException ObjectMissing(BackupRecord backup, string store) => new("ObjectMissing", OpsErrorCategory.ReadError,
        $"Backup {backup.Id} is no longer whole in store {store}.", "Find out who removes objects there, then run the command again.", backup);

    /// <summary>Whether the object is there, of the size that the manifest says. Its bytes are not read.</summary>
    public async Task<bool> IsWholeAsync(BackupRecord backup, CancellationToken cancellationToken) =>
        (await context.OpenStore(backup.Store).FindAsync(backup.Key, cancellationToken).ConfigureAwait(false))?.Length == backup.StoredBytes;

    /// <summary>Records that a backup was verified (a small object beside the manifest, which itself never changes).</summary>
    public async Task MarkVerifiedAsync(BackupRecord backup, string how, CancellationToken cancellationToken)
    {
        IBackupStore store = context.OpenStore(backup.Store);
        string key = BackupKeys.Verified(backup.Key);
        byte[] mark = VerifiedMarks.Write(backup, context.Time.GetUtcNow(), how, Key);
        await store.ReplaceAsync(key, mark, cancellationToken).ConfigureAwait(false);
        await store.ForgetAsync(BackupKeys.Failed(backup.Key), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Records that a test found a backup wanting, which takes back that it was verified.</summary>
    internal async Task MarkFailedAsync(BackupRecord backup, BackupFinding finding, string message, CancellationToken cancellationToken)
    {
        IBackupStore store = context.OpenStore(backup.Store);
        string key = BackupKeys.Failed(backup.Key);
        byte[] mark = FailedMarks.Write(backup, context.Time.GetUtcNow(), finding, message, Key);
        // In this order: with both marks it counts as damaged, with none of them as merely not looked at. Where there is no room for the
        // new mark, the other one must go all the same.
        try { await store.ReplaceAsync(key, mark, cancellationToken).ConfigureAwait(false); }
        finally { await ClearVerifiedAsync(backup, cancellationToken).ConfigureAwait(false); }
    }

    /// <summary>What a test found wrong, by a mark that is the backup's own; null when there is none.</summary>
    internal Task<FailureMark?> FindFailureAsync(BackupRecord backup, CancellationToken cancellationToken) =>
        FailedMarks.ReadAsync(context.OpenStore(backup.Store), backup, Key, cancellationToken);

    /// <summary>Takes back that a backup was verified: a later test found it wanting.</summary>
    public Task ClearVerifiedAsync(BackupRecord backup, CancellationToken cancellationToken) =>
        context.OpenStore(backup.Store).ForgetAsync(BackupKeys.Verified(backup.Key), cancellationToken);

    /// <summary>The stores of these names, which may have wildcards, or at these locations; all of the environment's when null.</summary>
    /// <param name="names">The names.</param>
    /// <param name="fail">Told of each name that is unknown while others are not; without it the first one is thrown.</param>
    /// <exception cref="OpsException"><c>StoreUnknown</c>, <c>NothingMatches</c> when nothing is left; <c>NoStore</c>.</exception>
    public IReadOnlyList<string> CheckStores(IReadOnlyList<string>? names, Action<OpsException>? fail = null)
    {
        if (names?.Where(UnnamedStore.IsLocation).ToArray() is { Length: > 0 } located)
        {
            string[] named = [.. names.Except(located)];
            return [.. named.Length > 0 ? CheckStores(named, fail) : [], .. located.Select(UnnamedStore.Checked)];
        }
        string[] known = [.. context.Environment.Backups.Stores.Keys];
        if (known.Length == 0)
            throw new OpsException("NoStore", OpsErrorCategory.InvalidArgument, $"The environment {context.Environment.Name} has no backup store.",
                "Add one under backups.stores in the environment file.", context.Environment.Name);
        if (names is null) return known;
        var failed = new List<OpsException>();
        IReadOnlyList<string> chosen = NamePattern.ChooseAll(names, known, "store", name => new OpsException("StoreUnknown", OpsErrorCategory.ObjectNotFound,
            $"The environment {context.Environment.Name} has no store named {name}; it has: {string.Join(", ", known)}.",
            "Name one of these, or add it under backups.stores.", name), failed.Add);
        foreach (OpsException e in fail is null ? [] : chosen.Count == 0 ? failed.Skip(1) : failed) fail!(e);
        if (failed.Count > 0 && (fail is null || chosen.Count == 0)) throw failed[0];
        return chosen;
    }

    /// <summary>The stores a query means, in the environment's order.</summary>
    internal IEnumerable<string> StoresOf(BackupQuery query) => query.Stores ?? context.Environment.Backups.Stores.Keys;

    /// <summary>All manifests of a store that fit the query, readable or not, newest first.</summary>
    internal async IAsyncEnumerable<CatalogEntry> ScanAsync(string storeName, BackupQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        IBackupStore store = context.OpenStore(storeName);
        var manifests = new List<StoredObject>();
        var marks = new StoredMarks();
        foreach (string prefix in BackupKeys.Prefixes(context.Environment.Name, query))
        {
            await foreach (StoredObject found in store.ListAsync(prefix, cancellationToken).ConfigureAwait(false))
            {
                if (BackupKeys.IsVerified(found.Key)) marks.Times[BackupKeys.Base(found.Key)] = found.Modified;
                else if (found.Key == BackupKeys.Pin(found.Key)) marks.Pins.Add(BackupKeys.Base(found.Key));
                else if (BackupKeys.IsManifest(found.Key) && query.Admits(found.Key)) manifests.Add(found);
            }
        }
        StoredObject[] wanted = [.. manifests.OrderByDescending(m => BackupKeys.IdOf(m.Key), StringComparer.Ordinal)];
        // With -Latest only the newest readable manifest of each folder counts; the folders are read side by side.
        IEnumerable<Func<Task<IReadOnlyList<CatalogEntry>>>> reads = query.Latest
            ? wanted.GroupBy(m => BackupKeys.Folder(m.Key)).Select(f => (Func<Task<IReadOnlyList<CatalogEntry>>>)(() => ReadNewestAsync(store, f, marks, cancellationToken)))
            : wanted.Select(m => (Func<Task<IReadOnlyList<CatalogEntry>>>)(async () => [await ReadAsync(store, m, marks, cancellationToken).ConfigureAwait(false)]));
        var pending = new Queue<Task<IReadOnlyList<CatalogEntry>>>();
        foreach (Func<Task<IReadOnlyList<CatalogEntry>>> read in reads)
        {
            pending.Enqueue(read());
            if (pending.Count < ReadersAtOnce) continue;
            foreach (CatalogEntry entry in await pending.Dequeue().ConfigureAwait(false)) yield return entry;
        }
        while (pending.Count > 0) foreach (CatalogEntry entry in await pending.Dequeue().ConfigureAwait(false)) yield return entry;
    }

    /// <summary>Reads a folder's manifests, newest first, until one can be trusted.</summary>
    private async Task<IReadOnlyList<CatalogEntry>> ReadNewestAsync(IBackupStore store, IEnumerable<StoredObject> newestFirst, StoredMarks marks,
        CancellationToken cancellationToken)
    {
        var entries = new List<CatalogEntry>();
        foreach (StoredObject manifest in newestFirst)
        {
            entries.Add(await ReadAsync(store, manifest, marks, cancellationToken).ConfigureAwait(false));
            if (entries[^1].Backup is not null) break;
        }
        return entries;
    }

    private async Task<CatalogEntry> ReadAsync(IBackupStore store, StoredObject manifest, StoredMarks marks, CancellationToken cancellationToken)
    {
        string location = store.LocationOf(manifest.Key);
        if (manifest.Length > MaxManifestBytes) return new CatalogEntry(manifest.Key, location, null, "it is larger than any manifest");
        try
        {
            byte[]? bytes = await store.ReadAsync(manifest.Key, MaxManifestBytes, cancellationToken).ConfigureAwait(false);
            if (bytes is null) return new CatalogEntry(manifest.Key, location, null, "it is larger than any manifest");
            (BackupRecord? backup, string? problem) = ManifestFile.Read(bytes, Key);
            if (backup is not null && BackupKeys.Manifest(backup.Key) != manifest.Key) (problem, backup) = ($"it belongs to {backup.Key}", null);
            // What a cache's manifest says must not be taken for a database's, nor one database's for another's: where it lies tells what
            // it is of.
            if (backup is not null && (BackupKeys.Parse(backup.Key) != backup.Subject || BackupKeys.IdOf(backup.Key) != backup.Id))
                (problem, backup) = (PrintableText.Of(BackupKeys.Parse(backup.Key)?.Kind != backup.Kind
                    ? $"it says that it is of a {backup.Kind.Word()}"
                    : $"it says that it is {backup.Id} of the {backup.Subject.Words}"), null);
            if (backup is null) return new CatalogEntry(manifest.Key, location, null, problem);
            DateTimeOffset? verifiedAt = marks.Times.TryGetValue(BackupKeys.Base(manifest.Key), out DateTimeOffset when) ? when : null;
            // With a key, what others wrote counts for nothing; without one, whoever can write the mark can write what is in it.
            if (verifiedAt is not null && (marks.AreRead || Key is not null)) verifiedAt = await VerifiedMarks.ReadAsync(store, backup, Key, cancellationToken).ConfigureAwait(false);
            return new CatalogEntry(manifest.Key, location,
                backup with { Store = store.Name, Location = store.LocationOf(backup.Key), VerifiedAt = verifiedAt,
                    Pinned = marks.Pins.Contains(BackupKeys.Base(manifest.Key)) }, null);
        }
        catch (OpsException e) when (e.ErrorId == "ObjectMissing")
        {
            return new CatalogEntry(manifest.Key, location, null, "it was removed while it was read");
        }
    }
}

/// <summary>One manifest found in a store.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Location">Its path or URL.</param>
/// <param name="Backup">What it says, or null when it cannot be trusted.</param>
/// <param name="Problem">Why not.</param>
internal sealed record CatalogEntry(string Key, string Location, BackupRecord? Backup, string? Problem);

/// <summary>What a listing tells of the marks beside manifests, by the manifest's base.</summary>
internal sealed class StoredMarks
{
    /// <summary>True when a mark's content must be right; else that it is there is enough, as in long lists.</summary>
    public bool AreRead { get; init; }

    /// <summary>When each was verified.</summary>
    public Dictionary<string, DateTimeOffset> Times { get; } = new(StringComparer.Ordinal);

    /// <summary>Those that are pinned.</summary>
    public HashSet<string> Pins { get; } = new(StringComparer.Ordinal);
}
