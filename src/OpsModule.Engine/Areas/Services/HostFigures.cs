using System.Globalization;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Foundations.Machine;

namespace OpsModule.Engine.Areas.Services;

/// <summary>What Linux counts of the whole machine, at one moment.</summary>
internal sealed record HostFigures(double AllTicks, double BusyTicks, long Memory, long MemoryUsed, long Received, long Sent, long BlockRead, long BlockWritten, int Processes)
{
    private const int SectorSize = 512;

    public static HostFigures Read() => Parse(File.ReadAllText("/proc/stat"), File.ReadAllText("/proc/meminfo"), File.ReadAllText("/proc/net/dev"),
        File.ReadAllText("/proc/diskstats"), File.ReadAllText("/proc/loadavg"), Directory.Exists("/sys/block") ? Directory.EnumerateDirectories("/sys/block").Select(d => Path.GetFileName(d)!).ToHashSet() : new HashSet<string>());

    internal static HostFigures Parse(string stat, string memory, string network, string disks, string load, IReadOnlySet<string> wholeDisks)
    {
        CpuTimes cpu = ProcFiles.Cpu(stat);
        (long total, long available) = ProcFiles.Memory(memory);
        string[][] cards = [.. network.Split('\n').Where(l => l.Contains(':')).Select(l => Fields(l.Replace(':', ' '))).Where(f => f[0] != "lo" && f.Length > 9)];
        // Partitions and what is built of disks would count the same bytes again.
        string[][] drives = [.. disks.Split('\n').Select(Fields).Where(f => f.Length > 9 && wholeDisks.Contains(f[2]) && !f[2].StartsWith("loop", StringComparison.Ordinal)
            && !f[2].StartsWith("ram", StringComparison.Ordinal) && !f[2].StartsWith("dm-", StringComparison.Ordinal) && !f[2].StartsWith("md", StringComparison.Ordinal))];
        return new HostFigures(cpu.All, cpu.Busy, total, total - available, cards.Sum(c => Number(c[1])), cards.Sum(c => Number(c[9])),
            drives.Sum(d => Number(d[5])) * SectorSize, drives.Sum(d => Number(d[9])) * SectorSize, int.Parse(Fields(load)[3].Split('/')[1], CultureInfo.InvariantCulture));
    }

    /// <summary>What was used since an earlier moment.</summary>
    public InstanceUsage Since(HostFigures before)
    {
        double all = AllTicks - before.AllTicks;
        double cpu = all <= 0 ? 0 : Math.Clamp((BusyTicks - before.BusyTicks) / all, 0, 1) * 100 * Environment.ProcessorCount;
        return new InstanceUsage(cpu, MemoryUsed, Memory, Received, Sent, BlockRead, BlockWritten, Processes);
    }

    private static string[] Fields(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
