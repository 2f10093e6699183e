using OpsModule.Engine.Environments;
using OpsModule.Foundations.Bytes;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Backups;

/// <summary>What to back up.</summary>
public sealed record BackupRequest
{
    /// <summary>Database name in the environment file; null when there is just one.</summary>
    public string? Name { get; init; }

    /// <summary>Tenants; empty for the whole database, <c>*</c> for all tenants.</summary>
    public IReadOnlyList<string> Tenants { get; init; } = [];

    /// <summary>Stores; empty for all of the environment's.</summary>
    public IReadOnlyList<string> Stores { get; init; } = [];

    /// <summary>How to compress.</summary>
    public Compression Compression { get; init; }

    /// <summary>Labels, beside the environment's.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();
}

/// <summary>One backup that would be made, as the real system looks now.</summary>
/// <param name="Database">The database.</param>
/// <param name="Tenant">The tenant, or null for the whole database.</param>
/// <param name="Schema">The tenant's schema.</param>
/// <param name="Tables">How many tables it has.</param>
/// <param name="Bytes">Their size on disk without indexes.</param>
/// <param name="Stores">Where it would be stored.</param>
/// <param name="Compression">How it would be compressed.</param>
/// <param name="Extensions">Extensions that the content needs.</param>
/// <param name="ServerVersion">The server's version.</param>
/// <param name="Labels">The labels it would carry.</param>
public sealed record BackupPlan(DatabaseSettings Database, string? Tenant, string? Schema, int Tables, long Bytes,
    IReadOnlyList<string> Stores, Compression Compression, IReadOnlyList<string> Extensions, string ServerVersion,
    IReadOnlyDictionary<string, string> Labels)
{
    /// <summary>What lies outside the tenant's schema and belongs to it, and so is not backed up with it.</summary>
    public IReadOnlyList<string> LeftOut { get; init; } = [];

    /// <summary>The lock's and the journal's name of what is backed up.</summary>
    public string Target => "database/" + Database.Name + (Tenant is null ? "" : "/tenant/" + Tenant);

    /// <summary>What it is of, for people.</summary>
    public string Description => $"database {Database.Name}" + (Tenant is null ? "" : $", tenant {Tenant}")
        + $" ({Tables} tables, {SizeText.Show(Bytes)})";
}
