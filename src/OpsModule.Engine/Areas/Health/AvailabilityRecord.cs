using OpsModule.Engine.Environments;
using OpsModule.Engine.Signals;
using OpsModule.Foundations.Reporting;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Health;

/// <summary>A time in which nothing was answered as it should be.</summary>
/// <param name="StartedAt">When the first request of it was to be sent, UTC.</param>
/// <param name="Duration">Until the first request after it that was answered well, or until the end.</param>
/// <param name="Failures">How many requests failed.</param>
/// <param name="Reason">Why the first of them did.</param>
public sealed record AvailabilityGap(DateTimeOffset StartedAt, TimeSpan Duration, int Failures, string Reason)
{
    /// <inheritdoc/>
    public override string ToString() => $"{StartedAt:HH:mm:ss.fff} for {DurationText.Show(Duration)}: {Reason}";
}

/// <summary>How an endpoint answered over a time. Latencies count from the moment a request was to be sent.</summary>
public sealed record AvailabilityRecord : IVerdict, IAlertSource, IMetricSource, IEnvironmentRecord
{
    /// <summary>The environment that it is of; null where that is not known.</summary>
    public string? Environment { get; init; }

    object IEnvironmentRecord.In(string environment) => this with { Environment = environment };

    /// <summary>The endpoint.</summary>
    public required string Uri { get; init; }

    /// <summary>When it began, UTC.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>How long it was measured.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Requests that were sent.</summary>
    public required int Requests { get; init; }

    /// <summary>Requests that were not answered well.</summary>
    public required int Failures { get; init; }

    /// <summary>Share of requests that were answered well, in percent.</summary>
    public double Availability => Requests == 0 ? 0 : 100.0 * (Requests - Failures) / Requests;

    /// <summary>The times in which requests failed, oldest first.</summary>
    public IReadOnlyList<AvailabilityGap> Gaps { get; init => field = PlainList.Of(value); } = [];

    /// <summary>The longest of them.</summary>
    public TimeSpan LongestGap => KeptLongestGap ?? (Gaps.Count == 0 ? TimeSpan.Zero : Gaps.Max(g => g.Duration));

    // As it was where the record comes from, when what it follows from was not kept.
    internal TimeSpan? KeptLongestGap { get; init; }

    /// <summary>Half of the good answers came within this time.</summary>
    public TimeSpan P50 { get; init; }

    /// <summary>95% of the good answers came within this time.</summary>
    public TimeSpan P95 { get; init; }

    /// <summary>99% of the good answers came within this time.</summary>
    public TimeSpan P99 { get; init; }

    /// <summary>The slowest good answer.</summary>
    public TimeSpan Slowest { get; init; }

    /// <summary>How often each answer came: statuses, and reasons for none.</summary>
    public IReadOnlyDictionary<string, int> Answers { get; init; } = new Dictionary<string, int>();

    bool IVerdict.IsBad() => Failures > 0 || Requests == 0;

    Alert IAlertSource.ToAlert() => new()
    {
        Environment = Environment ?? "",
        Kind = AlertKind.Health,
        Source = "availability",
        Target = Uri,
        Severity = Failures > 0 || Requests == 0 ? AlertSeverity.Critical : AlertSeverity.Information,
        State = Failures > 0 || Requests == 0 ? AlertState.Firing : AlertState.Well,
        Title = FormattableString.Invariant($"{Uri} answered {Availability:0.###}% of {Requests} requests"),
        Message = Gaps.Count == 0 ? $"{this}." : $"The longest gap: {Gaps.MaxBy(g => g.Duration)}.",
        Time = StartedAt + Duration,
    };

    MetricBatch IMetricSource.ToMetrics()
    {
        (string, string?) uri = ("uri", Uri);
        return new MetricBatch("availability",
        [
            MetricNames.AvailabilityRatio.Of(Availability / 100, uri), MetricNames.AvailabilityRequests.Of(Requests, uri), MetricNames.AvailabilityFailures.Of(Failures, uri),
            MetricNames.AvailabilityGap.Of(LongestGap.TotalSeconds, uri), MetricNames.AvailabilityLatency.Of(P50.TotalSeconds, uri, ("quantile", "0.5")),
            MetricNames.AvailabilityLatency.Of(P95.TotalSeconds, uri, ("quantile", "0.95")), MetricNames.AvailabilityLatency.Of(P99.TotalSeconds, uri, ("quantile", "0.99")),
        ]);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Uri}: {Availability:0.###}% of {Requests} requests, longest gap {DurationText.Show(LongestGap)}";
}
