namespace OpsModule.Engine.Files;

/// <summary>Files and folders that only their owner may read: 0600 and 0700 where the system knows modes.</summary>
internal static class PrivateFile
{
    private const UnixFileMode FileMode0600 = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode FolderMode0700 = FileMode0600 | UnixFileMode.UserExecute;

    /// <summary>Opens a file without a buffer of its own; one that does not exist yet is made with mode 0600.</summary>
    public static FileStream Open(string path, FileMode mode, FileAccess access, FileShare share)
    {
        var options = new FileStreamOptions { Mode = mode, Access = access, Share = share, BufferSize = 0 };
        if (!OperatingSystem.IsWindows() && mode is not System.IO.FileMode.Open) options.UnixCreateMode = FileMode0600;
        return new FileStream(path, options);
    }

    /// <summary>Opens a file whatever others do with it; null when there is none.</summary>
    public static FileStream? OpenForReading(string path)
    {
        try { return Open(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete); }
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
    public static FileStream? TryOpenExclusively(string path, TimeSpan patience)
    {
        long deadline = Environment.TickCount64 + (long)patience.TotalMilliseconds;
        while (true)
        {
            if (TryOpenExclusively(path) is { } file) return file;
            if (Environment.TickCount64 >= deadline) return null;
            Thread.Sleep(5);
        }
    }

    /// <summary>Opens a file exclusively, or returns null when somebody else has it open so.</summary>
    public static FileStream? TryOpenExclusively(string path, FileMode mode = FileMode.OpenOrCreate)
    {
        try { return Open(path, mode, FileAccess.ReadWrite, FileShare.None); }
        catch (IOException e) when (Disk.IsSharingViolation(e)) { return null; }
    }
}
