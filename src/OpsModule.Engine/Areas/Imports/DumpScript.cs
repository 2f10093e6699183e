using OpsModule.Engine.Areas.Imports.Files;

namespace OpsModule.Engine.Areas.Imports;

/// <summary>A dump as a script. It is read anew for that, and so hashed anew: what is loaded may not be what was looked at.</summary>
/// <param name="text">The script; it belongs to this.</param>
/// <param name="path">The dump.</param>
/// <param name="file">Its file, which the script comes from; null for a folder, of which pg_restore opens the files.</param>
internal sealed class DumpScript(Stream text, string path, HashedFile? file) : IAsyncDisposable
{
    /// <summary>The script.</summary>
    public Stream Text => text;

    /// <summary>Refuses it when what the script came from has another hash. To be called when it has been read to its end.</summary>
    /// <param name="sha256">The hash of what was looked at.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="Foundations.Errors.OpsException"><c>ImportFileChanged</c>.</exception>
    public async Task CheckAsync(string sha256, CancellationToken ct)
    {
        string read = file is not null ? await file.FinishAsync(ct).ConfigureAwait(false)
            : (await DumpFolder.ReadAsync(path, null, ct).ConfigureAwait(false)).Sha256;
        if (read != sha256)
            throw HashedFile.Changed(path, "its SHA-256 when it was loaded is not the one that it had when it was looked at");
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => text.DisposeAsync();
}
