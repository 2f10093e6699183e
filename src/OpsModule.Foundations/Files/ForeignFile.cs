using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace OpsModule.Foundations.Files;

/// <summary>
/// Opens files of folders in which others may write: a pipe keeps nobody waiting, a device is refused, and a link is followed only when who made it could
/// have read its target: its owner is root, this user, or the owner of the target. Elsewhere than on Linux files are opened as they are.
/// </summary>
public static partial class ForeignFile
{
    private const int NonBlocking = 0x800, CloseOnExec = 0x80000, NoTerminal = 0x100, PathOnly = 0x200000, LinkMet = 40, MostLinks = 16;
    private static readonly int NoFollow = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x8000 : 0x20000;

    /// <summary>Opens a file, or a pipe that was named, for reading.</summary>
    /// <param name="path">A full path.</param>
    /// <param name="bufferSize">The size of the buffer; 0 for none.</param>
    /// <exception cref="IOException">It is neither, or a link that must not be followed.</exception>
    public static Stream Open(string path, int bufferSize = 0)
    {
        if (!OperatingSystem.IsLinux()) return new FileStream(path, new FileStreamOptions { Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = bufferSize, Options = FileOptions.SequentialScan });
        SafeFileHandle file = OpenChecked(path, out FileType type);
        return type == FileType.Regular ? new FileStream(file, FileAccess.Read, bufferSize) : new PipeStream(file);
    }

    /// <summary>Opens a regular file for reading.</summary>
    /// <exception cref="IOException">It is none, or a link that must not be followed.</exception>
    public static SafeFileHandle OpenRegular(string path)
    {
        if (!OperatingSystem.IsLinux()) return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.SequentialScan);
        SafeFileHandle file = OpenChecked(path, out FileType type);
        if (type == FileType.Regular || IsDescriptor(path) || path == "/dev/null") return file;
        file.Dispose();
        throw new IOException("it is a pipe, no file");
    }

    /// <summary>The bytes of a regular file.</summary>
    /// <exception cref="IOException">It is none, a link that must not be followed, or larger than 256 MiB.</exception>
    public static byte[] ReadAllBytes(string path)
    {
        using var file = new FileStream(OpenRegular(path), FileAccess.Read, 0);
        if (file.Length > 256L * 1024 * 1024) throw new IOException("it is larger than 256 MiB");
        using var bytes = new MemoryStream();
        file.CopyTo(bytes);
        return bytes.ToArray();
    }

    /// <summary>True for what a wildcard or a folder means: a regular file, or a link to one that may be followed.</summary>
    public static bool IsForWildcards(string path) => !OperatingSystem.IsLinux() || Look(path) == FileType.Regular;

    /// <summary>True for a pipe.</summary>
    public static bool IsPipe(string path) => OperatingSystem.IsLinux() && Look(path) == FileType.Pipe;

    /// <summary>What there is, without opening it: who writes to a pipe would take us for its reader.</summary>
    private static FileType? Look(string path)
    {
        try
        {
            using SafeFileHandle file = OpenChecked(path, out FileType type, PathOnly);
            return type;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return null; }
    }

    /// <summary>Opens link after link by itself, so that what was looked at is what is followed.</summary>
    private static SafeFileHandle OpenChecked(string path, out FileType type, int flags = NonBlocking | NoTerminal)
    {
        // What the caller's shell has opened for us, as bash does with <(...): there is no file to look at.
        bool descriptor = IsDescriptor(path);
        var owners = new List<uint>();
        for (int links = 0; links < MostLinks; links++)
        {
            int handle = OpenNative(path, flags | CloseOnExec | (descriptor ? 0 : NoFollow));
            int error = handle < 0 ? Marshal.GetLastPInvokeError() : 0;
            if (error is not (0 or LinkMet)) throw Error(path, error);
            SafeFileHandle? file = error == 0 ? new SafeFileHandle(handle, ownsHandle: true) : null;
            (uint owner, type) = file is null ? (0, FileType.Link) : Disk.OwnerAndType(file) ?? (0, FileType.Regular);
            if (type == FileType.Link)
            {
                file?.Dispose();
                path = Target(path, owners);
                continue;
            }
            if (Refusal(path, type, owner, owners) is not { } refusal) return file!;
            file!.Dispose();
            throw new IOException(refusal);
        }
        throw new IOException("it is a link to a link without end");
    }

    private static string? Refusal(string path, FileType type, uint owner, List<uint> links)
    {
        if (type == FileType.Other && !IsDescriptor(path) && path != "/dev/null") return "it is neither a file nor a pipe";
        uint me = Disk.EffectiveUser();
        return links.All(link => link == 0 || link == me || link == owner) ? null : "it is a link of another user to a file that is not that user's; it is not followed";
    }

    private static bool IsDescriptor(string path) => path == "/dev/stdin" || path.StartsWith("/dev/fd/", StringComparison.Ordinal) || path.StartsWith("/proc/self/fd/", StringComparison.Ordinal);

    /// <summary>Where a link leads, and whose it is.</summary>
    private static string Target(string path, List<uint> owners)
    {
        int handle = OpenNative(path, PathOnly | NoFollow | CloseOnExec);
        if (handle < 0) throw Error(path, Marshal.GetLastPInvokeError());
        using var link = new SafeFileHandle(handle, ownsHandle: true);
        owners.Add(Disk.OwnerAndType(link)?.Owner ?? 0);
        byte[] target = new byte[4096];
        long length = ReadLinkNative(link, "", target, target.Length);
        if (length <= 0) throw new IOException("it is a link that cannot be read");
        return Path.GetFullPath(System.Text.Encoding.UTF8.GetString(target.AsSpan(0, (int)length)), Path.GetDirectoryName(path)!);
    }

    private static Exception Error(string path, int number) => number switch
    {
        2 or 20 => new FileNotFoundException($"Could not find file '{path}'.", path),
        1 or 13 => new UnauthorizedAccessException($"Access to the path '{path}' is denied."),
        _ => new IOException(Marshal.GetPInvokeErrorMessage(number), number),
    };

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int OpenNative(string path, int flags);

    [LibraryImport("libc", EntryPoint = "readlinkat", StringMarshalling = StringMarshalling.Utf8)]
    private static partial long ReadLinkNative(SafeHandle folder, string path, [Out] byte[] target, long size);
}
