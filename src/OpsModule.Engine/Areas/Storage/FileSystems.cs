using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;
using OpsModule.Foundations.Machine;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Storage;

/// <summary>Measures the file systems of this machine.</summary>
internal static class FileSystems
{
    /// <summary>Every file system that can fill up. One that does not answer, as that of a dead server, is an error of its own.</summary>
    public static async Task MeasureAsync(string environment, TimeSpan timeout, Action<DiskUsage> emit, Action<OpsException> fail, CancellationToken cancellationToken)
    {
        IReadOnlyList<Mount> mounts = OperatingSystem.IsLinux()
            ? ProcFiles.MountTable(await File.ReadAllTextAsync("/proc/self/mounts", cancellationToken).ConfigureAwait(false))
            : [.. DriveInfo.GetDrives().Where(d => d is { DriveType: DriveType.Fixed, IsReady: true }).Select(d => new Mount(d.Name, d.Name, d.DriveFormat))];
        // Asked at once, each on a thread of its own: a dead server's file system blocks whoever asks.
        var asked = mounts.Select(m => (Mount: m, Answer: Task.Factory.StartNew(() => Measure(m, environment), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))).ToList();
        foreach ((Mount mount, Task<DiskUsage?> answer) in asked)
        {
            try
            {
                if (await answer.WaitAsync(timeout, cancellationToken).ConfigureAwait(false) is { } usage) emit(usage);
            }
            catch (TimeoutException)
            {
                fail(new OpsException("FileSystemSilent", OpsErrorCategory.OperationTimeout, $"The file system {mount.Folder} ({mount.Device}) gave no answer in {DurationText.Show(timeout)}.",
                    "Is it a network file system whose server is gone?", mount.Folder));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                fail(new OpsException("FileSystemUnreadable", OpsErrorCategory.ReadError, $"The file system {mount.Folder} ({mount.Device}) cannot be measured: {e.Message.TrimEnd('.')}.",
                    "See whether it is still mounted, and whether this user may see it.", mount.Folder, e));
            }
        }
    }

    private static DiskUsage? Measure(Mount mount, string environment)
    {
        var drive = new DriveInfo(mount.Folder);
        (long size, long free, long used) = (drive.TotalSize, drive.AvailableFreeSpace, drive.TotalSize - drive.TotalFreeSpace);
        if (size <= 0) return null;
        (long All, long Free)? inodes = Disk.Inodes(mount.Folder);
        return new DiskUsage
        {
            Kind = DiskUsageKind.FileSystem,
            Name = mount.Folder,
            Path = mount.Device,
            Host = Environment.MachineName,
            SizeBytes = size,
            UsedBytes = used,
            FreeBytes = free,
            UsedPercent = used + free > 0 ? 100.0 * used / (used + free) : 0,
            Inodes = inodes?.All,
            InodesUsedPercent = inodes is { } counted ? 100.0 * (counted.All - counted.Free) / counted.All : null,
            Environment = environment,
        };
    }
}
