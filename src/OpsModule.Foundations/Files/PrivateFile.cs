namespace OpsModule.Foundations.Files;

/// <summary>Files and folders that only their owner may read: 0600 and 0700 where the system knows modes.</summary>
public static class PrivateFile
{
    private const UnixFileMode FileMode0600 = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode FolderMode0700 = FileMode0600 | UnixFileMode.UserExecute;

    /// <summary>Opens a file without a buffer of its own; one that does not exist yet is made with mode 0600. A link is not followed.</summary>
    /// <exception cref="IOException">It is a link, or what the system says.</exception>
    public static FileStream Open(string path, FileMode mode, FileAccess access, FileShare share, bool followLinks = false)
    {
        bool empties = mode is System.IO.FileMode.Create;
        // Nothing is cut off before it is sure whose file it is.
        var options = new FileStreamOptions { Mode = empties ? System.IO.FileMode.OpenOrCreate : mode, Access = access, Share = share, BufferSize = 0 };
        if (!OperatingSystem.IsWindows() && mode is not System.IO.FileMode.Open) options.UnixCreateMode = FileMode0600;
        if (!followLinks) RefuseLink(path);
        var file = new FileStream(path, options);
        try
        {
            // Again, because it may have become one meanwhile.
            if (!followLinks) RefuseLink(path);
            if (empties) file.SetLength(0);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static void RefuseLink(string path)
    {
        if (FileFacts.Of(path) is { IsLink: true }) throw new IOException($"{path} is a link, and links are not followed here");
    }

    /// <summary>Opens a file whatever others do with it; null when there is none.</summary>
    public static FileStream? OpenForReading(string path, bool followLinks = false)
    {
        try { return Open(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, followLinks); }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException) { return null; }
    }

    /// <summary>Makes a folder and its missing parents, each with mode 0700, and makes their names durable.</summary>
    public static void CreateFolder(string path)
    {
        if (Directory.Exists(path)) return;
        string? parent = Path.GetDirectoryName(Path.GetFullPath(path));
        if (parent is not null) CreateFolder(parent);
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, FolderMode0700);
        if (parent is not null) Disk.FlushFolder(parent);
    }

    /// <summary>Tries for a short while to open a file that nobody else has open exclusively; null when somebody has.</summary>
    /// <remarks>
    /// The patience is for two moments that pass by themselves: a reader that probes the lock, and a child process between fork
    /// and exec, which still holds a copy of a lock its parent has just released.
    /// </remarks>
    public static async Task<FileStream?> TryOpenExclusivelyAsync(string path, TimeSpan patience, CancellationToken cancellationToken = default)
    {
        long deadline = Environment.TickCount64 + (long)patience.TotalMilliseconds;
        while (true)
        {
            if (TryOpenExclusively(path) is { } file) return file;
            if (Environment.TickCount64 >= deadline) return null;
            await Task.Delay(5, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>As <see cref="TryOpenExclusivelyAsync"/>, for callers that cannot await.</summary>
    public static FileStream? TryOpenExclusively(string path, TimeSpan patience) => TryFor(patience, () => TryOpenExclusively(path));

    /// <summary>Tries for a short while to hold a file together with others that hold it so; null when somebody has it exclusively.</summary>
    public static FileStream? TryOpenShared(string path, TimeSpan patience) => TryFor(patience, () =>
    {
        try
        {
            if (!File.Exists(path)) Open(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite).Dispose();
            // .NET locks a file that is open for reading, and shared for reading, with a lock that others may have too.
            return OpenNamed(path, () => Open(path, FileMode.Open, FileAccess.Read, FileShare.Read));
        }
        catch (IOException e) when (e is FileNotFoundException || Disk.IsSharingViolation(e)) { return null; }
    });

    private static FileStream? TryFor(TimeSpan patience, Func<FileStream?> open)
    {
        long deadline = Environment.TickCount64 + (long)patience.TotalMilliseconds;
        while (true)
        {
            if (open() is { } file) return file;
            if (Environment.TickCount64 >= deadline) return null;
            Thread.Sleep(5);
        }
    }

    /// <summary>Opens a file exclusively, or returns null when somebody else has it open so.</summary>
    /// <exception cref="FileNotFoundException">With <see cref="FileMode.Open"/>, when there is none.</exception>
    public static FileStream? TryOpenExclusively(string path, FileMode mode = FileMode.OpenOrCreate)
    {
        try { return OpenNamed(path, () => Open(path, mode, FileAccess.ReadWrite, FileShare.None)); }
        catch (IOException e) when (Disk.IsSharingViolation(e)) { return null; }
    }

    /// <summary>
    /// Removes a file that is only there to be held, unless somebody holds it. Nothing happens where files cannot be told apart.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="beside">Another file that goes with it.</param>
    public static void TryRemoveLock(string path, string? beside = null)
    {
        if (!Disk.KnowsIdentities) return;
        try
        {
            if (!File.Exists(path)) return;
            using FileStream? held = TryOpenExclusively(path, FileMode.Open);
            if (held is null) return;
            if (beside is not null) File.Delete(beside);
            RemoveHeld(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { /* an empty file stays; it says nothing */ }
    }

    /// <summary>
    /// Removes a file that the caller holds exclusively. Whoever waits for it finds that it is gone, and makes a new one.
    /// </summary>
    public static void RemoveHeld(string path)
    {
        if (!Disk.KnowsIdentities) return;
        try { File.Delete(path); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { /* as above */ }
    }

    /// <summary>
    /// Opens a file so that it is the one of this name. Its last holder may remove it after it was opened here: then a lock on it would
    /// keep
    /// nobody out, and another is opened.
    /// </summary>
    private static FileStream OpenNamed(string path, Func<FileStream> open)
    {
        for (int attempt = 1; ; attempt++)
        {
            FileStream file = open();
            // A file system that gives a file now this number and now that one cannot tell; nothing is removed so often.
            if (!Disk.KnowsIdentities || attempt == 50 || Disk.Identity(file.SafeFileHandle) == Disk.Identity(path)) return file;
            file.Dispose();
        }
    }
}
