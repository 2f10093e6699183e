using System.IO.Pipes;
using System.Runtime.InteropServices;

namespace OpsModule.Foundations.Processes;

/// <summary>Enlarges a pipe to 1 MiB where the system can (Linux): fewer switches between the two ends of a busy pipe.</summary>
public static partial class PipeBuffer
{
    private const int SetPipeSize = 1031;
    private const int Size = 1024 * 1024;

    /// <summary>A wish, not a need: a system that refuses keeps its default.</summary>
    public static void Enlarge(Stream stream)
    {
        if (OperatingSystem.IsLinux() && stream is PipeStream pipe) _ = Control(pipe.SafePipeHandle, SetPipeSize, Size);
    }

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(SafeHandle handle, int command, int argument);
}
