using OpsModule.Connections.Vaults;

namespace OpsModule.Engine.Environments.Signatures;

/// <summary>The key <c>backups.signing</c>: manifests carry a signature, and what is not signed is not restored.</summary>
public sealed record BackupSigning
{
    /// <summary>The key, at least 32 characters.</summary>
    public required SecretReference Key { get; init; }

    /// <summary>The key before, whose signatures count still; null for none.</summary>
    public SecretReference? Previous { get; init; }

    /// <summary>False when what is not signed may be restored and drilled all the same.</summary>
    public bool Required { get; init; } = true;

    /// <summary>Never the key.</summary>
    public override string ToString() => $"key {Key}{(Required ? "" : ", not required")}";
}
