using OpsModule.Foundations.Names;

namespace OpsModule.Engine.Areas.Logs;

/// <summary>Which logs are read, and what of them.</summary>
public sealed record LogQuery
{
    /// <summary>The services; null for all of the environment. Not used with paths.</summary>
    public IReadOnlyList<string>? Services { get; init; }

    /// <summary>Files instead of services.</summary>
    public IReadOnlyList<string>? Files { get; init; }

    /// <summary>From then on.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Up to then.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Only the last so many of what matches, of all instances together.</summary>
    public int? Tail { get; init; }

    /// <summary>True goes on with what comes.</summary>
    public bool Follow { get; init; }

    /// <summary>This level and graver ones; Unknown for all.</summary>
    public LogLevel Level { get; init; }

    /// <summary>A regular expression that the lines match; capitals and small letters are the same.</summary>
    public string? Pattern { get; init; }

    internal LogFilter Filter() => new(Level, Pattern is null ? null : TextPattern.Compile(Pattern), Since, Until);
}
