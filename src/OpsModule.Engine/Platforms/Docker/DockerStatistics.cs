using System.Text.Json;

namespace OpsModule.Engine.Platforms.Docker;

/// <summary>Turns the engine's statistics of a container into what it uses.</summary>
internal static class DockerStatistics
{
    /// <param name="stats">The answer to <c>/containers/{id}/stats?stream=false</c>, which holds two measurements a second apart.</param>
    /// <param name="machineMemory">All memory of the engine's machine, which the engine gives as the limit of what has none.</param>
    public static InstanceUsage Read(JsonElement stats, long machineMemory)
    {
        JsonElement memory = stats.At("memory_stats");
        long? limit = memory.Number("limit");
        return new InstanceUsage(Cpu(stats), Math.Max(0, (memory.Number("usage") ?? 0) - Cache(memory)), limit is null or 0 || limit >= machineMemory ? null : limit,
            Network(stats, "rx_bytes"), Network(stats, "tx_bytes"), Block(stats, "read"), Block(stats, "write"), (int?)stats.Number("pids_stats", "current"));
    }

    private static double Cpu(JsonElement stats)
    {
        double busy = (stats.Number("cpu_stats", "cpu_usage", "total_usage") ?? 0) - (stats.Number("precpu_stats", "cpu_usage", "total_usage") ?? 0);
        double all = (stats.Number("cpu_stats", "system_cpu_usage") ?? 0) - (stats.Number("precpu_stats", "system_cpu_usage") ?? 0);
        // Old kernels tell of each core instead of how many there are.
        double cores = stats.Number("cpu_stats", "online_cpus") is { } online and > 0 ? online : Math.Max(1, stats.Items("cpu_stats", "cpu_usage", "percpu_usage").Count());
        return busy <= 0 || all <= 0 ? 0 : busy / all * cores * 100;
    }

    /// <summary>File cache that the kernel takes back when memory is short; its name differs between the versions of cgroups.</summary>
    private static long Cache(JsonElement memory) => memory.Number("stats", "total_inactive_file") ?? memory.Number("stats", "inactive_file") ?? 0;

    private static long? Network(JsonElement stats, string direction) =>
        stats.At("networks").ValueKind == JsonValueKind.Object ? stats.Members("networks").Sum(n => n.Value.Number(direction) ?? 0) : null;

    private static long? Block(JsonElement stats, string operation) => stats.At("blkio_stats", "io_service_bytes_recursive").ValueKind == JsonValueKind.Array
        ? stats.Items("blkio_stats", "io_service_bytes_recursive").Where(e => operation.Equals(e.Text("op"), StringComparison.OrdinalIgnoreCase)).Sum(e => e.Number("value") ?? 0)
        : null;
}
