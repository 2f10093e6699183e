using System.Globalization;
using System.Text;
using OpsModule.Engine.Signals;

namespace OpsModule.Engine.Outlets.Alerts;

/// <summary>Metrics in Prometheus' text format (0.0.4), as node_exporter and the pushgateway read it.</summary>
internal static class PrometheusText
{
    /// <summary>One family for each metric, sorted; of the same series twice, the later counts.</summary>
    public static SortedDictionary<string, string> Families(IEnumerable<MetricSample> samples)
    {
        var families = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (IGrouping<string, MetricSample> family in samples.GroupBy(s => s.Series).Select(s => s.Last()).GroupBy(s => s.Metric.Name))
        {
            MetricName metric = family.First().Metric;
            var text = new StringBuilder();
            text.Append("# HELP ").Append(metric.Name).Append(' ').Append(Escape(metric.Help, quoted: false)).Append('\n');
            text.Append("# TYPE ").Append(metric.Name).Append(' ').Append(metric.Type.ToString().ToLowerInvariant()).Append('\n');
            foreach (MetricSample sample in family)
            {
                text.Append(metric.Name);
                if (sample.Labels.Count > 0) text.Append('{').AppendJoin(',', sample.Labels.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"{l.Key}=\"{Escape(l.Value, quoted: true)}\"")).Append('}');
                text.Append(' ').Append(Number(sample.Value)).Append('\n');
            }
            families[metric.Name] = text.ToString();
        }
        return families;
    }

    /// <summary>The families of a text that was written here before.</summary>
    public static SortedDictionary<string, string> Read(string text)
    {
        var families = new SortedDictionary<string, string>(StringComparer.Ordinal);
        string? name = null;
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("# HELP ", StringComparison.Ordinal)) name = line.Split(' ', 4)[2];
            if (name is not null) families[name] = families.GetValueOrDefault(name) + line + "\n";
        }
        return families;
    }

    private static string Number(double value) => double.IsPositiveInfinity(value) ? "+Inf" : double.IsNegativeInfinity(value) ? "-Inf" : value.ToString("R", CultureInfo.InvariantCulture);

    private static string Escape(string text, bool quoted)
    {
        string escaped = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\r", "", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return quoted ? escaped.Replace("\"", "\\\"", StringComparison.Ordinal) : escaped;
    }
}
