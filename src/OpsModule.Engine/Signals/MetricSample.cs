namespace OpsModule.Engine.Signals;

/// <summary>What Prometheus calls the type of a metric.</summary>
public enum MetricType
{
    /// <summary>It goes up and down.</summary>
    Gauge,
    /// <summary>It only goes up, until what counts starts again.</summary>
    Counter,
}

/// <summary>A metric: what is measured, in which unit.</summary>
/// <param name="Name">Its name, with the unit at the end.</param>
/// <param name="Type">Its type.</param>
/// <param name="Help">What it is.</param>
public sealed record MetricName(string Name, MetricType Type, string Help)
{
    /// <summary>A value of it. Labels without a value are left out.</summary>
    public MetricSample Of(double value, params (string Name, string? Value)[] labels) =>
        new(this, value, labels.Where(l => !string.IsNullOrEmpty(l.Value)).ToDictionary(l => l.Name, l => l.Value!));

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>One value of a metric.</summary>
/// <param name="Metric">The metric.</param>
/// <param name="Value">The value.</param>
/// <param name="Labels">What it was measured of.</param>
public sealed record MetricSample(MetricName Metric, double Value, IReadOnlyDictionary<string, string> Labels)
{
    /// <summary>The same metric with the same labels is the same series.</summary>
    internal string Series => Metric.Name + string.Concat(Labels.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"\n{l.Key}\n{l.Value}"));
}

/// <summary>Values that belong together.</summary>
/// <param name="Job">What measured them; a job's later values replace its earlier ones of the same metrics.</param>
/// <param name="Samples">The values.</param>
public sealed record MetricBatch(string Job, IReadOnlyList<MetricSample> Samples);

/// <summary>A result that holds figures. Implement it explicitly: PowerShell shows members of a result to people.</summary>
public interface IMetricSource
{
    /// <summary>Its figures.</summary>
    MetricBatch ToMetrics();
}
