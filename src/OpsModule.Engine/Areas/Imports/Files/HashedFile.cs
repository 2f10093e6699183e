using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using OpsModule.Foundations.Bytes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Areas.Imports.Files;

/// <summary>A file that is read forward once and hashed on the way, and that must be at the end what it was at the beginning.</summary>
internal sealed class HashedFile : ReadStage
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly FileStream _file;
    private readonly Action<long>? _onProgress;
    private long _read;

    private HashedFile(string path, FileStream file, Action<long>? onProgress)
    {
        (Path, _file, _onProgress) = (path, file, onProgress);
        Bytes = file.Length;
        ModifiedAt = ModifiedOf(path);
    }

    /// <summary>Its path.</summary>
    public string Path { get; }

    /// <summary>Its size when it was opened.</summary>
    public long Bytes { get; }

    /// <summary>When it was written last, UTC.</summary>
    public DateTimeOffset ModifiedAt { get; }

    /// <summary>Opens it.</summary>
    /// <exception cref="OpsException"><c>ImportFileUnreadable</c>, <c>ImportFileEmpty</c>.</exception>
    public static HashedFile Open(string path, Action<long>? onProgress = null)
    {
        try
        {
            SafeFileHandle handle = ForeignFile.OpenRegular(path);
            var file = new FileStream(handle, FileAccess.Read, 0);
            if (file.Length > 0) return new HashedFile(path, file, onProgress);
            file.Dispose();
            throw ImportErrors.FileEmpty.Make($"{path} is empty: it has no bytes.",
                "Look at what should have written it: a dump that failed leaves such a file.", path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { throw Unreadable(path, e); }
    }

    /// <summary>What is compared between a plan and its run, without reading the file.</summary>
    public static string Describe(string path)
    {
        try
        {
            string file = Directory.Exists(path) ? System.IO.Path.Combine(path, DumpFolder.Contents) : path;
            var info = new FileInfo(file);
            return info.Exists ? string.Create(CultureInfo.InvariantCulture, $"{info.Length} bytes, written "
                + $"{info.LastWriteTimeUtc:yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'}") : "gone";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return "not readable"; }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read = await _file.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        _hash.AppendData(buffer.Span[..read]);
        _read += read;
        _onProgress?.Invoke(_read);
        return read;
    }

    /// <summary>Reads what is left of it and returns its SHA-256.</summary>
    /// <exception cref="OpsException"><c>ImportFileChanged</c>: somebody wrote to it meanwhile.</exception>
    public async Task<string> FinishAsync(CancellationToken ct)
    {
        byte[] rest = new byte[256 * 1024];
        while (await ReadAsync(rest, ct).ConfigureAwait(false) > 0) { }
        if (_read != Bytes || _file.Length != Bytes || ModifiedOf(Path) != ModifiedAt)
            throw Changed(Path, string.Create(CultureInfo.InvariantCulture,
                $"it had {Bytes:N0} bytes when it was opened, and {_file.Length:N0} when it "
                + $"was read"));
        return Convert.ToHexString(_hash.GetHashAndReset()).ToLowerInvariant();
    }

    /// <summary>The error of a file that somebody writes to.</summary>
    public static OpsException Changed(string path, string how) =>
        ImportErrors.FileChanged.Make($"{path} was written to while it was read: {how}. Nothing of it is kept.",
        "Wait until whoever writes it has ended (a dump, a copy), then import it.", path);

    /// <summary>The error of a file that cannot be read.</summary>
    public static OpsException Unreadable(string path, Exception e) =>
        ImportErrors.FileUnreadable.Make($"{path} cannot be read: {e.Message.TrimEnd('.')}.",
        "Correct the path, or the file's permissions.", path, e);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _hash.Dispose();
            _file.Dispose();
        }
        base.Dispose(disposing);
    }

    private static DateTimeOffset ModifiedOf(string path) => new(File.GetLastWriteTimeUtc(path), TimeSpan.Zero);
}
