using System.Globalization;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Machine;

namespace OpsModule.Connections.Platforms.Host;

/// <summary>What a unit uses: as systemd counts it, and where it does not count, as its processes do.</summary>
public static class UnitUsage
{
    private const string Groups = "/sys/fs/cgroup";

    /// <summary>Measures over about a second.</summary>
    /// <exception cref="OpsException"><c>ContainerNotFound</c> when it does not run any more, <c>UsageUnknown</c>, and what <see cref="Systemd.ShowAsync"/> throws.</exception>
    public static async Task<InstanceUsage> MeasureAsync(string unit, TimeProvider time, TimeSpan interval, CancellationToken ct)
    {
        (UnitProperties before, long start) = (await ShowAsync(unit, ct).ConfigureAwait(false), time.GetTimestamp());
        TimeSpan? was = Busy(before);
        await Task.Delay(interval, time, ct).ConfigureAwait(false);
        (UnitProperties after, TimeSpan elapsed) = (await ShowAsync(unit, ct).ConfigureAwait(false), time.GetElapsedTime(start));
        if (was is { } first && Busy(after) is { } last) return Read(after, (last - first) / elapsed);
        throw new OpsException("UsageUnknown", OpsErrorCategory.ResourceUnavailable, $"systemd does not count what {unit} uses, and its processes cannot be seen.",
            "Set CPUAccounting=yes and MemoryAccounting=yes in the unit's [Service] section, then restart it.", unit);
    }

    /// <summary>What a unit uses, by its properties; where systemd does not count memory or threads, by its processes.</summary>
    /// <param name="unit">The unit as it is now.</param>
    /// <param name="cores">How many cores it kept busy while it was measured; 1.5 is 150 percent.</param>
    public static InstanceUsage Read(UnitProperties unit, double cores)
    {
        ProcessFigures[] processes = Processes(unit);
        long memory = unit.Number("MemoryCurrent") is { } counted ? Math.Max(0, counted - FileCache(unit)) : processes.Sum(p => p.Memory);
        return new InstanceUsage(Math.Max(0, cores * 100), memory, unit.Number("MemoryMax"), unit.Number("IPIngressBytes"), unit.Number("IPEgressBytes"),
            unit.Number("IOReadBytes"), unit.Number("IOWriteBytes"), (int?)unit.Number("TasksCurrent") ?? processes.Sum(p => p.Threads));
    }

    private static async Task<UnitProperties> ShowAsync(string unit, CancellationToken ct)
    {
        UnitProperties? told = (await Systemd.ShowAsync([unit], ct).ConfigureAwait(false)).FirstOrDefault();
        return told is { IsMissing: false } && told["ControlGroup"].Length > 0 ? told
            : throw new OpsException("ContainerNotFound", OpsErrorCategory.ObjectNotFound, $"{unit} does not run any more.", "List what there is with Get-OpsService.", unit);
    }

    private static TimeSpan? Busy(UnitProperties unit)
    {
        if (unit.Number("CPUUsageNSec") is { } nanoseconds) return TimeSpan.FromTicks(nanoseconds / TimeSpan.NanosecondsPerTick);
        ProcessFigures[] processes = Processes(unit);
        return processes.Length == 0 ? null : processes.Aggregate(TimeSpan.Zero, (sum, p) => sum + p.CpuTime);
    }

    /// <summary>The processes of its control group, in the folders of both versions of control groups.</summary>
    private static ProcessFigures[] Processes(UnitProperties unit)
    {
        string? folder = new[] { Groups, Groups + "/systemd" }.Select(g => g + unit["ControlGroup"]).FirstOrDefault(Directory.Exists);
        if (folder is null) return [];
        try
        {
            return [.. Directory.EnumerateFiles(folder, "cgroup.procs", SearchOption.AllDirectories).SelectMany(File.ReadLines)
                .Select(l => ProcessFigures.Read(int.Parse(l, CultureInfo.InvariantCulture))).OfType<ProcessFigures>()];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return []; }
    }

    /// <summary>File cache that the kernel takes back when memory is short.</summary>
    private static long FileCache(UnitProperties unit)
    {
        foreach ((string file, string name) in (ReadOnlySpan<(string, string)>)[(Groups + unit["ControlGroup"] + "/memory.stat", "inactive_file "),
                     (Groups + "/memory" + unit["ControlGroup"] + "/memory.stat", "total_inactive_file ")])
        {
            try
            {
                if (File.ReadLines(file).FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal)) is { } line) return long.Parse(line.AsSpan(name.Length), CultureInfo.InvariantCulture);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException) { /* the other version of control groups */ }
        }
        return 0;
    }
}
