using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace OpsModule.Foundations.Files.Anchored;

/// <summary>
/// A folder that is held open, and whose entries are reached by their names in it and never through a link: whatever others exchange for
/// what meanwhile, nothing outside of it is read or written. Linux only.
/// </summary>
public sealed partial class AnchoredFolder : IDisposable
{
    private const int ReadOnly = 0, Create = 0x40 | 0x80 | 0x1, NonBlocking = 0x800, NoTerminal = 0x100, CloseOnExec = 0x80000,
        PathOnly = 0x200000;
    private const int RemoveFolderFlag = 0x200, NoFollowAt = 0x100, EmptyPath = 0x1000, OwnerOnly = 0x180;
    private const uint Basic = 0x7ff;
    private const int Missing = 2, IsThere = 17, NoFolder = 20, IsFolder = 21, LinkMet = 40;

    // They have other numbers on ARM.
    private static readonly bool IsArm = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm;
    private static readonly int FolderOnly = IsArm ? 0x4000 : 0x10000, NoFollow = IsArm ? 0x8000 : 0x20000;

    private readonly SafeFileHandle _handle;

    private AnchoredFolder(int handle) => _handle = new SafeFileHandle(handle, ownsHandle: true);

    /// <summary>True where folders can be held so.</summary>
    public static bool IsPossible => OperatingSystem.IsLinux() && Environment.Is64BitProcess;

    /// <summary>True for an error that says that another thing is in the place: a link on the way, a file for a folder, a folder for a
    /// file.</summary>
    public static bool IsOfThePlace(Exception error) => error is IOException { HResult: LinkMet or NoFolder or IsFolder or IsThere };

    /// <summary>Where it lies, without any link; another place when somebody has moved it since it was opened.</summary>
    public string Path => File.ResolveLinkTarget(Through, returnFinalTarget: false)?.FullName ?? Through;

    private string Through => $"/proc/self/fd/{_handle.DangerousGetHandle()}";

    /// <summary>Opens a folder by its path, whose links are followed: whoever names it means what it leads to.</summary>
    /// <exception cref="IOException">It is not there, or no folder.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not.</exception>
    public static AnchoredFolder Open(string path)
    {
        if (!IsPossible) throw new PlatformNotSupportedException("Folders can be held open on 64-bit Linux only.");
        int handle = OpenNative(path, ReadOnly | FolderOnly | CloseOnExec);
        return handle >= 0 ? new AnchoredFolder(handle) : throw Error(path);
    }

    /// <summary>The names in it, in their order.</summary>
    public IReadOnlyList<string> Names() => [.. Directory.EnumerateFileSystemEntries(Through)
        .Select(e => System.IO.Path.GetFileName(e)).Order(StringComparer.Ordinal)];

    /// <summary>What an entry is; null when there is none of this name.</summary>
    public EntryFacts? Look(string name)
    {
        ulong[] words = new ulong[32];
        if (LookNative(_handle, Checked(name), NoFollowAt, Basic, words) == 0) return EntryFacts.Of(words);
        return Marshal.GetLastPInvokeError() is Missing or NoFolder ? null : throw Error(name);
    }

    /// <summary>What an open file is.</summary>
    public static EntryFacts Look(SafeFileHandle file)
    {
        ulong[] words = new ulong[32];
        return LookNative(file, "", EmptyPath, Basic, words) == 0 ? EntryFacts.Of(words) : throw Error("the file");
    }

    /// <summary>What the folder itself is.</summary>
    public EntryFacts Look() => Look(_handle);

    /// <summary>Opens a folder in it; null when there is none of this name.</summary>
    /// <exception cref="IOException">It is a link, or no folder.</exception>
    public AnchoredFolder? OpenFolder(string name) => OpenFolder(name, ReadOnly);

    /// <summary>The same of a folder on the way to another one, which need not be readable: nothing is written into it.</summary>
    public AnchoredFolder? PassFolder(string name) => OpenFolder(name, PathOnly);

    /// <summary>
    /// The folder that a full path without links lies in, by way of folders that are none; null when one is not there.
    /// </summary>
    /// <exception cref="IOException">One of them is a link, or no folder.</exception>
    public static AnchoredFolder? OpenAbove(string path)
    {
        string[] parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        AnchoredFolder? at = Open("/");
        for (int i = 0; i < parts.Length - 1 && at is not null; i++)
        {
            using AnchoredFolder above = at;
            at = i == parts.Length - 2 ? above.OpenFolder(parts[i]) : above.PassFolder(parts[i]);
        }
        return at;
    }

    private AnchoredFolder? OpenFolder(string name, int how)
    {
        int handle = OpenAtNative(_handle, Checked(name), how | FolderOnly | NoFollow | CloseOnExec, 0);
        if (handle >= 0) return new AnchoredFolder(handle);
        return Marshal.GetLastPInvokeError() switch
        {
            Missing => null,
            LinkMet => throw new IOException($"{name} is a link, and links are not followed here", LinkMet),
            NoFolder => throw new IOException(Look(name)?.Kind == EntryKind.Link ? $"{name} is a link, and links are not followed here"
                : $"{name} is no folder", NoFolder),
            _ => throw Error(name),
        };
    }

    /// <summary>Opens a file for reading. A link is refused; a pipe keeps nobody waiting.</summary>
    public SafeFileHandle OpenFile(string name)
    {
        int handle = OpenAtNative(_handle, Checked(name), ReadOnly | NoFollow | NonBlocking | NoTerminal | CloseOnExec, 0);
        return handle >= 0 ? new SafeFileHandle(handle, ownsHandle: true) : throw Error(name);
    }

