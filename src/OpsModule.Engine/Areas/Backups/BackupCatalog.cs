using System.Runtime.CompilerServices;
using System.Text.Json;
using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Names;

namespace OpsModule.Engine.Areas.Backups;

/// <summary>Lists backups from the stores; there is no other catalog that could be lost.</summary>
public sealed class BackupCatalog(OpsContext context)
{
    private const int ReadersAtOnce = 8;
    private const int MaxManifestBytes = 16 * 1024 * 1024;

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
        await foreach (BackupRecord backup in ListAsync(new BackupQuery { Id = id, Stores = stores }, cancellationToken).ConfigureAwait(false)) return backup;
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
        var verified = new Dictionary<string, DateTimeOffset>();
        if (mark is not null) verified[BackupKeys.Base(key)] = mark.Modified;
        CatalogEntry? entry = manifest is null ? null : await ReadAsync(store, manifest, verified, cancellationToken).ConfigureAwait(false);
        return entry?.Backup
            ?? throw BackupErrors.BackupNotFound.Make(
            $"Store {storeName} has no backup {BackupKeys.IdOf(key)}{(entry?.Problem is { } problem ? $" that can be trusted: {problem}" : "")}.",
            "List what there is with Get-OpsBackup.", BackupKeys.IdOf(key));
    }

    /// <summary>Writes a manifest (last of all) into a store that has the object.</summary>
    /// <exception cref="OpsException"><c>ObjectMissing</c> when the object went away or is not whole.</exception>
    public async Task WriteManifestAsync(BackupRecord backup, string store, CancellationToken cancellationToken)
    {
        if (!await IsWholeAsync(backup with { Store = store }, cancellationToken).ConfigureAwait(false))
            throw new OpsException("ObjectMissing", OpsErrorCategory.ReadError, $"The object of backup {backup.Id} is no longer in store {store}, or not whole.",
                "Find out who removes objects there, then run the command again.", backup);
        byte[] manifest = ManifestFile.Write(backup);
        if (manifest.Length > MaxManifestBytes)
            throw new OpsException("ManifestTooLarge", OpsErrorCategory.InvalidData, $"The manifest of backup {backup.Id} takes {manifest.Length:N0} bytes for {backup.Tables.Count:N0} tables; {MaxManifestBytes:N0} are read at most.",
                "Back up tenants one by one, so that each has a manifest of its own.", backup);
        await WriteAsync(context.OpenStore(store), BackupKeys.Manifest(backup.Key), manifest, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Whether the object is there, of the size that the manifest says. Its bytes are not read.</summary>
    public async Task<bool> IsWholeAsync(BackupRecord backup, CancellationToken cancellationToken) =>
        (await context.OpenStore(backup.Store).FindAsync(backup.Key, cancellationToken).ConfigureAwait(false))?.Length == backup.StoredBytes;

    /// <summary>Records that a backup was verified (a small object beside the manifest, which itself never changes).</summary>
    public async Task MarkVerifiedAsync(BackupRecord backup, string how, CancellationToken cancellationToken)
    {
        IBackupStore store = context.OpenStore(backup.Store);
        string key = BackupKeys.Verified(backup.Key);
        var mark = new VerificationMark(backup.Id, context.Time.GetUtcNow(), how);
        await store.DeleteAsync(key, cancellationToken).ConfigureAwait(false);
        await WriteAsync(store, key, JsonSerializer.SerializeToUtf8Bytes(mark, ManifestJson.Default.VerificationMark), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes back that a backup was verified: a later test found it wanting.</summary>
    public Task ClearVerifiedAsync(BackupRecord backup, CancellationToken cancellationToken) =>
        context.OpenStore(backup.Store).DeleteAsync(BackupKeys.Verified(backup.Key), cancellationToken);

    /// <summary>The stores of these names, which may have wildcards, or all of the environment's when null.</summary>
    /// <param name="names">The names.</param>
    /// <param name="fail">Told of each name that is unknown while others are not; without it the first one is thrown.</param>
    /// <exception cref="OpsException"><c>StoreUnknown</c>, <c>NothingMatches</c> when nothing is left; <c>NoStore</c>.</exception>
    public IReadOnlyList<string> CheckStores(IReadOnlyList<string>? names, Action<OpsException>? fail = null)
    {
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
        var verified = new Dictionary<string, DateTimeOffset>();
        await foreach (StoredObject found in store.ListAsync(BackupKeys.Prefix(context.Environment.Name, query.Name), cancellationToken).ConfigureAwait(false))
        {
            if (BackupKeys.IsVerified(found.Key)) verified[BackupKeys.Base(found.Key)] = found.Modified;
            else if (BackupKeys.IsManifest(found.Key) && query.Admits(found.Key)) manifests.Add(found);
        }
        IEnumerable<StoredObject> wanted = manifests.OrderByDescending(m => BackupKeys.IdOf(m.Key), StringComparer.Ordinal);
        var pending = new Queue<Task<CatalogEntry>>();
        var seen = new HashSet<string>();
        // With -Latest only the newest readable manifest of each folder counts, so there is nothing to read ahead.
        int width = query.Latest ? 1 : ReadersAtOnce;
        foreach (StoredObject manifest in wanted)
        {
            if (query.Latest && seen.Contains(BackupKeys.Folder(manifest.Key))) continue;
            pending.Enqueue(ReadAsync(store, manifest, verified, cancellationToken));
            if (pending.Count < width) continue;
            CatalogEntry entry = await pending.Dequeue().ConfigureAwait(false);
            if (entry.Backup is not null) seen.Add(BackupKeys.Folder(entry.Key));
            yield return entry;
        }
        while (pending.Count > 0) yield return await pending.Dequeue().ConfigureAwait(false);
    }

    private static async Task<CatalogEntry> ReadAsync(IBackupStore store, StoredObject manifest, Dictionary<string, DateTimeOffset> verified, CancellationToken cancellationToken)
    {
        string location = store.LocationOf(manifest.Key);
        if (manifest.Length > MaxManifestBytes) return new CatalogEntry(manifest.Key, location, null, "it is larger than any manifest");
        try
        {
            using var bytes = new MemoryStream();
            await using (Stream stream = await store.OpenAsync(manifest.Key, 0, cancellationToken).ConfigureAwait(false))
                if (!await CopyAsync(stream, bytes, cancellationToken).ConfigureAwait(false)) return new CatalogEntry(manifest.Key, location, null, "it is larger than any manifest");
            (BackupRecord? backup, string? problem) = ManifestFile.Read(bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
            if (backup is not null && BackupKeys.Manifest(backup.Key) != manifest.Key) (problem, backup) = ($"it belongs to {backup.Key}", null);
            if (backup is null) return new CatalogEntry(manifest.Key, location, null, problem);
            DateTimeOffset? verifiedAt = verified.TryGetValue(BackupKeys.Base(manifest.Key), out DateTimeOffset when) ? when : null;
            return new CatalogEntry(manifest.Key, location,
                backup with { Store = store.Name, Location = store.LocationOf(backup.Key), VerifiedAt = verifiedAt }, null);
        }
        catch (OpsException e) when (e.ErrorId == "ObjectMissing")
        {
            return new CatalogEntry(manifest.Key, location, null, "it was removed while it was read");
        }
    }

    /// <summary>False when there is more than any manifest has: the size in a listing is only claimed.</summary>
    private static async Task<bool> CopyAsync(Stream stream, MemoryStream bytes, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[64 * 1024];
        int read;
        while ((read = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
        {
            if (bytes.Length + read > MaxManifestBytes) return false;
            bytes.Write(buffer, 0, read);
        }
        return true;
    }

    private static async Task WriteAsync(IBackupStore store, string key, byte[] content, CancellationToken cancellationToken)
    {
        await using StoreUpload upload = await store.CreateAsync(key, cancellationToken).ConfigureAwait(false);
        await upload.Stream.WriteAsync(content, cancellationToken).ConfigureAwait(false);
        await upload.CommitAsync(cancellationToken).ConfigureAwait(false);
    }
}

/// <summary>One manifest found in a store.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Location">Its path or URL.</param>
/// <param name="Backup">What it says, or null when it cannot be trusted.</param>
/// <param name="Problem">Why not.</param>
internal sealed record CatalogEntry(string Key, string Location, BackupRecord? Backup, string? Problem);
