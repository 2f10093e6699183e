using OpsModule.Foundations.Reporting;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Schedules.Exporting;

/// <summary>A file for a scheduler.</summary>
public sealed record ScheduleFileRecord : IEnvironmentRecord
{
    /// <summary>The environment that it is of.</summary>
    public string? Environment { get; init; }

    object IEnvironmentRecord.In(string environment) => this with { Environment = environment };

    /// <summary>For which system.</summary>
    public required ScheduleSystem System { get; init; }

    /// <summary>The entries that it starts.</summary>
    public required IReadOnlyList<string> Schedules { get; init => field = PlainList.Of(value); }

    /// <summary>The file's name.</summary>
    public required string Name { get; init; }

    /// <summary>Full path of the file that was written; null when it was only shown.</summary>
    public string? Path { get; init; }

    /// <summary>What stands in it.</summary>
    public required string Text { get; init; }

    /// <summary>What to do with it.</summary>
    public required string Next { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
