namespace OpsModule.Engine.Attacks;

/// <summary>Where it is looked for.</summary>
public sealed record AttackSources
{
    /// <summary>Services by name; null for all of the environment, when there are no files.</summary>
    public IReadOnlyList<string>? Services { get; init; }

    /// <summary>Files, as <see cref="Logs.LogFiles.Find"/> gives them; null for services.</summary>
    public IReadOnlyList<string>? Files { get; init; }

    /// <summary>True goes on with what comes.</summary>
    public bool Follow { get; init; }

    /// <summary>A file that remembers how far each source has been read; null for none.</summary>
    public string? Baseline { get; init; }
}
