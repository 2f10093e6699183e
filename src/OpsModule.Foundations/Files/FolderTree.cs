using System.Runtime.InteropServices;

namespace OpsModule.Foundations.Files;

/// <summary>
/// Deletes folders that somebody else may be changing meanwhile: every folder is opened by name in the one above it, never through a link,
/// so that whatever is exchanged for what, nothing outside is touched.
/// </summary>
public static partial class FolderTree
{
    private const int ReadOnly = 0, RemoveFolder = 0x200, MaxDepth = 200;
    private const int IsFolder = 21, NotPermitted = 1;

    // O_DIRECTORY and O_NOFOLLOW have other numbers on ARM.
    private static readonly int Folder = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x4000 : 0x10000;
    private static readonly int NoFollow = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x8000 : 0x20000;
    private const int CloseOnExec = 0x80000;

    /// <summary>Deletes a folder with all that is in it; a link in its place is left alone. Linux only, elsewhere as .NET does it.</summary>
    /// <returns>True when it is gone.</returns>
    public static bool TryDelete(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            try { if (Directory.Exists(path)) Directory.Delete(path, recursive: true); }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return false; }
            return true;
        }
        path = Path.TrimEndingDirectorySeparator(path);
        int parent = open(Path.GetDirectoryName(path)!, ReadOnly | Folder | CloseOnExec);
        if (parent < 0) return !Directory.Exists(path);
        try
        {
            Empty(parent, Path.GetFileName(path), 0);
            return unlinkat(parent, Path.GetFileName(path), RemoveFolder) == 0 || FileFacts.Of(path) is null;
        }
        finally { _ = close(parent); }
    }

    private static void Empty(int parent, string name, int depth)
    {
        int folder = openat(parent, name, ReadOnly | Folder | NoFollow | CloseOnExec);
        if (folder < 0 || depth > MaxDepth) return;
        try
        {
            // The names are read through the open folder, not through its path.
            foreach (string entry in Directory.GetFileSystemEntries($"/proc/self/fd/{folder}").Select(e => Path.GetFileName(e)!))
            {
                if (unlinkat(folder, entry, 0) == 0 || Marshal.GetLastPInvokeError() is not (IsFolder or NotPermitted)) continue;
                Empty(folder, entry, depth + 1);
                _ = unlinkat(folder, entry, RemoveFolder);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { /* what stays keeps the folder above from going, and that is told */ }
        finally { _ = close(folder); }
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int openat(int folder, string name, int flags);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int unlinkat(int folder, string name, int flags);

    [LibraryImport("libc")]
    private static partial int close(int handle);
}
