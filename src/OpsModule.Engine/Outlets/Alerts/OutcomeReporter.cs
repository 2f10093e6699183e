using System.Collections;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Signals;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Outlets.Alerts;

/// <summary>
/// Tells receivers and metrics how jobs end, well or not, beside the work: what is to be told is sent in the background while the work goes on,
/// and nobody waits for it longer than the receivers' time limit, however many alerts there are.
/// </summary>
public sealed class OutcomeReporter
{
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(500);

    /// <summary>Names and parameters that cannot be meant as they were written.</summary>
    private static readonly HashSet<string> OfTheCaller =
    [
        "AsNeedsWholeDatabase", "BackupAmbiguous", "BackupNotFound", "DatabaseUnknown", "NameAmbiguous", "NothingMatches", "NothingUnfinished", "ParametersConflict", "PipelineObjectUnknown", "RestoreAmbiguous",
        "RestoreNotFound", "SchemaNotInBackup", "StoreUnknown", "TenantDiffers", "TenantEmpty", "TenantMissing", "TenantNameTooLong", "TenantsUnknown",
    ];

    private readonly OpsContext _context;
    private readonly AlertService _alerts;
    private readonly MetricService _metrics;
    private readonly Lane _alertLane;
    private readonly Lane _metricLane;
    private readonly CancellationTokenSource _stop = new();
    private readonly object _gate = new();
    private readonly HashSet<string> _badSeries = [];

    /// <summary>Tells the receivers of the context's environment.</summary>
    public OutcomeReporter(OpsContext context)
    {
        _context = context;
        _alerts = new AlertService(context);
        _metrics = new MetricService(context);
        _alertLane = new Lane(Failed);
        _metricLane = new Lane(Failed);
    }

    /// <summary>True when there is anybody to tell.</summary>
    public bool Any => _alerts.Any || _metrics.Any;

    /// <summary>Runs a job and tells how it ended; its result, or its error, is passed on.</summary>
    /// <param name="job">The job.</param>
    /// <param name="body">What is done. A result of null says that nothing was: the person declined.</param>
    /// <param name="partly">What failed although the job as a whole did not; filled by <paramref name="body"/>.</param>
    public async Task<T> RunAsync<T>(ObservedJob job, Func<Task<T>> body, IReadOnlyCollection<OpsException>? partly = null)
    {
        if (!Any) return await body().ConfigureAwait(false);
        long started = _context.Time.GetTimestamp();
        try
        {
            T result = await body().ConfigureAwait(false);
            if (result is not null) Tell(job, Flat(result), [.. partly ?? []], _context.Time.GetElapsedTime(started));
            return result;
        }
        catch (Exception e) when (partly is { Count: > 0 } || !IsOfTheCaller(e))
        {
            Tell(job, [], [.. partly ?? [], e], _context.Time.GetElapsedTime(started));
            throw;
        }
    }

    /// <summary>
    /// Runs what comes before jobs themselves, such as a plan. A failure is told of each of them, because none began; that it went well is
    /// no news: each tells itself how it ends.
    /// </summary>
    /// <param name="jobs">The jobs that are to follow.</param>
    /// <param name="body">What is done before.</param>
    /// <param name="begun">The targets of the jobs that begin by its result; a job that was named in another case, or that there is not, ends what was told of it.</param>
    public async Task<T> BeginAsync<T>(IReadOnlyList<ObservedJob> jobs, Func<Task<T>> body, Func<T, IEnumerable<string>>? begun = null)
    {
        if (!Any) return await body().ConfigureAwait(false);
        long started = _context.Time.GetTimestamp();
        try
        {
            T result = await body().ConfigureAwait(false);
            string[]? targets = begun is null ? null : [.. begun(result)];
            // Where nothing begins, nothing was well either: it was a slip.
            if (targets is { Length: 0 }) return result;
            foreach (ObservedJob job in jobs.Where(j => j.OnlyResolves || targets?.Contains(j.Target) is false))
                Tell(job with { OnlyResolves = true, Series = job.OnlyResolves || targets!.Contains(job.Target, StringComparer.OrdinalIgnoreCase) ? job.Series : "" }, [], [], _context.Time.GetElapsedTime(started));
            return result;
        }
        catch (Exception e) when (!IsOfTheCaller(e))
        {
            foreach (ObservedJob job in jobs) Tell(job, [], [e], _context.Time.GetElapsedTime(started), "At the beginning: ");
            throw;
        }
    }

    /// <summary>A slip in what somebody has just written is no incident: the answer is on the screen, and no later run would end the alert.</summary>
    private static bool IsOfTheCaller(Exception e) =>
        e is OpsException { Category: OpsErrorCategory.InvalidArgument or OpsErrorCategory.ObjectNotFound } known && OfTheCaller.Contains(known.ErrorId);

    /// <summary>Sends an alert in the background.</summary>
    public void Post(Alert alert)
    {
        if (_alerts.Any) _alertLane.Enqueue(() => SendAsync(alert));
    }

    /// <summary>Sends metrics in the background.</summary>
    public void Post(MetricBatch batch)
    {
        if (_metrics.Any) _metricLane.Enqueue(() => SendAsync(batch));
    }

