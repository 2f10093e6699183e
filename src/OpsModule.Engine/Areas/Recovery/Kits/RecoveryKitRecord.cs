using OpsModule.Foundations.Reporting;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Recovery.Kits;

/// <summary>A recovery kit that was written.</summary>
public sealed record RecoveryKitRecord : IEnvironmentRecord
{
    /// <summary>The environment that it is of; null where that is not known.</summary>
    public string? Environment { get; init; }

    object IEnvironmentRecord.In(string environment) => this with { Environment = environment };

    /// <summary>The file.</summary>
    public required string Path { get; init; }

    /// <summary>When it was made, UTC.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>The file's bytes.</summary>
    public long Bytes { get; init; }

    /// <summary>The file's SHA-256.</summary>
    public string Sha256 { get; init; } = "";

    /// <summary>The public keys that it is encrypted to.</summary>
    public IReadOnlyList<string> Recipients { get; init => field = PlainList.Of(value); } = [];

    /// <summary>The backups that it tells of: the newest of each database and tenant in each store.</summary>
    public IReadOnlyList<string> Backups { get; init => field = PlainList.Of(value); } = [];

    /// <summary>Stores that could not be read; nothing of them is in it.</summary>
    public IReadOnlyList<string> StoresUnread { get; init => field = PlainList.Of(value); } = [];

    /// <summary>Secrets that must be had from elsewhere.</summary>
    public IReadOnlyList<string> SecretsElsewhere { get; init => field = PlainList.Of(value); } = [];

    /// <summary>Whether the module is in it.</summary>
    public bool HasModule { get; init; }

    /// <summary>What opens it, in an empty folder.</summary>
    public string Next { get; init; } = "";

    /// <inheritdoc/>
    public override string ToString() => Path;
}
