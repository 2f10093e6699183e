using System.Text.Json.Serialization;

namespace OpsModule.Engine.Areas.Recovery.Kits.Content;

/// <summary>What a recovery kit says of itself: its file <c>kit.json</c>.</summary>
internal sealed record KitContent
{
    /// <summary>The form that this version writes and reads.</summary>
    public const int Current = 1;

    public int Format { get; init; } = Current;

    public required string Environment { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The module's version.</summary>
    public required string Module { get; init; }

    /// <summary>The versions of the programs that made the backups and the kit.</summary>
    public IReadOnlyDictionary<string, string> Programs { get; init; } = new Dictionary<string, string>();

    /// <summary>Where ops.yaml lay.</summary>
    public required string File { get; init; }

    /// <summary>The SHA-256 of ops.yaml.</summary>
    public required string FileSha256 { get; init; }

    /// <summary>The public keys that backups are encrypted to.</summary>
    public IReadOnlyList<string> BackupRecipients { get; init; } = [];

    /// <summary>The public keys that the kit is encrypted to.</summary>
    public IReadOnlyList<string> KitRecipients { get; init; } = [];

    /// <summary>Where the private key lay on the machine; never the key.</summary>
    public string? IdentityFile { get; init; }

    /// <summary>The databases of ops.yaml; empty in kits of earlier versions.</summary>
    public IReadOnlyList<string> Databases { get; init; } = [];

    public IReadOnlyList<KitStore> Stores { get; init; } = [];

    public IReadOnlyList<KitBackup> Backups { get; init; } = [];

    public IReadOnlyList<KitSecret> Secrets { get; init; } = [];

    /// <summary>The databases of which it has no backup of the whole: its page has no steps that bring them back.</summary>
    /// <param name="databases">Those that there are.</param>
    public string[] Lacking(IEnumerable<string> databases) =>
        [.. databases.Distinct(StringComparer.Ordinal).Where(d => !Backups.Any(b => b.Name == d && b.Tenant is null))];

    /// <summary>Those of them of which it has backups of tenants.</summary>
    /// <param name="databases">Those that there are; those that only a backup speaks of are added.</param>
    public string[] TenantsOnly(IEnumerable<string> databases) =>
        [.. Lacking(databases.Concat(Backups.Select(b => b.Name))).Where(d => Backups.Any(b => b.Name == d))];

    /// <summary>The other files of the kit, each with its SHA-256.</summary>
    public IReadOnlyDictionary<string, string> Files { get; init; } = new Dictionary<string, string>();
}

/// <summary>Generated serialisation of <c>kit.json</c>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(KitContent))]
internal sealed partial class KitJson : JsonSerializerContext;
