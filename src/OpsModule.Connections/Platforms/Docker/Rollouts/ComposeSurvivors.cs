using System.Globalization;
using System.Text;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Connections.Platforms.Docker.Rollouts;

/// <summary>
/// Waits for a Compose that a killed run of ours has left at work on this machine: what it makes must be counted when it is there. It is
/// not ended, for what it leaves half-way nobody knows.
/// </summary>
internal static class ComposeSurvivors
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2), Again = TimeSpan.FromMilliseconds(100);

    /// <summary>Waits.</summary>
    /// <exception cref="Foundations.Errors.OpsException"><c>InstancesNotMade</c> where it does not end.</exception>
    public static async Task WaitAsync(string project, string service, TimeProvider time, IOpsReporter reporter, CancellationToken ct)
    {
        long start = time.GetTimestamp();
        for (bool isTold = false; Find(project, service) is { } process; isTold = true)
        {
            string words = $"A Compose that an earlier run has started (process {process}) still makes containers of {service}";
            if (!isTold) reporter.Verbose($"{words}; it is waited for.");
            if (time.GetElapsedTime(start) > Patience)
                throw ImageErrors.InstancesNotMade.Make($"{words}, and does not end.", "End it, then run the command again.", service);
            await Task.Delay(Again, time, ct).ConfigureAwait(false);
        }
    }

    /// <summary>The process id of one; null when there is none, and where processes cannot be looked at (no Linux).</summary>
    internal static int? Find(string project, string service)
    {
        if (!OperatingSystem.IsLinux()) return null;
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out int id)
                && id != Environment.ProcessId && Makes(Words(folder), project, service)) return id;
        return null;
    }

    /// <summary>Whether a program's arguments are those by which instances of a service, or what is run once with it, are made
    /// here.</summary>
    internal static bool Makes(IReadOnlyList<string> words, string project, string service)
    {
        int at = words.ToList().FindIndex(w => w == "-p");
        return at >= 0 && words.ElementAtOrDefault(at + 1) == project && words.Contains(service)
            && (words.Contains("--no-start") || words.Any(w => w.StartsWith("opsmodule-migrate", StringComparison.Ordinal)));
    }

    private static string[] Words(string folder)
    {
        try { return Encoding.UTF8.GetString(File.ReadAllBytes(folder + "/cmdline")).Split('\0'); }
        // It has ended, or is somebody else's.
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return []; }
    }
}
