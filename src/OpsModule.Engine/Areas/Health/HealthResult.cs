using OpsModule.Engine.Environments;
using OpsModule.Engine.Signals;
using OpsModule.Foundations.Reporting;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Health;

/// <summary>How well something is.</summary>
public enum HealthStatus
{
    /// <summary>As it should be.</summary>
    Healthy,
    /// <summary>It works, and somebody should look.</summary>
    Degraded,
    /// <summary>It does not work, or soon will not.</summary>
    Unhealthy,
    /// <summary>It could not be found out.</summary>
    Unknown,
}

/// <summary>What one check found.</summary>
public sealed record HealthResult : IVerdict, IAlertSource, IMetricSource
{
    /// <summary>What was looked at, for example <c>database.connections</c>; for figures also their name under <c>thresholds:</c>.</summary>
    public required string Check { get; init; }

    /// <summary>Of what: a service, a database, a file system, an address.</summary>
    public required string Target { get; init; }

    /// <summary>How well it is.</summary>
    public required HealthStatus Status { get; init; }

    /// <summary>The value that was found, for people; null where the check has none.</summary>
    public string? Value { get; init => field = value is null ? null : PrintableText.Of(value); }

    /// <summary>The same value as a number: percent, seconds, bytes or a count.</summary>
    public double? Number { get; init; }

    /// <summary>What <see cref="Number"/> counts; null where there is none.</summary>
    public FigureUnit? Unit { get; init; }

    /// <summary>The levels it was held against, warning first; null where there are none.</summary>
    public string? Threshold { get; init; }

    /// <summary>How long the answer took; null where nothing was asked over a wire.</summary>
    public TimeSpan? Latency { get; init; }

    /// <summary>What was found, in words; safe to show, whatever a server answered.</summary>
    public required string Message { get; init => field = PrintableText.Of(value); }

    /// <summary>What to do about it; empty when it is well.</summary>
    public string Remedy { get; init => field = PrintableText.Of(value); } = "";

    /// <summary>
    /// The result that this one most likely follows from, such as <c>service.state of db</c>: mend that first. Null for what follows from
    /// nothing that was looked at.
    /// </summary>
    public string? CausedBy { get; init => field = string.IsNullOrEmpty(value) ? null : value; }

    /// <summary>True when what it follows from is Unhealthy.</summary>
    internal bool IsCauseGrave { get; init; }

    /// <summary>
    /// Where the environment file says that more is written about it (<c>runbook:</c>); null when it is well, or nowhere.
    /// </summary>
    public string? Runbook { get; init => field = string.IsNullOrEmpty(value) ? null : PrintableText.Of(value); }

    /// <summary>The environment's name.</summary>
    public required string Environment { get; init; }

    /// <summary>When it was found, UTC.</summary>
    public DateTimeOffset Time { get; init; }

    bool IVerdict.IsBad() => Status is HealthStatus.Unhealthy or HealthStatus.Unknown;

    Alert IAlertSource.ToAlert() => new()
    {
        Environment = Environment ?? "",
        Kind = AlertKind.Health,
        Source = Check,
        Target = Target,
        Severity = Status switch
        {
            HealthStatus.Healthy => AlertSeverity.Information,
            HealthStatus.Unhealthy => AlertSeverity.Critical,
            _ => AlertSeverity.Warning,
        },
        // Of a cause that is less grave, some receivers do not hear.
        FollowsFrom = IsCauseGrave ? CausedBy : null,
        State = Status == HealthStatus.Healthy ? AlertState.Well : AlertState.Firing,
        OnlyResolves = true,
        Title = $"{Check} of {Target} is {Status.ToString().ToLowerInvariant()}",
        Message = Message,
        Remedy = Remedy,
        Fields = new[] { ("Value", Value), ("Threshold", Threshold), ("Caused by", CausedBy), ("Runbook", Runbook) }
            .Where(f => f.Item2 is not null).ToDictionary(f => f.Item1, f => f.Item2!),
        Time = Time,
    };

    MetricBatch IMetricSource.ToMetrics()
    {
        (string, string?)[] labels = [("environment", Environment), ("check", Check), ("target", Target)];
        List<MetricSample> samples = [MetricNames.HealthStatus.Of((int)Status, labels)];
        if (Number is { } number)
            samples.Add(Unit switch
            {
                FigureUnit.Percent => MetricNames.HealthRatio.Of(number / 100, labels),
                FigureUnit.Duration => MetricNames.HealthSeconds.Of(number, labels),
                FigureUnit.Bytes => MetricNames.HealthBytes.Of(number, labels),
                _ => MetricNames.HealthCount.Of(number, labels),
            });
        if (Latency is { } latency) samples.Add(MetricNames.HealthLatency.Of(latency.TotalSeconds, labels));
        return new MetricBatch("health", samples);
    }

    /// <summary>What it is called where others name it: <c>service.state of db</c>.</summary>
    internal string Name => $"{Check} of {Target}";

    /// <inheritdoc/>
    public override string ToString() => $"{Status}: {Check} of {Target}: {Message}";
}
