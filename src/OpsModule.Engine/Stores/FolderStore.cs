using System.Runtime.CompilerServices;
using OpsModule.Engine.Files;

namespace OpsModule.Engine.Stores;

/// <summary>A store in a folder. An object is written beside its place, flushed and renamed; it is never overwritten.</summary>
public sealed class FolderStore : IBackupStore
{
    /// <summary>Uploads under way and leftovers have this in their names; no object has.</summary>
    internal const string TemporaryMark = ".uploading-";

    private readonly string _root;

    /// <summary>A store in this folder, which is made at the first upload.</summary>
    public FolderStore(string name, string path)
    {
        Name = name;
        _root = Path.GetFullPath(path);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public string LocationOf(string key)
    {
        string path = Path.GetFullPath(Path.Combine(_root, key));
        if (key.Length == 0 || !path.StartsWith(_root + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            throw new OpsException("KeyInvalid", OpsErrorCategory.InvalidArgument, $"The key '{key}' does not lie inside the store {Name}.", "This is a defect or a forged manifest; use another backup.", key);
        return path;
    }

    /// <inheritdoc/>
    public Task<StoreUpload> CreateAsync(string key, CancellationToken cancellationToken)
    {
        string path = LocationOf(key);
        if (File.Exists(path)) throw FolderErrors.Exists(this, key);
        string temporary = path + TemporaryMark + Guid.NewGuid().ToString("N")[..8];
        try
        {
            PrivateFile.CreateFolder(Path.GetDirectoryName(path)!);
            return Task.FromResult<StoreUpload>(new FolderUpload(this, key, path, temporary));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FolderErrors.Explain(e, this, path);
        }
    }

    /// <inheritdoc/>
    public Task<Stream> OpenAsync(string key, long offset, CancellationToken cancellationToken)
    {
        string path = LocationOf(key);
        try
        {
            var file = new FileStream(path, new FileStreamOptions
            {
                Access = FileAccess.Read, Share = FileShare.Read | FileShare.Delete, BufferSize = 0, Options = FileOptions.SequentialScan,
            });
            file.Position = offset;
            return Task.FromResult<Stream>(file);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw FolderErrors.Missing(this, key, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FolderErrors.Explain(e, this, path);
        }
    }

    /// <inheritdoc/>
    public Task<StoredObject?> FindAsync(string key, CancellationToken cancellationToken)
    {
        var file = new FileInfo(LocationOf(key));
        return Task.FromResult(file.Exists ? new StoredObject(key, file.Length, file.LastWriteTimeUtc) : null);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredObject> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        foreach ((string key, FileInfo file) in Files(prefix))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!key.Contains(TemporaryMark, StringComparison.Ordinal)) yield return new StoredObject(key, file.Length, file.LastWriteTimeUtc);
        }
    }

    /// <inheritdoc/>
    public Task DeleteAsync(string key, CancellationToken cancellationToken)
    {
        string path = LocationOf(key);
        try
        {
            if (!File.Exists(path)) return Task.CompletedTask;
            File.Delete(path);
            Disk.FlushFolder(Path.GetDirectoryName(path)!);
            return Task.CompletedTask;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FolderErrors.Explain(e, this, path);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoreLeftover> ListLeftoversAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        foreach ((string key, FileInfo file) in Files(prefix))
        {
            int mark = key.IndexOf(TemporaryMark, StringComparison.Ordinal);
            if (mark > 0) yield return new StoreLeftover(key[..mark], key, file.CreationTimeUtc);
        }
    }

    /// <inheritdoc/>
    public Task RemoveLeftoverAsync(StoreLeftover leftover, CancellationToken cancellationToken) => DeleteAsync(leftover.Id, cancellationToken);

    private IEnumerable<(string Key, FileInfo File)> Files(string prefix)
    {
        string folder = Path.Combine(_root, prefix[..(prefix.LastIndexOf('/') + 1)]);
        if (!Directory.Exists(folder))
        {
            // An empty store is no error; a store whose place is something else is.
            if (File.Exists(_root)) throw FolderErrors.Explain(new IOException("it is a file, not a folder"), this, _root);
            return [];
        }
        try
        {
            return new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories)
                .Select(f => (Key: Path.GetRelativePath(_root, f.FullName).Replace('\\', '/'), File: f))
                .Where(f => f.Key.StartsWith(prefix, StringComparison.Ordinal))
                .OrderBy(f => f.Key, StringComparer.Ordinal).ToList();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FolderErrors.Explain(e, this, folder);
        }
    }
}
