namespace OpsModule.Engine.Areas.Backups.Listing;

/// <summary>What a look at a backup itself showed.</summary>
/// <param name="Damage">What keeps it from counting; null when it is whole and can be trusted.</param>
/// <param name="IsVerified">Whether it has a mark of its own that says so.</param>
internal sealed record BackupProbe(string? Damage, bool IsVerified)
{
    /// <summary>The backup; null when its manifest cannot be trusted.</summary>
    public BackupRecord? Backup { get; init; }

    /// <summary>True for one that is whole, and of which the environment asks more: that it is signed, or encrypted.</summary>
    public bool IsRefused { get; init; }
}