    /// <summary>Where a link in it leads, as it is written.</summary>
    public string ReadLink(string name)
    {
        byte[] target = new byte[4096];
        long length = ReadLinkNative(_handle, Checked(name), target, target.Length);
        return length > 0 ? System.Text.Encoding.UTF8.GetString(target.AsSpan(0, (int)length)) : throw Error(name);
    }

    /// <summary>Makes a file that only its owner reads; fails when something is there, be it a link.</summary>
    public SafeFileHandle CreateFile(string name)
    {
        int handle = OpenAtNative(_handle, Checked(name), Create | NoFollow | CloseOnExec, OwnerOnly);
        return handle >= 0 ? new SafeFileHandle(handle, ownsHandle: true) : throw Error(name);
    }

    /// <summary>Makes a folder and opens it; one that is there is opened.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="mode">Its mode, whatever the umask.</param>
    /// <exception cref="IOException">A link or a file is there.</exception>
    public AnchoredFolder MakeFolder(string name, int mode)
    {
        bool made = MakeFolderNative(_handle, Checked(name), OwnerOnly | 0x40) == 0;
        if (!made && Marshal.GetLastPInvokeError() != IsThere) throw Error(name);
        AnchoredFolder folder = OpenFolder(name) ?? throw new IOException($"{name} is gone again");
        if (made) folder.SetMode(mode);
        return folder;
    }

    /// <summary>Makes a symbolic link.</summary>
    public void MakeLink(string name, string target) => Done(SymbolicLinkNative(target, _handle, Checked(name)), name);

    /// <summary>Gives a file of a folder another name here.</summary>
    public void MakeHardLink(string name, AnchoredFolder from, string file) =>
        Done(HardLinkNative(from._handle, Checked(file), _handle, Checked(name), 0), name);

    /// <summary>Puts an entry in the place of another.</summary>
    public void Rename(string from, string to) => Done(RenameNative(_handle, Checked(from), _handle, Checked(to)), to);

    /// <summary>Removes a file or a link; one that is gone is no error.</summary>
    public void Remove(string name)
    {
        if (RemoveNative(_handle, Checked(name), 0) != 0 && Marshal.GetLastPInvokeError() != Missing) throw Error(name);
    }

    /// <summary>Removes an empty folder; false when it is not empty.</summary>
    public bool RemoveFolder(string name) => RemoveNative(_handle, Checked(name), RemoveFolderFlag) == 0
        || Marshal.GetLastPInvokeError() == Missing;

    /// <summary>Gives an entry, a link itself, to an owner and a group.</summary>
    public void Give(string name, uint owner, uint group) => Done(GiveNative(_handle, Checked(name), owner, group, NoFollowAt), name);

    /// <summary>Gives the folder itself to an owner and a group.</summary>
    public void Give(uint owner, uint group) => Done(GiveNative(_handle, "", owner, group, EmptyPath), "the folder");

    /// <summary>Gives an open file to an owner and a group: it is that file, whatever others have put under its name.</summary>
    public static void Give(SafeFileHandle file, uint owner, uint group) => Done(GiveNative(file, "", owner, group, EmptyPath), "the file");

    /// <summary>Sets the folder's own mode.</summary>
    public void SetMode(int mode) => Done(SetModeNative(_handle, (uint)mode), "the folder");

    /// <summary>Makes the names in it durable.</summary>
    public void Flush() => Done(FlushNative(_handle), "the folder");

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    /// <summary>A name, and never a way to somewhere else.</summary>
    private static string Checked(string name) => name is "" or "." or ".." || name.AsSpan().IndexOfAny('/', '\0') >= 0
        ? throw new IOException($"'{name}' is no name of an entry") : name;

    private static void Done(int result, string name)
    {
        if (result != 0) throw Error(name);
    }

    private static Exception Error(string name)
    {
        int number = Marshal.GetLastPInvokeError();
        return number switch
        {
            Missing => new FileNotFoundException($"{name} is not there.", name),
            1 or 13 => new UnauthorizedAccessException($"Access to {name} is denied."),
            LinkMet => new IOException($"{name} is a link, and links are not followed here", number),
            _ => new IOException($"{name}: {Marshal.GetPInvokeErrorMessage(number)}", number),
        };
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int OpenNative(string path, int flags);

    [LibraryImport("libc", EntryPoint = "openat", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int OpenAtNative(SafeHandle folder, string name, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int LookNative(SafeHandle folder, string name, int flags, uint mask, [Out] ulong[] result);

    [LibraryImport("libc", EntryPoint = "readlinkat", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial long ReadLinkNative(SafeHandle folder, string name, [Out] byte[] target, long size);

    [LibraryImport("libc", EntryPoint = "mkdirat", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int MakeFolderNative(SafeHandle folder, string name, uint mode);

    [LibraryImport("libc", EntryPoint = "symlinkat", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int SymbolicLinkNative(string target, SafeHandle folder, string name);

    [LibraryImport("libc", EntryPoint = "linkat", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int HardLinkNative(SafeHandle from, string file, SafeHandle folder, string name, int flags);

    [LibraryImport("libc", EntryPoint = "renameat", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int RenameNative(SafeHandle from, string name, SafeHandle folder, string to);

    [LibraryImport("libc", EntryPoint = "unlinkat", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int RemoveNative(SafeHandle folder, string name, int flags);

    [LibraryImport("libc", EntryPoint = "fchownat", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int GiveNative(SafeHandle folder, string name, uint owner, uint group, int flags);

    [LibraryImport("libc", EntryPoint = "fchmod", SetLastError = true)]
    private static partial int SetModeNative(SafeHandle folder, uint mode);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FlushNative(SafeHandle folder);
}
