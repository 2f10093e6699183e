using System.Runtime.InteropServices;
using System.Text;

namespace OpsModule.Foundations.Files;

/// <summary>What belongs to a file beside its bytes: owner, group, mode, access lists, labels and other extended attributes.</summary>
public static partial class FileTraits
{
    /// <summary>No list of names, and no value of an attribute, is larger on Linux.</summary>
    private const int MostBytes = 64 * 1024;

    private const uint Basic = 0x7ff;
    private const int CurrentFolder = -100, NoFollow = 0x100;

    /// <summary>Gives one file what another has. Neither name may be a link.</summary>
    /// <returns>What could not be kept, in words; null when all was. On a system without owners nothing is there to be kept.</returns>
    /// <exception cref="IOException">The files cannot be looked at.</exception>
    public static string? Copy(string from, string to)
    {
        if (OperatingSystem.IsWindows()) return null;
        FileFacts? wanted = FileFacts.Of(from), made = FileFacts.Of(to);
        // The owner first: to give a file away takes bits of its mode.
        if (wanted is { } owner && made is { } own && (owner.Owner, owner.Group) != (own.Owner, own.Group)
            && ChangeOwner(to, owner.Owner, owner.Group) != 0) return $"its owner ({Machine.AccountNames.User(owner.Owner)})";
        File.SetUnixFileMode(to, File.GetUnixFileMode(from));
        return OperatingSystem.IsLinux() ? CopyAttributes(from, to) : null;
    }

    /// <summary>How many names a file has; 1 where that cannot be told.</summary>
    public static uint NamesOf(string path)
    {
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess) return 1;
        // struct statx is the same everywhere: the count is the lower half of its third word.
        ulong[] words = new ulong[32];
        return Look(CurrentFolder, path, NoFollow, Basic, words) == 0 ? (uint)words[2] : 1;
    }

    private static string? CopyAttributes(string from, string to)
    {
        foreach (string name in Names(from))
            if (Value(from, name) is { } value && !(Value(to, name) is { } known && known.AsSpan().SequenceEqual(value))
                && Set(to, name, value, value.Length, 0) != 0) return $"its attribute {name}";
        // What a folder gives to new files the old one may not have had.
        foreach (string name in Names(to).Except(Names(from)))
            if (Remove(to, name) != 0) return $"that it has no attribute {name}";
        return null;
    }

    private static string[] Names(string path)
    {
        byte[] list = new byte[MostBytes];
        nint length = List(path, list, list.Length);
        return length <= 0 ? [] : Encoding.UTF8.GetString(list, 0, (int)length).Split('\0', StringSplitOptions.RemoveEmptyEntries);
    }

    private static byte[]? Value(string path, string name)
    {
        byte[] value = new byte[MostBytes];
        nint length = Get(path, name, value, value.Length);
        return length < 0 ? null : value[..(int)length];
    }

    [LibraryImport("libc", EntryPoint = "lchown", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, uint owner, uint group);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Look(int folder, string path, int flags, uint mask, [Out] ulong[] result);

    [LibraryImport("libc", EntryPoint = "llistxattr", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint List(string path, [Out] byte[] list, nint size);

    [LibraryImport("libc", EntryPoint = "lgetxattr", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Get(string path, string name, [Out] byte[] value, nint size);

    [LibraryImport("libc", EntryPoint = "lsetxattr", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Set(string path, string name, byte[] value, nint size, int flags);

    [LibraryImport("libc", EntryPoint = "lremovexattr", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Remove(string path, string name);
}
