using System.Collections.ObjectModel;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Areas.Logs;

/// <summary>One entry of a log: a line, or a line with what belongs to it (a stack trace, PostgreSQL's DETAIL).</summary>
public sealed record LogEntry : IEnvironmentRecord
{
    /// <summary>The environment that it is of; null where that is not known.</summary>
    public string? Environment { get; init; }

    object IEnvironmentRecord.In(string environment) => this with { Environment = environment };

    /// <summary>When, UTC: as the platform noted it where it does, else as the line says; null where neither does.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>The service; for a file its name.</summary>
    public required string Service { get; init; }

    /// <summary>The instance; for a file its path.</summary>
    public required string Instance { get; init; }

    /// <summary>The stream it was written to.</summary>
    public LogStream Stream { get; init; }

    /// <summary>How grave it is.</summary>
    public LogLevel Level { get; init; }

    /// <summary>What it says, without time and level where those were recognised.</summary>
    public required string Message { get; init; }

    /// <summary>What else it says, by name: text, whole numbers as <see cref="long"/>, <see cref="double"/> and <see cref="bool"/>.</summary>
    public IReadOnlyDictionary<string, object?> Fields { get; init; } = ReadOnlyDictionary<string, object?>.Empty;

    /// <summary>How it was read.</summary>
    public LogFormat Format { get; init; }

    /// <summary>The lines as they were written; what is no UTF-8 has been replaced.</summary>
    public required string Raw { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Raw;
}
