using System.Globalization;
using System.Text.Json;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Health;

/// <summary>One value that a query gave.</summary>
/// <param name="Labels">The labels of its series as PromQL writes them; empty when it has none.</param>
/// <param name="Text">The value as Prometheus writes it: a number, NaN, +Inf, or a text.</param>
internal sealed record PrometheusValue(string Labels, string Text)
{
    /// <summary>The value as a number; null when it is none.</summary>
    public double? Number => Text switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        _ => double.TryParse(Text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && !double.IsNaN(number) ? number : null,
    };
}

/// <summary>Asks a Prometheus server, or one that speaks as it does, for the values of a query now.</summary>
internal static class PrometheusQuery
{
    /// <summary>The values: one of a scalar or a text, one for each series of a vector, none when there is no data.</summary>
    /// <param name="server">The server.</param>
    /// <param name="query">The query in PromQL.</param>
    /// <param name="waiting">Takes what is being waited for.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OpsException"><c>QueryFailed</c>, and what asking an endpoint throws.</exception>
    public static async Task<(IReadOnlyList<PrometheusValue> Values, TimeSpan Took)> RunAsync(EndpointSettings server, string query, Action<string>? waiting, CancellationToken cancellationToken)
    {
        using var client = new EndpointClient(server with { Url = $"{server.Url.TrimEnd('/')}/api/v1/query?query={Uri.EscapeDataString(query)}" }, waiting);
        EndpointAnswer answer = await client.AskAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            using JsonDocument document = JsonDocument.Parse(answer.Body);
            JsonElement root = document.RootElement;
            if (Text(root, "status") == "error")
                throw Failed(server, $"Prometheus refuses the query: {Text(root, "error")?.TrimEnd('.')}", "Correct the query; Prometheus' own page (/graph) shows what is wrong with it.");
            if (answer.Status == 200) return (Values(root.GetProperty("data"), server), answer.Took);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or IndexOutOfRangeException)
        {
            if (answer.Cut) throw Failed(server, $"The query gives more than {EndpointClient.MaxBody / 1024} KiB", "Sum it up, for example with max(...) or topk(5, ...).");
        }
        throw Failed(server, $"What answers at {server.Url} with {answer.Status} is no Prometheus", "Name the server as its own pages are reached, with its path prefix when it has one.");
    }

    private static IReadOnlyList<PrometheusValue> Values(JsonElement data, EndpointSettings server)
    {
        JsonElement result = data.GetProperty("result");
        return Text(data, "resultType") switch
        {
            "scalar" or "string" => [new PrometheusValue("", result[1].GetString()!)],
            "vector" => [.. result.EnumerateArray().Select(s => s.TryGetProperty("value", out JsonElement value) ? new PrometheusValue(Labels(s.GetProperty("metric")), value[1].GetString()!)
                : throw Failed(server, "The query gives histograms, which are no values", "Ask for one value of them, for example with histogram_quantile(0.95, ...)."))],
            var other => throw Failed(server, $"The query gives a {other}, which is not one value for each series", "Write a query of one moment, such as rate(...[5m]) or max_over_time(...[1h])."),
        };
    }

    private static string Labels(JsonElement metric)
    {
        string name = Text(metric, "__name__") ?? "";
        string[] labels = [.. metric.EnumerateObject().Where(l => l.Name != "__name__").Select(l => $"{l.Name}=\"{l.Value.GetString()}\"")];
        return labels.Length == 0 ? name : $"{name}{{{string.Join(", ", labels)}}}";
    }

    private static string? Text(JsonElement item, string name) => item.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;

    private static OpsException Failed(EndpointSettings server, string message, string todo) => new("QueryFailed", OpsErrorCategory.InvalidData, message + ".", todo, server.Url);
}
