using OpsModule.Foundations.Bytes;

namespace OpsModule.Engine.Areas.Recovery.Kits.Content;

/// <summary>The newest backup of a database or tenant in one store, as a recovery kit says it.</summary>
internal sealed record KitBackup
{
    public required string Id { get; init; }

    /// <summary>The database's name in ops.yaml.</summary>
    public required string Name { get; init; }

    /// <summary>The database's name on its server; null where ops.yaml has it no more.</summary>
    public string? Database { get; init; }

    public string? Tenant { get; init; }

    public required string Store { get; init; }

    public required string Key { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public DateTimeOffset? VerifiedAt { get; init; }

    public long Bytes { get; init; }

    public required string Sha256 { get; init; }

    public Compression Compression { get; init; }

    public bool Encrypted { get; init; }

    public string ServerVersion { get; init; } = "";

    public string ToolVersion { get; init; } = "";

    public IReadOnlyList<string> Extensions { get; init; } = [];

    /// <summary>The file of the kit that is its manifest.</summary>
    public required string Manifest { get; init; }

    /// <summary>The file of the kit with the server's roles and tablespaces, packed as in the manifest; null when it has none.</summary>
    public string? Globals { get; init; }

    /// <summary>Whether the roles have their passwords.</summary>
    public bool HasVerifiers { get; init; }

    /// <summary>The file of the kit that counts rows; null for a tenant.</summary>
    public string? Rows { get; init; }
}
