using OpsModule.Engine.Attacks.Reading;
using OpsModule.Engine.Logs;

namespace OpsModule.Engine.Attacks;

/// <summary>Where it is looked for.</summary>
public sealed record AttackSources
{
    /// <summary>Services by name; null for all of the environment, when there are no files.</summary>
    public IReadOnlyList<string>? Services { get; init; }

    /// <summary>Files, as <see cref="Find"/> gives them; null for services.</summary>
    public IReadOnlyList<string>? Files { get; init; }

    /// <summary>True goes on with what comes.</summary>
    public bool Follow { get; init; }

    /// <summary>A file that remembers how far each source has been read; null for none.</summary>
    public string? Baseline { get; init; }

    /// <summary>The files that paths mean: folders, wildcards, and <c>-</c> for standard input, which comes last.</summary>
    /// <param name="paths">Paths.</param>
    /// <param name="folder">What relative paths are relative to.</param>
    /// <exception cref="OpsException"><c>LogFileNotFound</c>.</exception>
    public static IReadOnlyList<string> Find(IReadOnlyList<string> paths, string folder) =>
        [.. LogFiles.Find(paths.Where(p => p != LogFile.StandardInput), folder), .. paths.Where(p => p == LogFile.StandardInput).Take(1)];
}
