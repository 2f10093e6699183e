using System.Globalization;
using System.Runtime.InteropServices;

namespace OpsModule.Engine.Areas.Recovery.Drills;

/// <summary>
/// The process of a drill's server, told apart from any other that may have its number later: by the machine's start, its own start and the
/// folder among its arguments.
/// </summary>
internal static partial class DrillProcess
{
    private const int KillSignal = 9;

    /// <summary>What to note of a process.</summary>
    public static string Describe(int id) => string.Create(CultureInfo.InvariantCulture, $"{id} {StartOf(id)} {Boot()}");

    /// <summary>Ends the process that was noted, when it is that very one, and waits until it is gone.</summary>
    /// <param name="note">What <see cref="Describe"/> gave.</param>
    /// <param name="folder">A whole argument of its, or the folder of one.</param>
    public static void End(string note, string folder)
    {
        if (note.Trim().Split(' ') is not [var number, var start, var boot] || !int.TryParse(number, CultureInfo.InvariantCulture, out int id) || id < 2) return;
        if (start.Length == 0 || boot != Boot() || StartOf(id) != start || !Arguments(id).Any(a => a == folder || a == folder + "/data")) return;
        _ = kill(id, KillSignal);
        for (int i = 0; i < 100 && StartOf(id) == start; i++) Thread.Sleep(50);
    }

    private static string Boot() => Read("/proc/sys/kernel/random/boot_id").Trim();

    private static string[] Arguments(int id) => Read($"/proc/{id.ToString(CultureInfo.InvariantCulture)}/cmdline").Split('\0');

    /// <summary>When it began, in the kernel's ticks; empty when there is none.</summary>
    private static string StartOf(int id)
    {
        string line = Read($"/proc/{id.ToString(CultureInfo.InvariantCulture)}/stat");
        // The second field is its name, in parentheses and with any character in it; the start is the twenty-second.
        string[] fields = line[(line.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > 19 && fields[0] != "Z" ? fields[19] : "";
    }

    private static string Read(string file)
    {
        try { return File.ReadAllText(file); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return ""; }
    }

    [LibraryImport("libc")]
    private static partial int kill(int pid, int signal);
}
