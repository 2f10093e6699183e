using OpsModule.Engine.Areas.Health;
using OpsModule.Foundations.Reporting;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Outlets.Reports;

/// <summary>A report that was written.</summary>
public sealed record ReportRecord : IVerdict
{
    /// <summary>The file.</summary>
    public required string Path { get; init; }

    /// <summary>Its title.</summary>
    public required string Title { get; init; }

    /// <summary>When it was made, UTC.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>The environments that its records are of.</summary>
    public IReadOnlyList<string> Environments { get; init => field = PlainList.Of(value); } = [];

    /// <summary>Its size.</summary>
    public long Bytes { get; init; }

    /// <summary>Records that went into it.</summary>
    public long Records { get; init; }

    /// <summary>Its sections.</summary>
    public IReadOnlyList<string> Sections { get; init => field = PlainList.Of(value); } = [];

    /// <summary>The worst that a record says; null when none says anything.</summary>
    public HealthStatus? Verdict { get; init; }

    /// <summary>Findings that are as they should be.</summary>
    public int Healthy { get; init; }

    /// <summary>Findings that somebody should look at.</summary>
    public int Degraded { get; init; }

    /// <summary>Findings of what does not work.</summary>
    public int Unhealthy { get; init; }

    /// <summary>What could not be found out.</summary>
    public int Unknown { get; init; }

    /// <summary>For scripts: 0 when nothing is Unhealthy or Unknown, else 1.</summary>
    public int ExitCode => Verdict is HealthStatus.Unhealthy or HealthStatus.Unknown ? 1 : 0;

    /// <summary>True when the report is itself judged by what stands in it, as with <c>-FailOnBad</c>.</summary>
    public bool Judges { get; init; }

    // A report that was written is a success, whatever it says; unless it was asked to speak for what is in it.
    bool IVerdict.IsBad() => Judges && ExitCode != 0;

    /// <summary>The same report, which is now itself a verdict of what stands in it.</summary>
    public ReportRecord Judging() => this with { Judges = true };

    /// <inheritdoc/>
    public override string ToString() => Path;
}
