using System.Globalization;

namespace OpsModule.Foundations.Machine;

/// <summary>What Linux tells of one process.</summary>
public sealed record ProcessFigures(int Id, int Parent, char State, TimeSpan CpuTime, int Threads, long StartTicks, long Memory)
{
    /// <summary>Since Linux 2.6 the same on every machine, as far as programs see.</summary>
    private const int TicksPerSecond = 100;

    /// <summary>When it started.</summary>
    public DateTimeOffset? StartedAt => ProcFiles.BootTime()?.AddSeconds((double)StartTicks / TicksPerSecond);

    /// <summary>A process; null when there is none of this number.</summary>
    public static ProcessFigures? Read(int id)
    {
        string folder = string.Create(CultureInfo.InvariantCulture, $"/proc/{id}");
        try { return Parse(File.ReadAllText(folder + "/stat"), File.ReadAllText(folder + "/statm"), Environment.SystemPageSize); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return null; }
    }

    /// <summary>Reads the figures from the text of <c>/proc/PID/stat</c> and <c>/proc/PID/statm</c>.</summary>
    /// <param name="stat">The text of <c>stat</c>.</param>
    /// <param name="memory">The text of <c>statm</c>, which counts pages.</param>
    /// <param name="pageSize">Bytes of a page.</param>
    public static ProcessFigures Parse(string stat, string memory, int pageSize)
    {
        // The program's name stands in parentheses and may hold both blanks and parentheses.
        int id = int.Parse(stat.AsSpan(0, stat.IndexOf(' ')), CultureInfo.InvariantCulture);
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return new ProcessFigures(id, int.Parse(fields[1], CultureInfo.InvariantCulture), fields[0][0], TimeSpan.FromSeconds((double)(Number(11) + Number(12)) / TicksPerSecond),
            (int)Number(17), Number(19), long.Parse(memory.Split(' ')[1], CultureInfo.InvariantCulture) * pageSize);

        long Number(int index) => long.Parse(fields[index], CultureInfo.InvariantCulture);
    }
}
