using System.Globalization;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Machine;

namespace OpsModule.Connections.Platforms.Host;

/// <summary>Finds processes that no unit stands for, and measures them. Nothing here starts or stops them.</summary>
public static class HostProcesses
{
    /// <summary>The processes of a service: those that run its program, or the one that its pid file names. Children of the same program are part of it.</summary>
    public static IReadOnlyList<ServiceInstance> Find(HostService service)
    {
        if (!Directory.Exists("/proc")) return [];
        ProcessFigures[] all = service.PidFile is { } file ? [.. ReadPid(file) is { } pid && ProcessFigures.Read(pid) is { } named ? [named] : Array.Empty<ProcessFigures>()]
            : [.. ProcFiles.ProcessIds().Where(p => Runs(p, service.Process!)).Select(ProcessFigures.Read).OfType<ProcessFigures>()];
        var ids = all.Select(p => p.Id).ToHashSet();
        return [.. all.Where(p => !ids.Contains(p.Parent)).OrderBy(p => p.Id).Select(p => new ServiceInstance
        {
            Id = p.Id.ToString(CultureInfo.InvariantCulture),
            Name = string.Create(CultureInfo.InvariantCulture, $"{service.Name}[{p.Id}]"),
            Service = service.Name,
            State = p.State switch { 'T' or 't' => InstanceState.Paused, 'Z' or 'X' => InstanceState.Dead, _ => InstanceState.Running },
            StartedAt = p.StartedAt,
        })];
    }

    /// <summary>What a process uses, measured over about a second.</summary>
    /// <exception cref="OpsException"><c>ContainerNotFound</c> when it has gone.</exception>
    public static async Task<InstanceUsage> MeasureAsync(ServiceInstance instance, TimeProvider time, TimeSpan interval, CancellationToken ct)
    {
        int id = int.Parse(instance.Id, CultureInfo.InvariantCulture);
        (ProcessFigures? before, long start) = (ProcessFigures.Read(id), time.GetTimestamp());
        await Task.Delay(interval, time, ct).ConfigureAwait(false);
        ProcessFigures? after = ProcessFigures.Read(id);
        if (before is null || after is null || before.StartTicks != after.StartTicks) throw Gone(instance);
        double cpu = (after.CpuTime - before.CpuTime) / time.GetElapsedTime(start) * 100;
        (long? read, long? written) = ProcFiles.Io(id);
        return new InstanceUsage(Math.Max(0, cpu), after.Memory, null, null, null, read, written, after.Threads);
    }

    private static OpsException Gone(ServiceInstance instance) => new("ContainerNotFound", OpsErrorCategory.ObjectNotFound, $"{instance.Name} has ended.", "List what there is with Get-OpsService.", instance);

    private static int? ReadPid(string file)
    {
        try { return int.TryParse(File.ReadAllText(file).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int pid) ? pid : null; }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException) { return null; /* it does not run */ }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OpsException("PidFileUnreadable", OpsErrorCategory.ReadError, $"{file} cannot be read: {e.Message.TrimEnd('.')}.", "Make it readable for this user, or name the program with process instead.", file, e);
        }
    }

    /// <summary>By its executable; of other users' processes, which hide it, by the first word of the command line.</summary>
    private static bool Runs(int id, string program)
    {
        string folder = string.Create(CultureInfo.InvariantCulture, $"/proc/{id}");
        try
        {
            if (File.ResolveLinkTarget(folder + "/exe", returnFinalTarget: false)?.FullName is { } executable) return executable == program || executable == program + " (deleted)";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { /* another user's, or gone */ }
        try { return File.ReadAllText(folder + "/cmdline").Split('\0')[0] == program; }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return false; }
    }
}
