using System.Runtime.CompilerServices;
using OpsModule.Connections.Stores.Contract;
using OpsModule.Foundations.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;

namespace OpsModule.Connections.Stores.Folder;

/// <summary>Backups in a folder. Keys are paths below it; names that begin with a dot are uploads under way or left behind.</summary>
public sealed class FolderStore : IBackupStore
{
    private const string TemporarySuffix = ".part";
    private readonly string _root;

    /// <summary>Takes the folder, which need not exist yet.</summary>
    public FolderStore(string name, string path)
    {
        Name = name;
        _root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public string LocationOf(string key) => PathOf(key);

    /// <inheritdoc/>
    public Task<StoreUpload> CreateAsync(string key, CancellationToken cancellationToken) =>
        CreateAsync(key, replaces: false, cancellationToken);

    /// <inheritdoc/>
    public Task ReplaceAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        IBackupStore.FillAsync(CreateAsync(key, replaces: true, cancellationToken), content, cancellationToken);

    private Task<StoreUpload> CreateAsync(string key, bool replaces, CancellationToken cancellationToken) => GuardAsync<StoreUpload>(() =>
    {
        cancellationToken.ThrowIfCancellationRequested();
        string path = PathOf(key);
        if (!replaces && File.Exists(path)) throw StoreErrors.Exists(Name, key);
        string folder = Path.GetDirectoryName(path)!;
        RefuseLinks(folder);
        PrivateFile.CreateFolder(folder);
        RefuseLinks(folder); // one that was put there meanwhile
        string temporary = Path.Combine(folder, $".{Path.GetFileName(path)}.{Guid.NewGuid().ToString("N")[..12]}{TemporarySuffix}");
        // Held exclusively until the end: that is how a leftover differs from an upload under way.
        FileStream file = PrivateFile.Open(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
        return new FolderUpload(file, path, key, Name, _root) { Replaces = replaces };
    });

    /// <inheritdoc/>
    public Task<Stream> OpenAsync(string key, long offset, CancellationToken cancellationToken) => GuardAsync<Stream>(() =>
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        try
        {
            var file = new FileStream(PathOf(key), new FileStreamOptions
            {
                Access = FileAccess.Read,
                Share = FileShare.ReadWrite | FileShare.Delete,
                BufferSize = 128 * 1024,
                Options = FileOptions.SequentialScan,
            });
            file.Position = offset;
            return file;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException) { throw StoreErrors.Missing(Name, key); }
        catch (UnauthorizedAccessException) when (Directory.Exists(PathOf(key)))
        {
            throw new OpsException("ObjectMissing", OpsErrorCategory.ObjectNotFound, $"{PathOf(key)}, in the store {Name}, is a folder; a file with the backup was expected there.",
                "Find out who put it there, and take the backup from another store.", key);
        }
    });

    /// <inheritdoc/>
    public async Task<byte[]?> ReadAsync(string key, int mostBytes, CancellationToken cancellationToken)
    {
        await using Stream file = await OpenAsync(key, 0, cancellationToken).ConfigureAwait(false);
        return await SmallContent.ReadAsync(file, null, mostBytes, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task<StoredObject?> FindAsync(string key, CancellationToken cancellationToken) => GuardAsync(() =>
    {
        var file = new FileInfo(PathOf(key));
        return file.Exists ? new StoredObject(key, file.Length, file.LastWriteTimeUtc) : null;
    });

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredObject> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (FileInfo file in WalkAsync(prefix, cancellationToken).ConfigureAwait(false))
        {
            if (file.Name[0] == '.') continue;
            StoredObject? found = await GuardAsync(() =>
            {
                try { return new StoredObject(KeyOf(file.FullName), file.Length, file.LastWriteTimeUtc); }
                catch (FileNotFoundException) { return null; } // deleted meanwhile
            }).ConfigureAwait(false);
            if (found is not null) yield return found;
        }
    }

    /// <inheritdoc/>
    public Task DeleteAsync(ChangeScope scope, string key, CancellationToken cancellationToken) => ForgetAsync(key, cancellationToken);

    /// <inheritdoc/>
    public Task ForgetAsync(string key, CancellationToken cancellationToken) => GuardAsync<object?>(() =>
    {
        string path = PathOf(key);
        if (!File.Exists(path)) return null;
        RefuseLinks(Path.GetDirectoryName(path)!);
        File.Delete(path);
        Disk.FlushFolder(Path.GetDirectoryName(path)!);
        return null;
    });

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoreLeftover> ListLeftoversAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (FileInfo file in WalkAsync(prefix, cancellationToken).ConfigureAwait(false))
        {
            if (KeyOfTemporary(file.FullName) is not { } key || !await GuardAsync(() => IsAbandoned(file.FullName)).ConfigureAwait(false)) continue;
            yield return new StoreLeftover(key, file.FullName, file.CreationTimeUtc) { Location = file.FullName };
        }
    }

    /// <inheritdoc/>
    public Task RemoveLeftoverAsync(ChangeScope scope, StoreLeftover leftover, CancellationToken cancellationToken) => GuardAsync<object?>(() =>
    {
        string path = Path.GetFullPath(leftover.Id);
        if (KeyOfTemporary(path) != leftover.Key)
        {
            throw new OpsException("LeftoverUnknown", OpsErrorCategory.InvalidArgument, $"'{leftover.Id}' is no leftover of the store {Name}.",
                "Take leftovers from this store's own list.", leftover);
        }
        if (!File.Exists(path)) return null;
        RefuseLinks(Path.GetDirectoryName(path)!);
        if (IsAbandoned(path)) File.Delete(path);
        return null;
    });

    /// <summary>Below the store's own folder no link is followed to write or delete: it could lead anywhere.</summary>
    private void RefuseLinks(string folder)
    {
        if (Trust.LinkBelow(_root, folder) is { } link)
            throw new OpsException("StoreNotTrusted", OpsErrorCategory.PermissionDenied, $"{link}, in the store {Name}, is a link; below the store's folder no link is followed, because it could lead anywhere.",
                "Find out who made it, and put a folder in its place (mount --bind, where it is to lie on another disk).", Name);
    }

    private static bool IsAbandoned(string path)
    {
        try
        {
            if (FileFacts.Of(path) is { IsLink: true }) return false;
            using FileStream? free = PrivateFile.TryOpenExclusively(path, FileMode.Open);
            return free is not null;
        }
        catch (FileNotFoundException) { return false; }
    }

    private string PathOf(string key) => Path.Combine(_root, Path.Combine(StoreKey.Check(key).Split('/')));

    private string KeyOf(string path) => Path.GetRelativePath(_root, path).Replace(Path.DirectorySeparatorChar, '/');

    /// <summary>The key a temporary file is meant for, or null when it is none of ours.</summary>
    private string? KeyOfTemporary(string path)
    {
        string name = Path.GetFileName(path);
        const int added = 1 + 12; // ".", and the random part
        if (name[0] != '.' || !name.EndsWith(TemporarySuffix, StringComparison.Ordinal) || name.Length <= 1 + added + TemporarySuffix.Length) return null;
        string key = KeyOf(Path.Combine(Path.GetDirectoryName(path)!, name[1..^(added + TemporarySuffix.Length)]));
        return key.StartsWith("../", StringComparison.Ordinal) ? null : key;
    }

    /// <summary>All files whose key would begin with the prefix, in key order.</summary>
    private async IAsyncEnumerable<FileInfo> WalkAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var pending = new Stack<FileSystemInfo>();
        pending.Push(new DirectoryInfo(_root));
        while (pending.TryPop(out FileSystemInfo? item))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (item is FileInfo file)
            {
                string key = KeyOfTemporary(file.FullName) ?? KeyOf(file.FullName);
                if (key.StartsWith(prefix, StringComparison.Ordinal)) yield return file;
                continue;
            }
            foreach (FileSystemInfo child in await GuardAsync(() => Children((DirectoryInfo)item, prefix)).ConfigureAwait(false)) pending.Push(child);
        }
    }

    /// <summary>A folder's entries, last key first, as a stack wants them; folders that cannot hold the prefix are left out.</summary>
    private IEnumerable<FileSystemInfo> Children(DirectoryInfo folder, string prefix)
    {
        try
        {
            var children = new List<(string Key, FileSystemInfo Item)>();
            foreach (FileSystemInfo child in folder.EnumerateFileSystemInfos())
            {
                string key = KeyOf(child.FullName) + (child is DirectoryInfo ? "/" : "");
                bool wanted = child is FileInfo || (child.Name[0] != '.'
                    && (key.StartsWith(prefix, StringComparison.Ordinal) || prefix.StartsWith(key, StringComparison.Ordinal)));
                if (wanted) children.Add((key, child));
            }
            children.Sort((a, b) => string.CompareOrdinal(b.Key, a.Key));
            return children.Select(c => c.Item);
        }
        catch (DirectoryNotFoundException) { return []; } // nothing was stored yet
    }

    private async Task<T> GuardAsync<T>(Func<T> body)
    {
        // Folders may be on a slow network file system: none of this may run on the caller's thread.
        try { return await Task.Run(body).ConfigureAwait(false); }
        catch (Exception e) when (FolderErrors.Knows(e)) { throw FolderErrors.Translate(e, Name, _root, 0); }
    }
}
