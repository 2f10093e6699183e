using System.Text.RegularExpressions;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;

namespace OpsModule.Connections.Postgres;

/// <summary>Finds PostgreSQL's server programs on this machine.</summary>
public static partial class ServerPrograms
{
    /// <summary>The folder of those of the version, or of the oldest newer one; null when there is none.</summary>
    public static Task<string?> FindAsync(int major, CancellationToken ct) => FindAsync(major,
        PostgresTools.Installed("postgres"), ProgramFinder.Folders(), ct);

    /// <param name="major">The least major version.</param>
    /// <param name="installed">Installations whose version is known by their folder.</param>
    /// <param name="path">Other folders, where only the program itself can tell its version.</param>
    /// <param name="ct">Cancels.</param>
    public static async Task<string?> FindAsync(int major, IReadOnlyList<(int Major, string Path)> installed, IReadOnlyList<string> path, CancellationToken ct)
    {
        var found = installed.Select(i => (i.Major, Folder: Path.GetDirectoryName(i.Path)!)).Where(i => HasBoth(i.Folder)).ToList();
        if (!found.Exists(f => f.Major >= major))
            foreach (string folder in path.Where(HasBoth)) found.Add((await VersionAsync(folder, ct).ConfigureAwait(false), folder));
        return found.Where(f => f.Major >= major).OrderBy(f => f.Major).Select(f => f.Folder).FirstOrDefault();
    }

    private static bool HasBoth(string folder) => File.Exists(Path.Combine(folder, "initdb")) && File.Exists(Path.Combine(folder, "postgres"));

    private static async Task<int> VersionAsync(string folder, CancellationToken ct)
    {
        try
        {
            string text = await ProgramRunner.RunAsync(new ProgramCall(Path.Combine(folder, "postgres"), "--version"), null, ct).ConfigureAwait(false);
            return Number().Match(text) is { Success: true } match ? int.Parse(match.ValueSpan) : 0;
        }
        catch (OpsException) { return 0; }
    }

    [GeneratedRegex(@"\d+")]
    private static partial Regex Number();
}
