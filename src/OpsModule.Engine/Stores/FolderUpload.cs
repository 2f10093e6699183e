using OpsModule.Engine.Files;

namespace OpsModule.Engine.Stores;

/// <summary>An upload into a folder: a file beside the place, which takes it by a rename when it is whole and flushed.</summary>
internal sealed class FolderUpload : StoreUpload
{
    private readonly FolderStore _store;
    private readonly string _key;
    private readonly string _path;
    private readonly string _temporary;
    private readonly WritebackStream _stream;
    private bool _committed;

    public FolderUpload(FolderStore store, string key, string path, string temporary)
    {
        (_store, _key, _path, _temporary) = (store, key, path, temporary);
        _stream = new WritebackStream(PrivateFile.Open(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.Read), e => FolderErrors.Explain(e, store, path));
    }

    public override Stream Stream => _stream;

    public override async Task CommitAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _stream.FinishAsync(cancellationToken).ConfigureAwait(false);
            if (File.Exists(_path)) throw FolderErrors.Exists(_store, _key);
            File.Move(_temporary, _path, overwrite: false);
            Disk.FlushFolder(Path.GetDirectoryName(_path)!);
            _committed = true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FolderErrors.Explain(e, _store, _path);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync().ConfigureAwait(false);
        if (_committed) return;
        try { File.Delete(_temporary); }
        catch (IOException) { /* it is listed as a leftover */ }
        catch (UnauthorizedAccessException) { /* as above */ }
    }
}
