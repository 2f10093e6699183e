using OpsModule.Engine.Areas.Attacks.Reading;
using OpsModule.Engine.Areas.Logs;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Attacks;

/// <summary>Where it is looked for.</summary>
public sealed record AttackSources
{
    /// <summary>Services by name; null for all of the environment, when there are no files.</summary>
    public IReadOnlyList<string>? Services { get; init; }

    /// <summary>Told of each service that is unknown, while others are scanned; without it the first one is thrown.</summary>
    public Action<OpsException>? Unknown { get; init; }

    /// <summary>Files, as <see cref="Find"/> gives them; null for services.</summary>
    public IReadOnlyList<string>? Files { get; init; }

    /// <summary>True goes on with what comes.</summary>
    public bool Follow { get; init; }

    /// <summary>A file that remembers how far each source has been read; null for none.</summary>
    public string? Baseline { get; init; }

    /// <summary>The files that paths mean: folders, wildcards, and <c>-</c> for standard input, which comes last.</summary>
    /// <param name="paths">Paths.</param>
    /// <param name="folder">What relative paths are relative to.</param>
    /// <param name="absent">Hears of paths where there is nothing; without it, or when there is nothing at all, they are errors.</param>
    /// <exception cref="OpsException"><c>LogFileNotFound</c>.</exception>
    public static IReadOnlyList<string> Find(IReadOnlyList<string> paths, string folder, Action<OpsException>? absent = null)
    {
        var files = new List<string>();
        OpsException? missing = null;
        foreach (string path in paths.Where(p => p != LogFile.StandardInput))
        {
            try { files.AddRange(LogFiles.Find([path], folder)); }
            catch (OpsException e) when (e.ErrorId == "LogFileNotFound" && absent is not null && paths.Count > 1)
            {
                missing ??= e;
                absent(e);
            }
        }
        files.AddRange(paths.Where(p => p == LogFile.StandardInput).Take(1));
        return files.Count == 0 && missing is not null ? throw missing : [.. files.Distinct(StringComparer.Ordinal)];
    }
}
