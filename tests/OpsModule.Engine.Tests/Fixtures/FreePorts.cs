using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace OpsModule.Engine.Tests.Fixtures;

/// <summary>
/// Ports of this machine for servers that a test starts. They lie below those that the kernel gives to outgoing connections: a port
/// that it had just given us could be some client's before our server listened on it.
/// </summary>
public static class FreePorts
{
    private const int First = 10_000, Count = 20_000;

    private static readonly ConcurrentDictionary<int, bool> Given = new();

    /// <summary>One that nobody listens on and that no other call of this process was given.</summary>
    public static int Take()
    {
        for (int attempt = 0; attempt < Count; attempt++)
        {
            int port = First + Random.Shared.Next(Count);
            if (IsFree(port) && Given.TryAdd(port, true)) return port;
        }
        throw new InvalidOperationException("No port is free.");
    }

    private static bool IsFree(int port)
    {
        // With neither address may anybody listen: a server on all of them would be ours only in part.
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.Bind(new IPEndPoint(IPAddress.Any, port));
            return true;
        }
        catch (SocketException) { return false; }
    }
}
