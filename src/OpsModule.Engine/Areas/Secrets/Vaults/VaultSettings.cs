using OpsModule.Connections.Vaults;

namespace OpsModule.Engine.Areas.Secrets.Vaults;

/// <summary>The section <c>vaults:</c>.</summary>
internal sealed record VaultSettings
{
    /// <summary>The vaults.</summary>
    public IReadOnlyList<KeyValueVaultOptions> Entries { get; init; } = [];
}
