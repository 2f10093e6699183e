using OpsModule.Foundations.Reporting;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Configuration.Comparing;

/// <summary>What differs.</summary>
public enum ConfigurationChange
{
    /// <summary>It is not in the backup.</summary>
    Added,
    /// <summary>It is in the backup, and not there now.</summary>
    Removed,
    /// <summary>It holds something else.</summary>
    Changed,
    /// <summary>Its permissions differ.</summary>
    Mode,
    /// <summary>It belongs to somebody else.</summary>
    Owner,
    /// <summary>It is another kind of thing, or a link to elsewhere.</summary>
    Kind,
}

/// <summary>One thing of the configuration that differs between a backup and what is live, or between two backups.</summary>
public sealed record ConfigurationDifference : IEnvironmentRecord
{
    /// <summary>The environment's name.</summary>
    public required string Environment { get; init; }

    /// <summary>The file: relative to the environment file, or its full path.</summary>
    public required string Path { get; init; }

    /// <summary>What differs. Of a file that holds something else, its mode and owner may differ as well.</summary>
    public required ConfigurationChange Change { get; init; }

    /// <summary>How it is in the backup: mode and owner, or where a link leads; null when it is not in it.</summary>
    public string? Before { get; init; }

    /// <summary>How it is now, or in the other backup; null when it is not there.</summary>
    public string? After { get; init; }

    /// <summary>
    /// The lines that differ, as a unified diff. Secrets in them are masked: a fingerprint stands for what looks random, and nothing for
    /// what could be guessed. Null where nothing in a file differs, or it is no text.
    /// </summary>
    public string? Diff { get; init => field = value is null ? null : PrintableText.Of(value); }

    /// <summary>True when something differs that the masks hide, or the diff cannot show.</summary>
    public bool IsHidden { get; init; }

    /// <summary>The backup that was compared.</summary>
    public string Backup { get; init; } = "";

    /// <summary>The other backup; null for what is live.</summary>
    public string? With { get; init; }

    object IEnvironmentRecord.In(string environment) => this with { Environment = environment };

    /// <inheritdoc/>
    public override string ToString() => $"{Change}: {Path}";
}
