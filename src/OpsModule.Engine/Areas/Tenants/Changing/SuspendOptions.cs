namespace OpsModule.Engine.Areas.Tenants.Changing;

/// <summary>How a tenant is suspended.</summary>
public sealed record SuspendOptions
{
    /// <summary>Why.</summary>
    public string? Reason { get; init; }

    /// <summary>For how long; null until it is lifted.</summary>
    public TimeSpan? For { get; init; }

    /// <summary>True suspends without proofs, in an emergency.</summary>
    public bool SkipProof { get; init; }
}
