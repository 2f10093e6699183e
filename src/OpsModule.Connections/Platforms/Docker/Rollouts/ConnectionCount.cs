using System.Globalization;

namespace OpsModule.Connections.Platforms.Docker.Rollouts;

/// <summary>Counts the connections of a container from outside: the kernel shows those of each network that a process of this machine
/// has.</summary>
public static class ConnectionCount
{
    private const string Listening = "0A", Established = "01";

    /// <summary>How many connections its listening ports have; null where its process is not to be seen here.</summary>
    /// <param name="processId">The container's first process, as the engine numbers it.</param>
    /// <param name="container">The container's id: the number may be another process's where the engine is in another namespace.</param>
    /// <param name="ports">Ports that it listened at before.</param>
    public static int? Of(long processId, string container, IReadOnlyCollection<int> ports) =>
        LinesOf(processId, container) is { } lines ? Count(lines, ports) : null;

    /// <summary>The ports that it listens at; none where its process is not to be seen here.</summary>
    public static IReadOnlyList<int> PortsOf(long processId, string container) =>
        LinesOf(processId, container) is { } lines ? [.. Ports(Read(lines)).Order()] : [];

    /// <summary>The same of the kernel's lines.</summary>
    /// <param name="lines">Of <c>/proc/PID/net/tcp</c>.</param>
    /// <param name="ports">Ports that it listened at before: a listener that was closed leaves its connections behind.</param>
    public static int Count(IEnumerable<string> lines, IReadOnlyCollection<int> ports)
    {
        TcpLine[] sockets = Read(lines);
        HashSet<int> all = [.. Ports(sockets), .. ports];
        return sockets.Count(s => s.State == Established && all.Contains(s.Port) && !IsLoopback(s.Address));
    }

    private static string[]? LinesOf(long processId, string container)
    {
        if (!OperatingSystem.IsLinux() || processId <= 0) return null;
        string folder = $"/proc/{processId.ToString(CultureInfo.InvariantCulture)}";
        try
        {
            if (!File.ReadAllText(folder + "/mountinfo").Contains(container, StringComparison.Ordinal)) return null;
            return [.. File.ReadLines(folder + "/net/tcp").Skip(1), .. File.Exists(folder + "/net/tcp6")
                ? File.ReadLines(folder + "/net/tcp6").Skip(1) : []];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return null; }
    }

    private static TcpLine[] Read(IEnumerable<string> lines) =>
        [.. lines.Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(f => f.Length > 3)
            .Select(f => (Local: f[1].Split(':'), State: f[3])).Where(s => s.Local.Length == 2)
            .Select(s => new TcpLine(s.Local[0], int.Parse(s.Local[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture), s.State))];

    // Who listens for its own machine alone, such as the engine's name server, is asked by nobody from outside.
    private static HashSet<int> Ports(TcpLine[] sockets) =>
        [.. sockets.Where(s => s.State == Listening && !IsLoopback(s.Address)).Select(s => s.Port)];

    // The kernel writes addresses as numbers of this machine's byte order, four bytes each.
    private static bool IsLoopback(string address) => address.Length == 8 ? address.EndsWith("7F", StringComparison.Ordinal)
        : address is "00000000000000000000000001000000" || address.StartsWith("0000000000000000FFFF0000", StringComparison.Ordinal)
            && address.EndsWith("7F", StringComparison.Ordinal);

    /// <summary>A socket as the kernel writes it: its own address, its own port, its state.</summary>
    private readonly record struct TcpLine(string Address, int Port, string State);
}
