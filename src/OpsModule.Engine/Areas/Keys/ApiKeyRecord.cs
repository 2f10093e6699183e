using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Areas.Keys;

/// <summary>A key of an API as it is listed where keys are kept: never the key itself.</summary>
public sealed record ApiKeyRecord : IEnvironmentRecord
{
    /// <summary>The environment.</summary>
    public string? Environment { get; init; }

    /// <summary>The secret of the environment file that says where it is kept.</summary>
    public required string Secret { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its id there; of one that stands in a list its fingerprint.</summary>
    public required string Id { get; init; }

    /// <summary>True of one that is refused.</summary>
    public bool IsRevoked { get; init; }

    /// <summary>When it was made, UTC; null where nothing tells.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>How long ago that is; null where nothing tells.</summary>
    public TimeSpan? Age { get; init; }

    /// <summary>How often logs tell of its use in the time that counts; null where they do not, or were not asked.</summary>
    public int? Uses { get; init; }

    /// <summary>What logs tell, in words.</summary>
    public string? UsedBy { get; init; }

    object IEnvironmentRecord.In(string environment) => this with { Environment = environment };

    /// <inheritdoc/>
    public override string ToString() => $"{Secret}: {Name} ({Id})";
}
