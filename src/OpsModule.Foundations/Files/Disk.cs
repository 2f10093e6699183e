using System.Runtime.InteropServices;

namespace OpsModule.Foundations.Files;

/// <summary>The few things about disks that .NET does not offer: flushing a folder, starting to write early, reading error numbers.</summary>
public static partial class Disk
{
    private const int WouldBlock = 11;
    private const int WindowsSharingViolation = unchecked((int)0x80070020);
    private const int WindowsDiskFull = unchecked((int)0x80070070);
    private const uint StartWriting = 2;
    private const int EmptyPath = 0x1000, NoFollow = 0x100, HereFolder = -100;
    private const uint StatInode = 0x100, StatBasic = 0x7ff;

    /// <summary>Makes the names in a folder durable. Where the system or the file system cannot, nothing happens.</summary>
    public static void FlushFolder(string path)
    {
        if (OperatingSystem.IsWindows()) return;
        int handle = OpenNative(path, 0);
        if (handle < 0) return;
        _ = FlushNative(handle);
        _ = CloseNative(handle);
    }

    /// <summary>Asks the kernel to begin writing a range now, so that the flush at the end is short. Only a hint.</summary>
    public static void StartWriteback(SafeHandle file, long offset, long count)
    {
        if (OperatingSystem.IsLinux()) _ = SyncFileRangeNative(file, offset, count, StartWriting);
    }

    /// <summary>True when somebody else has the file open exclusively.</summary>
    public static bool IsSharingViolation(IOException error) =>
        error.HResult is WouldBlock or WindowsSharingViolation;

    /// <summary>True when the disk or the quota is full.</summary>
    public static bool IsFull(Exception error) => ErrorNumber(error) is 28 or 122 or WindowsDiskFull;

    /// <summary>True when the file system is mounted read-only.</summary>
    public static bool IsReadOnly(Exception error) => ErrorNumber(error) is 30;

    /// <summary>Free bytes for this user on the disk that holds a path, or null when it cannot be known.</summary>
    public static long? FreeBytes(string path)
    {
        try
        {
            string? folder = Path.GetFullPath(path);
            while (folder is not null && !Directory.Exists(folder)) folder = Path.GetDirectoryName(folder);
            return folder is null ? null : new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException) { return null; }
    }

    /// <summary>The inodes of a file system, all and those free for this user; null where they are made as needed, or cannot be told.</summary>
    public static (long All, long Free)? Inodes(string path)
    {
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess) return null;
        // Longer than any C library's struct statvfs. The first eight words are the same in all: block sizes, blocks, inodes.
        ulong[] words = new ulong[32];
        return StatNative(path, words) == 0 && words[5] > 0 ? ((long)words[5], (long)words[7]) : null;
    }

    /// <summary>Which file it is, whatever its name: device and inode; null where that cannot be told. Numbers of files that were removed are given again.</summary>
    public static string? Identity(SafeHandle file)
    {
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess) return null;
        try
        {
            // struct statx is the same everywhere: the inode is its fifth word, the device its eighteenth.
            ulong[] words = new ulong[32];
            return StatExtendedNative(file, "", EmptyPath, StatInode, words) == 0 ? FormattableString.Invariant($"{words[17]:x}:{words[4]}") : null;
        }
        catch (EntryPointNotFoundException) { return null; }
    }

    /// <summary>Which file has this name now; null when none has, or where that cannot be told. A link is not followed.</summary>
    public static string? Identity(string path)
    {
        if (!KnowsIdentities) return null;
        ulong[] words = new ulong[32];
        return StatExtendedNative(HereFolder, path, NoFollow, StatInode, words) == 0
            ? FormattableString.Invariant($"{words[17]:x}:{words[4]}") : null;
    }

    /// <summary>Whether files can be told apart whatever their names.</summary>
    public static bool KnowsIdentities { get; } = OperatingSystem.IsLinux() && Environment.Is64BitProcess && HasStatExtended();

    private static bool HasStatExtended()
    {
        try { return StatExtendedNative(HereFolder, "/", NoFollow, StatInode, new ulong[32]) == 0; }
        catch (EntryPointNotFoundException) { return false; }
    }

    /// <summary>Whose a file is, and of what type; null where that cannot be told.</summary>
    public static (uint Owner, FileType Type)? OwnerAndType(SafeHandle file)
    {
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess) return null;
        try
        {
            // Owner and mode are the upper halves of the third and the fourth word.
            ulong[] words = new ulong[32];
            if (StatExtendedNative(file, "", EmptyPath, StatBasic, words) != 0) return null;
            FileType type = ((words[3] >> 32) & 0xF000) switch { 0x8000 => FileType.Regular, 0x1000 => FileType.Pipe, 0xA000 => FileType.Link, _ => FileType.Other };
            return ((uint)(words[2] >> 32), type);
        }
        catch (EntryPointNotFoundException) { return null; }
    }

    /// <summary>Who this process is to files.</summary>
    public static uint EffectiveUser() => EffectiveUserNative();

    /// <summary>The error number: .NET keeps it in HResult, or in that of the cause where it chose another exception type.</summary>
    private static int ErrorNumber(Exception error) => (error as IOException ?? error.InnerException as IOException)?.HResult ?? 0;

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenNative(string path, int flags);

    [LibraryImport("libc", EntryPoint = "statvfs", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatNative(string path, [Out] ulong[] result);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatExtendedNative(SafeHandle file, string path, int flags, uint mask, [Out] ulong[] result);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatExtendedNative(int folder, string path, int flags, uint mask, [Out] ulong[] result);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUserNative();

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int FlushNative(int handle);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int CloseNative(int handle);

    [LibraryImport("libc", EntryPoint = "sync_file_range")]
    private static partial int SyncFileRangeNative(SafeHandle handle, long offset, long count, uint flags);
}
