using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Areas.Rollouts;

/// <summary>One version of a service that ran, or was to run: what it was made of.</summary>
public sealed record ServiceRevision : IEnvironmentRecord
{
    /// <summary>The environment.</summary>
    public string? Environment { get; init; }

    /// <summary>The service.</summary>
    public required string Service { get; init; }

    /// <summary>Its number; later ones have higher numbers.</summary>
    public required int Revision { get; init; }

    /// <summary>The image as it was asked for.</summary>
    public string? Image { get; init; }

    /// <summary>Its digest, or its id where no registry has it.</summary>
    public string? Digest { get; init; }

    /// <summary>When it was brought out, or first seen, UTC.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>Who brought it out; <c>others</c> for what this module has found and not made.</summary>
    public string By { get; init; } = Others;

    /// <summary>Why, as somebody said.</summary>
    public string? Reason { get; init; }

    /// <summary>True for the one that the instances are of now.</summary>
    public bool IsCurrent { get; init; }

    /// <summary>True when it can be gone back to: its image and all that it was made of are kept.</summary>
    public bool IsKept { get; init; }

    /// <summary>A fingerprint of its settings: instances of equal fingerprints and digests were made alike.</summary>
    public string? Settings { get; init; }

    /// <summary>A fingerprint of what its env files and mounted files held.</summary>
    public string? Files { get; init; }

    /// <summary>The change that made it; null for what others made.</summary>
    public string? Change { get; init; }

    /// <summary>What <see cref="By"/> says of what others made.</summary>
    public const string Others = "others";

    object IEnvironmentRecord.In(string environment) => this with { Environment = environment };

    /// <inheritdoc/>
    public override string ToString() => $"{Service} revision {Revision}";
}