    /// <summary>Waits until all is sent, but not longer than the receivers may take; what is left then is reported and given up.</summary>
    public async Task FlushAsync()
    {
        Task sending = Task.WhenAll(_alertLane.Done, _metricLane.Done);
        if (sending.IsCompleted) return;
        TimeSpan limit = _alerts.Timeout > _metrics.Timeout ? _alerts.Timeout : _metrics.Timeout;
        try { await sending.WaitAsync(limit + Grace, _context.Time).ConfigureAwait(false); }
        catch (TimeoutException)
        {
            int left = _alertLane.Waiting + _metricLane.Waiting;
            _context.Reporter.Warning($"{(left == 1 ? "One message" : $"{left} messages")} to receivers of alerts and metrics could not be sent in time.");
            await _stop.CancelAsync().ConfigureAwait(false);
            // What was stopped is noted as not sent.
            await sending.WaitAsync(Grace, _context.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Tell(ObservedJob job, IReadOnlyList<object> results, IReadOnlyList<Exception> failures, TimeSpan duration, string when = "")
    {
        Alert[] said = [.. results.Select(AlertMapping.Of).OfType<Alert>(), .. failures.Select(f => Failed(job, f, when))];
        Alert alert = AlertMapping.Combine(new Alert { Kind = job.Kind, Source = job.Kind.ToString().ToLowerInvariant(), Target = job.Target, Title = job.Title, OnlyResolves = job.OnlyResolves, Time = _context.Time.GetUtcNow() }, said);
        Post(alert);
        double now = _context.Time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;
        string series = job.Series ?? job.Target;
        if (series.Length == 0) return;
        string batchName = $"{alert.Source}-{series}";
        bool well;
        lock (_gate)
        {
            // Several jobs of one call may share a series: one that went badly is not made good by the next.
            if (alert.State != AlertState.Well) _badSeries.Add(batchName);
            well = !(job.Series is null ? alert.State != AlertState.Well : _badSeries.Contains(batchName));
        }
        (string, string?)[] labels = [("kind", alert.Source), ("target", series)];
        List<MetricSample> samples =
        [
            MetricNames.JobSuccess.Of(well ? 1 : 0, labels), MetricNames.JobLastRun.Of(now, labels), MetricNames.JobDuration.Of(duration.TotalSeconds, labels),
        ];
        if (well) samples.Add(MetricNames.JobLastSuccess.Of(now, labels));
        Post(new MetricBatch(batchName, samples));
        // Each result keeps to the job it names: the same series in two files would spoil both.
        foreach (IGrouping<string, MetricBatch> batch in results.OfType<IMetricSource>().Select(r => r.ToMetrics()).Where(b => b.Samples.Count > 0).GroupBy(b => b.Job))
            Post(new MetricBatch(batch.Key, [.. batch.SelectMany(b => b.Samples)]));
    }

    private static Alert Failed(ObservedJob job, Exception failure, string when)
    {
        bool stopped = failure is OperationCanceledException or OpsException { ErrorId: "Cancelled" };
        return new Alert
        {
            Source = "", Target = "",
            Severity = stopped ? AlertSeverity.Warning : AlertSeverity.Critical,
            Title = $"{job.Title} {(stopped ? "was stopped" : "failed")}",
            Message = when + (failure is OperationCanceledException ? $"{job.Title} was stopped before its end." : failure is OpsException ? failure.Message : $"{failure.GetType().Name}: {failure.Message}"),
            Remedy = (failure as OpsException)?.RecommendedAction ?? "",
            Fields = failure is OpsException known ? new Dictionary<string, string> { ["Error"] = known.ErrorId } : new Dictionary<string, string>(),
        };
    }

    private static IReadOnlyList<object> Flat(object result) => result is IEnumerable many and not string ? [.. many.Cast<object>()] : [result];

    private async Task SendAsync(Alert alert)
    {
        if (_stop.IsCancellationRequested) return;
        foreach (AlertDelivery delivery in await _alerts.SendAsync(alert, null, _stop.Token).ConfigureAwait(false))
            Report($"Receiver {delivery.Receiver}", delivery.Outcome, delivery.Message, alert.Title);
    }

    private async Task SendAsync(MetricBatch batch)
    {
        if (_stop.IsCancellationRequested) return;
        foreach (MetricDelivery delivery in await _metrics.SendAsync(batch, _stop.Token).ConfigureAwait(false))
            Report($"Metrics ({delivery.Target})", delivery.Outcome, delivery.Message, batch.Job);
    }

    private void Failed(Exception e) => _context.Reporter.Warning($"Alerts or metrics could not be sent: {e.Message}");

    private void Report(string who, DeliveryOutcome outcome, string message, string what)
    {
        if (_stop.IsCancellationRequested) return;
        if (outcome == DeliveryOutcome.Failed) _context.Reporter.Warning($"{who} did not take '{what}': {message}.");
        else _context.Reporter.Verbose($"{who}: {outcome}: {what} ({message.TrimEnd('.')})");
    }
}
