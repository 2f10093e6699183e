using OpsModule.Engine.Environments;
using OpsModule.Foundations.Reporting;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Caches.Restoring;

/// <summary>What came of the restore of a cache.</summary>
public sealed record CacheRestoreRecord : IEnvironmentRecord
{
    /// <summary>The environment.</summary>
    public string Environment { get; init; } = "";

    /// <summary>The cache that was restored into.</summary>
    public required string Name { get; init; }

    /// <summary>The id of the restore, which Undo-OpsChange and Remove-OpsCacheRestore take.</summary>
    public required string Id { get; init; }

    /// <summary>The backup.</summary>
    public required string BackupId { get; init; }

    /// <summary>How old its data is.</summary>
    public TimeSpan Age { get; init; }

    /// <summary>How it was restored.</summary>
    public CacheRestoreMethod Method { get; init; }

    /// <summary>The pattern of the keys; null for all.</summary>
    public string? Pattern { get; init; }

    /// <summary>The databases that were restored.</summary>
    public IReadOnlyList<int> Databases { get; init => field = PlainList.Of(value); } = [];

    /// <summary>Keys that were restored.</summary>
    public long Keys { get; init; }

    /// <summary>Keys of the backup that were left out because they had expired.</summary>
    public long Expired { get; init; }

    /// <summary>Keys that were live before, and are kept.</summary>
    public long Replaced { get; init; }

    /// <summary>The databases that keep them.</summary>
    public IReadOnlyList<int> KeptIn { get; init => field = PlainList.Of(value); } = [];

    /// <summary>Libraries of functions that were loaded.</summary>
    public int Functions { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan Duration { get; init; }

    object IEnvironmentRecord.In(string environment) => this with { Environment = environment };

    /// <inheritdoc/>
    public override string ToString() => Id;
}
