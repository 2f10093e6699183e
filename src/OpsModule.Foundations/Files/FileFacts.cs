using System.Runtime.InteropServices;

namespace OpsModule.Foundations.Files;

/// <summary>What the system knows of a name, without following it when it is a link.</summary>
/// <param name="Owner">The user it belongs to.</param>
/// <param name="Group">Its group.</param>
/// <param name="Mode">Kind and permission bits, as in <c>st_mode</c>.</param>
public readonly partial record struct FileFacts(uint Owner, uint Group, int Mode)
{
    private const int KindMask = 0xF000, FolderKind = 0x4000, FileKind = 0x8000, LinkKind = 0xA000;
    private const int CurrentFolder = -100, NoFollow = 0x100;
    private const uint Basic = 0x7ff;
    private const int MayExecute = 1;

    /// <summary>The user we run as.</summary>
    public static uint Self { get; } = OperatingSystem.IsWindows() ? 0 : geteuid();

    /// <summary>Our group.</summary>
    public static uint SelfGroup { get; } = OperatingSystem.IsWindows() ? 0 : getegid();

    /// <summary>True when we may do everything.</summary>
    public static bool IsRoot => !OperatingSystem.IsWindows() && Self == 0;

    /// <summary>True for a folder.</summary>
    public bool IsFolder => (Mode & KindMask) == FolderKind;

    /// <summary>True for a regular file, not for a device, a pipe or a socket.</summary>
    public bool IsFile => (Mode & KindMask) == FileKind;

    /// <summary>True for a symbolic link; owner, group and mode are then those of the link.</summary>
    public bool IsLink => (Mode & KindMask) == LinkKind;

    /// <summary>In such a folder only its owner and the owner of an entry may remove or rename the entry.</summary>
    public bool IsSticky => (Mode & 0x200) != 0;

    /// <summary>True when the group may write. With an access list the bit is an upper bound: see <see cref="HasAccessList"/>.</summary>
    public bool GroupMayWrite => (Mode & 0x10) != 0;

    /// <summary>True when users who are neither its owner nor in its group may write.</summary>
    public bool OthersMayWrite => (Mode & 0x2) != 0;

    /// <summary>Looks; null when there is no such name, or the system is none that can be asked.</summary>
    public static FileFacts? Of(string path)
    {
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess) return null;
        // struct statx is the same everywhere: owner in the upper half of its third word, group and mode in the fourth.
        ulong[] words = new ulong[32];
        return statx(CurrentFolder, path, NoFollow, Basic, words) == 0 ? new FileFacts((uint)(words[2] >> 32), (uint)words[3], (int)(words[3] >> 32) & 0xFFFF) : null;
    }

    /// <summary>Whether we may run it.</summary>
    public static bool MayRun(string path) => File.Exists(path) && (OperatingSystem.IsWindows() || access(path, MayExecute) == 0);

    /// <summary>Gives a name to an owner and a group, a link itself; false where this user may not.</summary>
    public static bool Give(string path, uint owner, uint group) => !OperatingSystem.IsWindows() && lchown(path, owner, group) == 0;

    /// <summary>Whether a list of rights beyond owner, group and others is kept for it; the group's bits are then an upper bound for all in it.</summary>
    public static bool HasAccessList(string path) => OperatingSystem.IsLinux() && lgetxattr(path, "system.posix_acl_access", 0, 0) > 0;

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int lchown(string path, uint owner, uint group);

    [LibraryImport("libc")]
    private static partial uint geteuid();

    [LibraryImport("libc")]
    private static partial uint getegid();

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int folder, string path, int flags, uint mask, [Out] ulong[] result);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int access(string path, int mode);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint lgetxattr(string path, string name, nint value, nint size);
}
