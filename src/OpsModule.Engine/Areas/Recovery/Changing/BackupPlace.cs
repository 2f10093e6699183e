namespace OpsModule.Engine.Areas.Recovery.Changing;

/// <summary>Where a backup lies, and what it is there.</summary>
/// <param name="Store">The store.</param>
/// <param name="Key">Its key in the store.</param>
/// <param name="Sha256">The SHA-256 of the stored object by the manifest that was planned with.</param>
internal sealed record BackupPlace(string Store, string Key, string Sha256);
