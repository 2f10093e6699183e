using OpsModule.Foundations.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;

namespace OpsModule.Connections.Files;

/// <summary>
/// A small file that services read: an env file, a secret, a compose file. It is written whole or not at all; a link stays a link and its
/// target is written; owner, mode, access lists and attributes stay.
/// </summary>
public sealed class OperatedFile
{
    private const int MaxBytes = 1024 * 1024;
    private const int Busy = 16;

    private readonly InPlaceWriting _inPlace;

    private OperatedFile(string path, string target, string folder)
    {
        (Path, Target) = (path, target);
        _inPlace = new InPlaceWriting(target, folder);
    }

    /// <summary>The file as it was named.</summary>
    public string Path { get; }

    /// <summary>Where its bytes are: behind links.</summary>
    public string Target { get; }

    /// <summary>A file, which need not be there.</summary>
    /// <param name="path">Its full path.</param>
    /// <param name="folder">A folder of ours, made when it is needed, for what a write in place keeps meanwhile.</param>
    /// <exception cref="OpsException"><c>OperatedFileUnreadable</c>: its links lead in a circle.</exception>
    public static OperatedFile Of(string path, string folder)
    {
        try
        {
            string full = System.IO.Path.GetFullPath(path);
            var file = new FileInfo(full);
            string? target = file.LinkTarget is null ? null : file.ResolveLinkTarget(returnFinalTarget: true)?.FullName;
            return new OperatedFile(path, target ?? full, folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { throw OperatedFileErrors.Unreadable(path, e); }
    }

    /// <summary>Its bytes; null when it is not there. Of a write that was cut off, what was meant.</summary>
    /// <exception cref="OpsException"><c>OperatedFileUnreadable</c>.</exception>
    public byte[]? Read() => Present() is { } now ? _inPlace.Unfinished(now) ?? now : null;

    /// <summary>Writes it; durable on return. What a run that was killed has left beside it goes, whatever it holds.</summary>
    /// <param name="scope">The change that it is a step of.</param>
    /// <param name="bytes">What it is to hold.</param>
    /// <param name="expected">What it must hold now; null for a file that must not be there.</param>
    /// <param name="inPlace">True keeps it the same file.</param>
    /// <exception cref="OpsException"><c>OperatedFileMoved</c>, <c>OperatedFileNotWritten</c>: it is as it was.</exception>
    public FileWriting Write(ChangeScope scope, byte[] bytes, byte[]? expected, bool inPlace = false)
    {
        byte[]? now = Present();
        byte[]? unfinished = now is null ? null : _inPlace.Unfinished(now);
        if (!Same(unfinished ?? now, expected)) throw OperatedFileErrors.Moved(Path);
        AtomicFile.Sweep(Target);
        _inPlace.Sweep();
        try
        {
            if (unfinished is not null)
            {
                _inPlace.Write(now!, unfinished);
                now = unfinished;
            }
            else _inPlace.Forget();
            if (Same(now, bytes)) return FileWriting.Unchanged;
            if (!inPlace && (now is null || FileTraits.NamesOf(Target) == 1) && Replace(bytes, now)) return FileWriting.Replaced;
            _inPlace.Write(now!, bytes);
            return FileWriting.InPlace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { throw OperatedFileErrors.NotWritten(Path, e); }
    }

    /// <summary>Puts another file in its place; false when that would lose something of it, or when it is mounted by itself.</summary>
    private bool Replace(byte[] bytes, byte[]? now)
    {
        try
        {
            AtomicFile.Write(Target, stream => stream.Write(bytes), AtomicFile.Private, replace: now is not null, beside =>
            {
                if (now is null) return;
                if (FileTraits.Copy(Target, beside) is { } lost) throw new TraitLostException(lost);
                Flush(beside);
                if (!Same(Present(), now)) throw OperatedFileErrors.Moved(Path);
            });
            return true;
        }
        catch (TraitLostException) { return false; }
        catch (IOException e) when (now is not null && e.HResult == Busy) { return false; }
    }

    private static void Flush(string path)
    {
        using Microsoft.Win32.SafeHandles.SafeFileHandle file = File.OpenHandle(path);
        RandomAccess.FlushToDisk(file);
    }

    private byte[]? Present()
    {
        try
        {
            using var file = new FileStream(ForeignFile.OpenRegular(System.IO.Path.GetFullPath(Path)), FileAccess.Read, 0);
            if (file.Length > MaxBytes) throw new IOException($"it is larger than {MaxBytes / 1024} KiB");
            using var bytes = new MemoryStream();
            file.CopyTo(bytes);
            return bytes.ToArray();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException) { return null; }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { throw OperatedFileErrors.Unreadable(Path, e); }
    }

    private static bool Same(byte[]? one, byte[]? other) => one is null || other is null ? one is null && other is null
        : one.AsSpan().SequenceEqual(other);

    /// <summary>Says that a file in its place would not be as the old one is.</summary>
    private sealed class TraitLostException(string what) : Exception(what);
}
