using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace OpsModule.Foundations.Network;

/// <summary>Tells whose process is at the other end of a connection on loopback, as the kernel has it.</summary>
internal static partial class SocketOwner
{
    private const int LocalAddress = 1, RemoteAddress = 2, User = 7;

    /// <summary>The kernel writes its list page by page, and connections that come and go meanwhile push others out of it.</summary>
    private const int Looks = 20;

    /// <summary>A socket of both protocols, as .NET's and Java's are, has an address of IPv4 so: ::ffff:127.0.0.1.</summary>
    private static readonly string Mapped = "0000000000000000" + (BitConverter.IsLittleEndian ? "FFFF0000" : "0000FFFF");

    /// <summary>True when the other end is of this process's own user; false when it is not, or cannot be told.</summary>
    /// <param name="accepted">A connection over IPv4 that was accepted here.</param>
    public static bool IsThisUser(Socket accepted)
    {
        if (!OperatingSystem.IsLinux() || accepted.RemoteEndPoint is not IPEndPoint there
            || accepted.LocalEndPoint is not IPEndPoint here) return false;
        string theirs = Written(there), ours = Written(here), user = geteuid().ToString(CultureInfo.InvariantCulture);
        try
        {
            for (int look = 0; look < Looks; look++)
            {
                string? owner = OwnerIn("/proc/self/net/tcp", theirs, ours) ?? OwnerIn("/proc/self/net/tcp6", Mapped + theirs, Mapped + ours);
                if (owner is not null) return owner == user;
            }
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return false; }
    }

    private static string? OwnerIn(string list, string theirs, string ours) => !File.Exists(list) ? null
        : File.ReadLines(list).Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .FirstOrDefault(f => f.Length > User && f[LocalAddress] == theirs && f[RemoteAddress] == ours)?[User];

    /// <summary>The kernel writes an address as a number of this machine's byte order.</summary>
    private static string Written(IPEndPoint end)
    {
        byte[] address = end.Address.MapToIPv4().GetAddressBytes();
        uint number = BitConverter.IsLittleEndian ? BinaryPrimitives.ReadUInt32LittleEndian(address)
            : BinaryPrimitives.ReadUInt32BigEndian(address);
        return string.Create(CultureInfo.InvariantCulture, $"{number:X8}:{end.Port:X4}");
    }

    [LibraryImport("libc")]
    private static partial uint geteuid();
}
