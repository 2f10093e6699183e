using OpsModule.Engine.Areas.Health.Memories;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Files;
using OpsModule.Foundations.Machine;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Health;

/// <summary>Disk, memory, processors and load of the machine that this runs on.</summary>
internal static class HostChecks
{
    private const string Free = "disk.free", Inodes = "disk.inodes", Memory = "memory.used", Cpu = "cpu.used", Load = "load.perCore";

    public static IEnumerable<HealthCheck> All(OpsContext context)
    {
        foreach (string folder in Folders())
            yield return new HealthCheck(Free, folder, (report, _) => { ReportDisk(folder, report); return Task.CompletedTask; })
            {
                Checks = [Free, Inodes],
                Blocks = true,
                TimeoutRemedy = "Is it a network file system whose server is gone?",
            };
        if (!OperatingSystem.IsLinux()) yield break;
        yield return new HealthCheck(Memory, Environment.MachineName, (report, _) => { ReportMemory(report); return Task.CompletedTask; });
        yield return new HealthCheck(Cpu, Environment.MachineName, (report, _) =>
        {
            ReportCpu(context, report);
            return Task.CompletedTask;
        });
        yield return new HealthCheck(Load, Environment.MachineName, (report, _) => { ReportLoad(report); return Task.CompletedTask; });
    }

    private static IReadOnlyList<string> Folders() => OperatingSystem.IsLinux()
        ? ProcFiles.Mounts(File.ReadAllText("/proc/self/mounts"))
        : [.. DriveInfo.GetDrives().Where(d => d.DriveType == DriveType.Fixed && d.IsReady).Select(d => d.Name)];

    private static void ReportDisk(string folder, HealthReport report)
    {
        var drive = new DriveInfo(folder);
        long free = drive.AvailableFreeSpace, all = drive.TotalSize - drive.TotalFreeSpace + free;
        if (all <= 0) return;
        report.Measured(Free, 100.0 * free / all, $"{Size(free)} of {Size(all)} are free.",
            "Remove old logs, images and backups, or enlarge the disk.");
        if (Disk.Inodes(folder) is var (inodes, unused))
            report.Measured(Inodes, 100.0 * unused / inodes, $"{unused:N0} of {inodes:N0} inodes are free.", "Look for a folder with very many small files (sessions, caches, mail) and remove the old ones.");
    }

    private static void ReportMemory(HealthReport report)
    {
        (long all, long available) = ProcFiles.Memory(File.ReadAllText("/proc/meminfo"));
        report.Measured(Memory, 100.0 * (all - available) / all, $"{Size(available)} of {Size(all)} are available.", "Find out what takes the memory, and restart it or give it less.");
    }

    /// <summary>
    /// How busy the processors were since an earlier run, which noted what the kernel had counted; without one, since the machine started.
    /// A moment says nothing: a burst of it would be an alarm.
    /// </summary>
    private static void ReportCpu(OpsContext context, HealthReport report)
    {
        CpuTimes now = ProcFiles.Cpu(File.ReadAllText("/proc/stat"));
        var counted = new Dictionary<string, double> { ["all"] = now.All, ["busy"] = now.Busy };
        CounterNote? before = new CounterMemory(context, "machine-" + Environment.MachineName).Exchange(counted, report.Now);
        double all = now.All - Before("all"), busy = now.Busy - Before("busy");
        // After a start of the machine it counts from zero.
        if (all <= 0 || busy < 0) (before, all, busy) = (null, now.All, now.Busy);
        string since = before is not null ? $"over the {DurationText.Show(report.Now - before.Time)} since an earlier run"
            : "since the machine started, as no earlier run is remembered";
        if (all <= 0) report.Said(HealthStatus.Unknown, "The kernel did not count any time.", "Run the command again.");
        else report.Measured(Cpu, Math.Min(100, 100 * busy / all), $"Measured {since}, on {Cores(Environment.ProcessorCount)}.",
            "Find out which process it is, and whether it should; scale out when it should.");

        double Before(string counter) => before?.Counted.GetValueOrDefault(counter) ?? 0;
    }

    private static void ReportLoad(HealthReport report)
    {
        double load = ProcFiles.LoadOfFiveMinutes(File.ReadAllText("/proc/loadavg"));
        report.Measured(Load, load / Environment.ProcessorCount, $"The load average of five minutes is {load:0.00} on {Cores(Environment.ProcessorCount)}.",
            "More wants to run than there are cores, or disks are slow. Find out what it is.");
    }

    private static string Cores(int count) => count == 1 ? "1 core" : $"{count} cores";

    private static string Size(long bytes) => LevelText.Show(bytes, FigureUnit.Bytes);
}
