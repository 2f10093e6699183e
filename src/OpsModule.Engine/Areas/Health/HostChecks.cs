using System.Diagnostics;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Files;
using OpsModule.Foundations.Machine;

namespace OpsModule.Engine.Areas.Health;

/// <summary>Disk, memory, processors and load of the machine that this runs on.</summary>
internal static class HostChecks
{
    private const string Free = "disk.free", Inodes = "disk.inodes", Memory = "memory.used", Cpu = "cpu.used", Load = "load.perCore";
    /// <summary>The whole check takes at least so long. The kernel counts in hundredths of a second: on two cores this tells 3 % from 6 %.</summary>
    private static readonly TimeSpan CpuInterval = TimeSpan.FromMilliseconds(200);

    public static IEnumerable<HealthCheck> All()
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
        yield return new HealthCheck(Cpu, Environment.MachineName, ReportCpuAsync);
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

    private static async Task ReportCpuAsync(HealthReport report, CancellationToken cancellationToken)
    {
        using var self = Process.GetCurrentProcess();
        (CpuTimes before, TimeSpan oursBefore) = (ProcFiles.Cpu(await ReadAsync("/proc/stat", cancellationToken).ConfigureAwait(false)), self.TotalProcessorTime);
        await Task.Delay(CpuInterval, cancellationToken).ConfigureAwait(false);
        CpuTimes after = ProcFiles.Cpu(await ReadAsync("/proc/stat", cancellationToken).ConfigureAwait(false));
        self.Refresh();
        // What this check itself burns is not what anybody wants to know. The kernel counts in hundredths of a second.
        double ours = (self.TotalProcessorTime - oursBefore).TotalSeconds * 100;
        double all = after.All - before.All, busy = Math.Max(0, after.Busy - before.Busy - ours);
        if (all <= 0) report.Said(HealthStatus.Unknown, "The kernel did not count any time.", "Run the command again.");
        else report.Measured(Cpu, Math.Min(100, 100 * busy / all), $"Measured over {CpuInterval.TotalMilliseconds:0} ms on {Cores(Environment.ProcessorCount)}.", "Find out which process it is, and whether it should; scale out when it should.");
    }

    private static void ReportLoad(HealthReport report)
    {
        double load = ProcFiles.LoadOfFiveMinutes(File.ReadAllText("/proc/loadavg"));
        report.Measured(Load, load / Environment.ProcessorCount, $"The load average of five minutes is {load:0.00} on {Cores(Environment.ProcessorCount)}.",
            "More wants to run than there are cores, or disks are slow. Find out what it is.");
    }

    private static Task<string> ReadAsync(string file, CancellationToken cancellationToken) => File.ReadAllTextAsync(file, cancellationToken);

    private static string Cores(int count) => count == 1 ? "1 core" : $"{count} cores";

    private static string Size(long bytes) => LevelText.Show(bytes, FigureUnit.Bytes);
}
