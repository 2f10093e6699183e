using OpsModule.Engine.Environments;

namespace OpsModule.Engine.Areas.Health;

/// <summary>A figure that a Prometheus server knows. Of several series the worst one counts.</summary>
internal static class PrometheusCheck
{
    private const int ShownLabels = 120;

    public static async Task RunAsync(CheckSettings own, HealthReport report, CancellationToken cancellationToken)
    {
        (IReadOnlyList<PrometheusValue> values, TimeSpan took) = await PrometheusQuery.RunAsync(own.Endpoint!, own.Subject, report.Await, cancellationToken).ConfigureAwait(false);
        if (values.Count == 0)
            report.Said(HealthStatus.Unknown, "The query gives no data.", "Does Prometheus still scrape what it asks for (see its page /targets), and are names and labels right? Where no data means none, add 'or vector(0)' to the query.", took);
        else if (values.Where(v => v.Text != "NaN").ToArray() is not { Length: > 0 } told)
            report.Said(HealthStatus.Unknown, "The query gives NaN, which is no number: most often 0 divided by 0.", "Let the query say what that means, for example '(... > 0) or vector(0)'.", took, "NaN");
        else
        {
            PrometheusValue worst = Worst(own, told);
            OwnCheck.Judge(own, report, worst.Text is "+Inf" or "-Inf" ? worst.Text.Replace("Inf", "Infinity") : worst.Text, took, Whose(worst, values.Count));
        }
    }

    /// <summary>By its levels; without, what is not as expected, or 0, comes first.</summary>
    internal static PrometheusValue Worst(CheckSettings own, IReadOnlyList<PrometheusValue> values)
    {
        if (own.Expect is { } expected) return values.FirstOrDefault(v => v.Text != expected) ?? values[0];
        bool higherIsWorse = (own.Levels.Warning ?? own.Levels.Critical) is not null && Limits.Of(own.Levels).HigherIsWorse;
        return (higherIsWorse ? values.MaxBy(v => v.Number) : values.MinBy(v => v.Number ?? double.NegativeInfinity))!;
    }

    private static string Whose(PrometheusValue value, int count)
    {
        string labels = value.Labels.Length <= ShownLabels ? value.Labels : value.Labels[..ShownLabels] + "...";
        return (labels.Length == 0 ? "" : $" of {labels}") + (count == 1 ? "" : $" (the worst of {count} series)");
    }
}
