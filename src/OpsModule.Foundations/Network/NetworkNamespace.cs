using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace OpsModule.Foundations.Network;

/// <summary>
/// The network that a process of this machine has, which may be another one than ours (a container's). Sockets that are made here belong
/// to it
/// for as long as they live.
/// </summary>
public sealed partial class NetworkNamespace : IDisposable
{
    private const int CloneNewNet = 0x40000000, ReadOnly = 0, CloseOnExec = 0x80000;

    private readonly SafeFileHandle _handle;

    private NetworkNamespace(SafeFileHandle handle) => _handle = handle;

    /// <summary>Takes hold of the network of a process, which then lives on without it.</summary>
    /// <param name="process">Its number.</param>
    /// <exception cref="IOException">There is no such process any more.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not look there.</exception>
    /// <exception cref="PlatformNotSupportedException">Other systems than Linux have none.</exception>
    public static NetworkNamespace Of(long process) => OperatingSystem.IsLinux()
        ? new(File.OpenHandle(FormattableString.Invariant($"/proc/{process}/ns/net"), share: FileShare.ReadWrite | FileShare.Delete))
        : throw new PlatformNotSupportedException();

    /// <summary>Makes a socket in it.</summary>
    /// <param name="family">IPv4 or IPv6.</param>
    /// <param name="type">A stream (TCP) or datagrams (UDP).</param>
    /// <exception cref="UnauthorizedAccessException">Only root may go there.</exception>
    /// <exception cref="SocketException">What the system says.</exception>
    public Socket Open(AddressFamily family, SocketType type)
    {
        Made made = default;
        // A thread belongs to one network. The one that goes there is made for it, does nothing else, and ends: threads that .NET starts
        // take the network of the one that starts them.
        var traveller = new Thread(() => made = Make(family is AddressFamily.InterNetworkV6 ? 10 : 2, type is SocketType.Dgram ? 2 : 1))
        {
            IsBackground = true, Name = "OpsModule network namespace",
        };
        traveller.Start();
        traveller.Join();
        if (made.Entered is not 0) throw new UnauthorizedAccessException(new Win32Exception(made.Entered).Message);
        return made.Descriptor >= 0 ? new Socket(new SafeSocketHandle(made.Descriptor, ownsHandle: true))
            : throw new SocketException(made.Error);
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    private Made Make(int family, int type)
    {
        bool isHeld = false;
        int own = open("/proc/thread-self/ns/net", ReadOnly | CloseOnExec);
        try
        {
            _handle.DangerousAddRef(ref isHeld);
            if (setns((int)_handle.DangerousGetHandle(), CloneNewNet) != 0) return new Made(-1, Marshal.GetLastPInvokeError(), 0);
            int descriptor = socket(family, type | CloseOnExec, 0), error = Marshal.GetLastPInvokeError();
            if (own >= 0) _ = setns(own, CloneNewNet);
            return new Made(descriptor, 0, error);
        }
        finally
        {
            if (own >= 0) _ = close(own);
            if (isHeld) _handle.DangerousRelease();
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setns(int descriptor, int kind);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int socket(int family, int type, int protocol);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc")]
    private static partial int close(int descriptor);

    /// <summary>What came of it.</summary>
    /// <param name="Descriptor">The socket; negative for none.</param>
    /// <param name="Entered">The system's error of going there; 0 for none.</param>
    /// <param name="Error">The system's error of making it.</param>
    private readonly record struct Made(int Descriptor, int Entered, int Error);
}
