using System.Globalization;

namespace OpsModule.Connections.Platforms.Docker.Rollouts;

/// <summary>Counts the connections of a container from outside: the kernel shows those of each network that a process of this machine
/// has.</summary>
internal static class ConnectionCount
{
    private const string Listening = "0A", Established = "01";

    /// <summary>How many connections its listening ports have; null where its process is not to be seen here.</summary>
    /// <param name="processId">The container's first process, as the engine numbers it.</param>
    /// <param name="container">The container's id: the number may be another process's where the engine is in another namespace.</param>
    public static int? Of(long processId, string container)
    {
        if (!OperatingSystem.IsLinux() || processId <= 0) return null;
        string folder = $"/proc/{processId.ToString(CultureInfo.InvariantCulture)}";
        try
        {
            if (!File.ReadAllText(folder + "/mountinfo").Contains(container, StringComparison.Ordinal)) return null;
            return Count(File.ReadLines(folder + "/net/tcp").Skip(1).Concat(File.Exists(folder + "/net/tcp6")
                ? File.ReadLines(folder + "/net/tcp6").Skip(1) : []));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return null; }
    }

    /// <summary>The same of the kernel's lines.</summary>
    internal static int Count(IEnumerable<string> lines)
    {
        (string Address, string Port, string Remote, string State)[] sockets =
            [.. lines.Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(f => f.Length > 3)
            .Select(f => (Local: f[1].Split(':'), Remote: f[2], State: f[3])).Where(s => s.Local.Length == 2).Select(s =>
                (s.Local[0], s.Local[1], s.Remote, s.State))];
        // Who listens for its own machine alone, such as the engine's name server, is asked by nobody from outside.
        HashSet<string> ports = [.. sockets.Where(s => s.State == Listening && !IsLoopback(s.Address)).Select(s => s.Port)];
        return sockets.Count(s => s.State == Established && ports.Contains(s.Port) && !IsLoopback(s.Address));
    }

    // The kernel writes addresses as numbers of this machine's byte order, four bytes each.
    private static bool IsLoopback(string address) => address.Length == 8 ? address.EndsWith("7F", StringComparison.Ordinal)
        : address is "00000000000000000000000001000000" || address.StartsWith("0000000000000000FFFF0000", StringComparison.Ordinal)
            && address.EndsWith("7F", StringComparison.Ordinal);
}
