using Docker.DotNet.Models;
using OpsModule.Connections.Platforms.Contract;

namespace OpsModule.Connections.Platforms.Docker;

/// <summary>Turns the engine's statistics of a container into what it uses.</summary>
public static class DockerStatistics
{
    /// <param name="stats">What the engine measured, twice, a second apart.</param>
    /// <param name="machineMemory">All memory of the engine's machine, which the engine gives as the limit of what has none.</param>
    public static InstanceUsage Read(ContainerStatsResponse stats, long machineMemory)
    {
        MemoryStats? memory = stats.MemoryStats;
        long? limit = DockerQuery.Count(memory?.Limit);
        return new InstanceUsage(Cpu(stats), Math.Max(0, (DockerQuery.Count(memory?.Usage) ?? 0) - Cache(memory)), limit is null or 0 || limit >= machineMemory ? null : limit,
            Network(stats, n => n.RxBytes), Network(stats, n => n.TxBytes), Block(stats, "read"), Block(stats, "write"),
                (int?)DockerQuery.Count(stats.PidsStats?.Current))
        {
            // Nanoseconds.
            ProcessorTime = stats.CPUStats?.CPUUsage?.TotalUsage is { } used ? TimeSpan.FromMicroseconds(used / 1000.0) : null,
        };
    }

    private static double Cpu(ContainerStatsResponse stats)
    {
        CPUStats? now = stats.CPUStats, before = stats.PreCPUStats;
        double busy = (double)(now?.CPUUsage?.TotalUsage ?? 0) - (before?.CPUUsage?.TotalUsage ?? 0);
        double all = (double)(now?.SystemUsage ?? 0) - (before?.SystemUsage ?? 0);
        // Old kernels tell of each core instead of how many there are.
        double cores = now?.OnlineCPUs is { } online and > 0 ? online : Math.Max(1, now?.CPUUsage?.PercpuUsage?.Count ?? 0);
        return busy <= 0 || all <= 0 ? 0 : busy / all * cores * 100;
    }

    /// <summary>File cache that the kernel takes back when memory is short; its name differs between the versions of cgroups.</summary>
    private static long Cache(MemoryStats? memory) =>
        memory?.Stats is { } stats && (stats.TryGetValue("total_inactive_file", out ulong cache) || stats.TryGetValue("inactive_file", out cache)) ? DockerQuery.Count(cache) ?? 0 : 0;

    private static long? Network(ContainerStatsResponse stats, Func<NetworkStats, ulong> direction) => stats.Networks?.Values.Sum(n => DockerQuery.Count(direction(n)) ?? 0);

    private static long? Block(ContainerStatsResponse stats, string operation) => stats.BlkioStats?.IoServiceBytesRecursive?
        .Where(e => operation.Equals(e.Op, StringComparison.OrdinalIgnoreCase)).Sum(e => DockerQuery.Count(e.Value) ?? 0);
}
