using OpsModule.Foundations.Reporting;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Logs;

/// <summary>What an export holds; the manifest beside it says the same.</summary>
public sealed record LogExportRecord : IEnvironmentRecord
{
    /// <summary>The environment that it is of; null where that is not known.</summary>
    public string? Environment { get; init; }

    object IEnvironmentRecord.In(string environment) => this with { Environment = environment };

    /// <summary>Where it lies.</summary>
    public required string Location { get; init; }

    /// <summary>The store's name; <c>folder</c> for a file.</summary>
    public required string Store { get; init; }

    /// <summary>The key in the store, or the file's name.</summary>
    public required string Key { get; init; }

    /// <summary>When it was made, UTC.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>The instances or files that were read.</summary>
    public IReadOnlyList<string> Sources { get; init => field = PlainList.Of(value); } = [];

    /// <summary>Those that could not be read to their end.</summary>
    public IReadOnlyList<string> Unread { get; init => field = PlainList.Of(value); } = [];

    /// <summary>The time of the earliest entry, UTC.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>The time of the latest entry, UTC.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>Entries, one on each line.</summary>
    public long Lines { get; init; }

    /// <summary>Bytes before compression.</summary>
    public long Bytes { get; init; }

    /// <summary>Bytes as stored.</summary>
    public long StoredBytes { get; init; }

    /// <summary>The SHA-256 of what is stored.</summary>
    public string Sha256 { get; init; } = "";

    /// <summary><c>zstd</c>, <c>gzip</c> or <c>none</c>.</summary>
    public string Compression { get; init; } = "";
}
