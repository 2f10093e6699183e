namespace OpsModule.Engine.Areas.Configuration.Settings;

/// <summary>The section <c>configuration:</c>, bound.</summary>
public sealed record ConfigurationSettings
{
    /// <summary>True when the file has the section: what is live is then compared with the last backup by health.</summary>
    public bool IsDeclared { get; init; }

    /// <summary>Full paths of files and folders, with wildcards.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>Names of values that are secret, with wildcards.</summary>
    public IReadOnlyList<string> Redact { get; init; } = [];

    /// <summary>False when finished rotations and rollouts take no backup.</summary>
    public bool AfterChanges { get; init; } = true;
}
