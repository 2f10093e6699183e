using OpsModule.Connections.Stores.Contract;
using OpsModule.Foundations.Files;

namespace OpsModule.Connections.Stores.Folder;

/// <summary>An object being written beside its place: hidden until it is whole and flushed, then renamed.</summary>
internal sealed class FolderUpload(FileStream file, string path, string key, string store, string root) : StoreUpload
{
    private readonly BackgroundWriter _writer = new(file, e => FolderErrors.Knows(e) ? FolderErrors.Translate(e, store, root, file.Position) : e);
    private bool _done;
    private long _length;

    /// <summary>Takes the place of one that is there; else that is an error.</summary>
    public bool Replaces { get; init; }

    public override Stream Stream => _writer;

    public override async Task CommitAsync(CancellationToken cancellationToken)
    {
        await _writer.FinishAsync(cancellationToken).ConfigureAwait(false);
        try { await Task.Run(Publish, cancellationToken).ConfigureAwait(false); }
        catch (Exception e) when (FolderErrors.Knows(e)) { throw FolderErrors.Translate(e, store, root, _length); }
    }

    public override async ValueTask DisposeAsync()
    {
        await _writer.StopAsync().ConfigureAwait(false);
        if (!_done)
        {
            try { File.Delete(file.Name); }
            catch (Exception e) when (FolderErrors.Knows(e)) { /* it is found as a leftover */ }
        }
        await file.DisposeAsync().ConfigureAwait(false);
    }

    private void Publish()
    {
        _length = file.Position;
        file.Flush(flushToDisk: true);
        // Windows renames no open file; elsewhere it stays held until it has its name, so that nobody takes it for a leftover. One that
        // takes another's place is not held: who reads the other one all the time must not find it locked for a moment.
        if (Replaces || OperatingSystem.IsWindows()) file.Dispose();
        try { File.Move(file.Name, path, overwrite: Replaces); }
        catch (IOException) when (!Replaces && File.Exists(path)) { throw StoreErrors.Exists(store, key); }
        _done = true;
        Disk.FlushFolder(Path.GetDirectoryName(path)!);
    }
}
