using OpsModule.Foundations.Reporting;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Configuration.Restoring;

/// <summary>What came of a restore of the configuration.</summary>
public sealed record ConfigurationRestore : IEnvironmentRecord
{
    /// <summary>The environment's name.</summary>
    public required string Environment { get; init; }

    /// <summary>The backup that it was restored from.</summary>
    public required string Backup { get; init; }

    /// <summary>When the backup was made, UTC.</summary>
    public DateTimeOffset BackupTime { get; init; }

    /// <summary>The files, folders and links that were written: relative to the environment file, or full paths.</summary>
    public IReadOnlyList<string> Restored { get; init => field = PlainList.Of(value); } = [];

    /// <summary>What of the backup was not written, and why.</summary>
    public IReadOnlyList<string> Left { get; init => field = PlainList.Of(value); } = [];

    /// <summary>What is to be done now, in words.</summary>
    public string Next { get; init; } = "";

    /// <summary>The change's id: Undo-OpsChange puts back what was replaced.</summary>
    public string Change { get; init; } = "";

    object IEnvironmentRecord.In(string environment) => this with { Environment = environment };

    /// <inheritdoc/>
    public override string ToString() => $"{Restored.Count} restored from {Backup}";
}
