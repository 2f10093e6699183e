namespace OpsModule.Foundations.Files;

/// <summary>Writes files that are there whole or not at all: beside their place, flushed, renamed, and the folder flushed.</summary>
public static class AtomicFile
{
    private const string End = ".tmp";

    /// <summary>Only its owner reads it.</summary>
    public const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Everybody reads it.</summary>
    public const UnixFileMode Shared = Private | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Writes a file; durable on return. When it fails, what was there is there still, and nothing lies beside it.</summary>
    /// <param name="path">The file. Its folder must exist.</param>
    /// <param name="content">Writes the content, to the stream's end.</param>
    /// <param name="mode">The mode of a new file; the umask takes from it.</param>
    /// <param name="replace">False fails when something is there; true takes its place.</param>
    /// <param name="check">Looks at the written file, whose path it is given, before it takes its place; what it throws ends the
    /// writing.</param>
    /// <returns>Its size in bytes.</returns>
    /// <exception cref="IOException">The disk is full, or something is there, or what the system says.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not write there.</exception>
    public static long Write(string path, Action<Stream> content, UnixFileMode mode = Private, bool replace = true,
        Action<string>? check = null)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!, beside = Beside(path);
        // Held until it has its name, so that whoever sweeps knows that it is being written.
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = mode;
        try
        {
            using var file = new FileStream(beside, options);
            content(file);
            file.Flush(flushToDisk: true);
            long size = file.Length;
            check?.Invoke(beside);
            File.Move(beside, path, replace);
            Disk.FlushFolder(folder);
            return size;
        }
        catch
        {
            Forget(beside);
            throw;
        }
    }

    /// <summary>Writes bytes; as the other.</summary>
    public static void Write(string path, byte[] content, UnixFileMode mode = Private, bool replace = true) => Write(path, file =>
        file.Write(content), mode, replace);

    /// <summary>Puts a symbolic link in the place of whatever is there; durable on return.</summary>
    /// <param name="path">Where the link lies.</param>
    /// <param name="target">What it points at.</param>
    /// <exception cref="IOException">As <see cref="Write(string, Action{Stream}, UnixFileMode, bool, Action{string})"/>.</exception>
    public static void Link(string path, string target)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!, beside = Beside(path);
        try
        {
            File.CreateSymbolicLink(beside, target);
            File.Move(beside, path, overwrite: true);
            Disk.FlushFolder(folder);
        }
        catch
        {
            Forget(beside);
            throw;
        }
    }

    /// <summary>
    /// Takes away what a process that was killed has left beside a file: what was to become the file, and nobody holds any more. It may
    /// hold secrets, in a folder that goes into git and images.
    /// </summary>
    public static void Sweep(string path)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!, beginning = $".{Path.GetFileName(path)}.";
        try
        {
            if (!Directory.Exists(folder)) return;
            foreach (string beside in Directory.EnumerateFiles(folder))
                if (Path.GetFileName(beside) is var name && name.StartsWith(beginning, StringComparison.Ordinal)
                    && name.EndsWith(End, StringComparison.Ordinal)
                    && Guid.TryParseExact(name[beginning.Length..^End.Length], "N", out _)) Remove(beside);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { /* what cannot be listed cannot be swept */ }
    }

    private static void Remove(string beside)
    {
        try
        {
            using FileStream free = PrivateFile.Open(beside, FileMode.Open, FileAccess.Read, FileShare.None);
            File.Delete(beside);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { /* somebody writes it, or it is not ours */ }
    }

    private static string Beside(string path) =>
        Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, $".{Path.GetFileName(path)}.{Guid.NewGuid():N}{End}");

    private static void Forget(string beside)
    {
        try { File.Delete(beside); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { /* its name tells that it is nothing */ }
    }
}
