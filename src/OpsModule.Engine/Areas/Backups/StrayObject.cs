using OpsModule.Connections.Stores.Contract;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Areas.Backups;

/// <summary>Something in a store that belongs to no backup.</summary>
/// <param name="Store">The store.</param>
/// <param name="Key">The object's key, or the one it would have had.</param>
/// <param name="Location">Path or URL.</param>
/// <param name="Finding">What it is.</param>
/// <param name="Since">When it was last changed, UTC.</param>
/// <param name="Bytes">Its size, or -1 when it is not known.</param>
/// <param name="Problem">Why it is listed, in words.</param>
public sealed record StrayObject(string Store, string Key, string Location, BackupFinding Finding, DateTimeOffset Since, long Bytes,
    string Problem) : IEnvironmentRecord
{
    /// <summary>The environment that it is of; null where that is not known.</summary>
    public string? Environment { get; init; }

    object IEnvironmentRecord.In(string environment) => this with { Environment = environment };

    internal StoreLeftover? Leftover { get; init; }
}
