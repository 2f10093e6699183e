using OpsModule.Engine.Areas.Secrets.Contract;

namespace OpsModule.Engine.Areas.Secrets;

/// <summary>What is asked for when secrets are rotated.</summary>
public sealed record RotationOptions
{
    /// <summary>The cmdlet that asks.</summary>
    public string Action { get; init; } = "Invoke-OpsSecretRotation";

    /// <summary>The new value, where somebody hands it in; null for one that is made.</summary>
    public SecretMaterial? HandedIn { get; init; }

    /// <summary>How long the old value stays valid after the new one is in use; null for what the environment file says.</summary>
    public TimeSpan? OverlapFor { get; init; }

    /// <summary>When it begins at the earliest, UTC: until then the change waits. Null for now.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>Why it is done, for the journal.</summary>
    public string? Reason { get; init; }
}
