using System.Globalization;
using System.Text;
using System.Text.Json;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Signals;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Outlets.Alerts;

/// <summary>What became of metrics in one place.</summary>
/// <param name="Target">textfile, pushgateway or http.</param>
/// <param name="Outcome">Delivered or Failed.</param>
/// <param name="Metrics">How many values.</param>
/// <param name="Latency">How long it took.</param>
/// <param name="Message">Where to, or why not.</param>
public sealed record MetricDelivery(string Target, DeliveryOutcome Outcome, int Metrics, TimeSpan Latency, string Message) : IVerdict, IEnvironmentRecord
{
    /// <summary>The environment that it is of; null where that is not known.</summary>
    public string? Environment { get; init; }

    object IEnvironmentRecord.In(string environment) => this with { Environment = environment };

    bool IVerdict.IsBad() => Outcome == DeliveryOutcome.Failed;

    /// <inheritdoc/>
    public override string ToString() => $"{Target}: {Outcome}: {Message}";
}

/// <summary>Sends metrics to all places an environment names, at once, each in its own time.</summary>
public sealed class MetricService(OpsContext context)
{
    private static readonly string[] GroupLabels = ["job", "environment", "task"];

    private MetricSettings Settings => context.Environment.Metrics;

    /// <summary>True when metrics go anywhere.</summary>
    public bool Any => Settings.Any;

    /// <summary>The longest that <see cref="SendAsync"/> takes.</summary>
    public TimeSpan Timeout => Any ? Settings.Timeout : TimeSpan.Zero;

    /// <summary>Where metrics go, without the secret part.</summary>
    /// <exception cref="OpsException"><c>NoMetricTarget</c>.</exception>
    public IReadOnlyList<string> Targets(string job)
    {
        var targets = new List<string>();
        if (Settings.TextfileFolder is { } folder) targets.Add("textfile " + new MetricTextfile(context, folder).FileOf(job));
        if (Settings.Pushgateway is { } gateway) targets.Add("pushgateway " + Describe(gateway));
        if (Settings.Http is { } http) targets.Add("http " + Describe(http));
        return targets.Count > 0 ? targets : throw new OpsException("NoMetricTarget", OpsErrorCategory.ObjectNotFound, $"Environment {context.Environment.Name} does not say where metrics go.",
            "Add 'metrics: { textfile: /var/lib/prometheus/node-exporter }' to the environment file.", context.Environment.Name);
    }

    /// <summary>Sends values. What goes wrong is in the deliveries, never thrown.</summary>
    public async Task<IReadOnlyList<MetricDelivery>> SendAsync(MetricBatch batch, CancellationToken cancellationToken)
    {
        batch = batch with { Samples = [.. batch.Samples.Select(Complete).GroupBy(s => s.Series).Select(s => s.Last())] };
        var deliveries = new List<Task<MetricDelivery>>();
        if (Settings.TextfileFolder is { } folder)
        {
            var files = new MetricTextfile(context, folder);
            deliveries.Add(DeliverAsync("textfile", batch, files.FileOf(batch.Job), token => files.WriteAsync(batch, token), cancellationToken));
        }
        if (Settings.Pushgateway is { } gateway)
            deliveries.Add(DeliverAsync("pushgateway", batch, Describe(gateway),
                token => Post(gateway).SendAsync(string.Concat(PrometheusText.Families(batch.Samples).Values), "text/plain", token, Group(gateway, batch.Job)), cancellationToken));
        if (Settings.Http is { } http)
            deliveries.Add(DeliverAsync("http", batch, Describe(http), token => Post(http).SendAsync(Json(batch), "application/json", token), cancellationToken));
        return await Task.WhenAll(deliveries).ConfigureAwait(false);
    }

    private async Task<MetricDelivery> DeliverAsync(string target, MetricBatch batch, string where, Func<CancellationToken, Task> send, CancellationToken cancellationToken)
    {
        long started = context.Time.GetTimestamp();
        try
        {
            await Deadline.RunAsync(Settings.Timeout, context.Time, send, cancellationToken).ConfigureAwait(false);
            return new MetricDelivery(target, DeliveryOutcome.Delivered, batch.Samples.Count, context.Time.GetElapsedTime(started), $"to {where}");
        }
        catch (Exception e)
        {
            // As with alerts: whatever happens there is no reason to fail here.
            return new MetricDelivery(target, DeliveryOutcome.Failed, batch.Samples.Count, context.Time.GetElapsedTime(started), DeliveryWords.Of(e, Settings.Timeout));
        }
    }

    private MetricSample Complete(MetricSample sample) => sample.Labels.ContainsKey("environment") ? sample
        : sample with { Labels = new Dictionary<string, string>(sample.Labels) { ["environment"] = context.Environment.Name } };

    private HttpPost Post(MetricEndpoint endpoint) => new(endpoint.Url, endpoint.Bearer, endpoint.Headers, Settings.Timeout, context.Time);

    /// <summary>Each job has a group of its own, so that a POST replaces only what the same job pushed before.</summary>
    private string Group(MetricEndpoint gateway, string job) => string.Concat(new[] { ("job", gateway.Job), ("environment", context.Environment.Name), ("task", job) }
        .Concat(gateway.Grouping.Where(g => !GroupLabels.Contains(g.Key)).Select(g => (g.Key, g.Value))).Select((label, i) => (i == 0 ? "/metrics" : "") + Part(label.Item1, label.Item2)));

    /// <summary>Part of a path; what a path cannot hold goes in base64, as the pushgateway wants it.</summary>
    private static string Part(string name, string value) => value.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-')
        ? $"/{name}/{value}"
        : $"/{name}@base64/{Convert.ToBase64String(Encoding.UTF8.GetBytes(value)).TrimEnd('=').Replace('+', '-').Replace('/', '_')}";

    private string Json(MetricBatch batch) => JsonSerializer.Serialize(new
    {
        version = 1,
        environment = context.Environment.Name,
        job = batch.Job,
        time = context.Time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
        metrics = batch.Samples.Select(s => new
        {
            name = s.Metric.Name,
            type = s.Metric.Type.ToString().ToLowerInvariant(),
            help = s.Metric.Help,
            labels = s.Labels,
            // JSON knows no infinity.
            value = double.IsFinite(s.Value) ? s.Value : (double?)null,
        }),
    });

    private static string Describe(MetricEndpoint endpoint)
    {
        try { return HttpTargets.Resolve(endpoint.Url).Authority; }
        catch (OpsException) { return endpoint.ToString(); }
    }
}
