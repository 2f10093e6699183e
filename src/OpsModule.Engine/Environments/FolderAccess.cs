using System.Runtime.InteropServices;

namespace OpsModule.Engine.Environments;

/// <summary>Says whether a folder could be written to, without writing.</summary>
internal static partial class FolderAccess
{
    private const int MayWrite = 2;

    /// <summary>The folder itself, or the nearest one above it that is there.</summary>
    public static string NearestExisting(string path)
    {
        string? folder = path;
        while (folder is not null && !Directory.Exists(folder) && !File.Exists(folder)) folder = Path.GetDirectoryName(folder);
        return folder ?? path;
    }

    /// <summary>What the system says to writing there; Windows is believed to allow it.</summary>
    public static bool CanWrite(string folder) => OperatingSystem.IsWindows() || access(folder, MayWrite) == 0;

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int access(string path, int mode);
}
