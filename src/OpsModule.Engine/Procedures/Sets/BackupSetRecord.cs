using System.Text.Json.Serialization;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Foundations.Reporting;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Procedures.Sets;

/// <summary>Backups of one environment that belong together, in one store.</summary>
public sealed record BackupSetRecord : IEnvironmentRecord, IVerdict
{
    /// <summary>Sortable by time, and in the label <c>ops-set</c> of each of its backups.</summary>
    public required string Id { get; init; }

    /// <summary>The environment's name.</summary>
    public required string Environment { get; init; }

    /// <summary>The store.</summary>
    public string Store { get; init; } = "";

    /// <summary>When the first of its backups was begun, UTC.</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>Its backups, in the order in which they were made.</summary>
    public IReadOnlyList<BackupSetPart> Parts { get; init => field = PlainList.Of(value); } = [];

    /// <summary>From the beginning of its first backup to the beginning of its last: so far apart are the moments that they are
    /// of.</summary>
    public TimeSpan Skew { get; init; }

    /// <summary>What of it is gone from the store, or another than it was; empty for a set that can be restored.</summary>
    public IReadOnlyList<string> Missing { get; init => field = PlainList.Of(value); } = [];

    /// <summary>True when all of its backups are there.</summary>
    public bool IsComplete { get; init; } = true;

    /// <summary>Whether it is signed with the key of <c>backups.signing</c>.</summary>
    [JsonIgnore]
    public BackupSignature Signature { get; init; }

    bool IVerdict.IsBad() => !IsComplete;

    object IEnvironmentRecord.In(string environment) => this with { Environment = environment };

    /// <inheritdoc/>
    public override string ToString() => Id;
}
