namespace OpsModule.Engine.Areas.Backups.Signing;

/// <summary>Says that a test found a backup wanting; lies beside the manifest until a test passes.</summary>
/// <param name="BackupId">The backup.</param>
/// <param name="At">When, UTC.</param>
/// <param name="Finding">What was found.</param>
/// <param name="Message">The same in a sentence.</param>
internal sealed record FailureMark(string BackupId, DateTimeOffset At, BackupFinding Finding, string Message)
{
    /// <summary>Of which bytes.</summary>
    public string? Sha256 { get; init; }

    /// <summary>By whom, where the environment has a key.</summary>
    public string? Signature { get; init; }

    /// <summary>True when what is in the bytes is wrong, and not the bytes: a checksum says nothing against it.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsOfContent => Finding is BackupFinding.Unreadable or BackupFinding.ContentDiffers;
}
