using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Text.RegularExpressions;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Outlets.Alerts;
using OpsModule.Engine.Records;
using OpsModule.Engine.Signals;
using OpsModule.Foundations.Errors;

namespace OpsModule.Alerts;

/// <summary>
/// Sends figures to where metrics of the environment go (metrics): a value of your own, or all that a result holds.
/// </summary>
/// <remarks>
/// <para>Names and units are those of docs/concepts/alerts.md and follow Prometheus: seconds, bytes, shares from 0 to 1, _total for what only
/// goes up. Every value has the label environment. What is piped in is sent together, when the last has come; a job's values replace its
/// earlier ones of the same metrics and leave its others.</para>
/// </remarks>
/// <example>
/// <code>Send-OpsMetric shop_orders_open 42 -Label @{region='north'}</code>
/// <para>One value.</para>
/// </example>
/// <example>
/// <code>Test-OpsHealth | Send-OpsMetric</code>
/// <para>The status, value and latency of every check.</para>
/// </example>
/// <example>
/// <code>Get-OpsResourceUsage | Send-OpsMetric -WhatIf</code>
/// <para>Shows where what services use would go.</para>
/// </example>
[Cmdlet(VerbsCommunications.Send, "OpsMetric", SupportsShouldProcess = true, DefaultParameterSetName = "Result")]
[OutputType(typeof(MetricDelivery))]
public sealed partial class SendOpsMetricCommand : OpsEnvironmentCmdlet
{
    private const string OwnJob = "values";

    private readonly List<(OpsContext? Context, MetricBatch Batch)> _batches = [];

    /// <summary>The metric's name: letters, digits, _ and :, with the unit at its end.</summary>
    [Parameter(Position = 0, ParameterSetName = "Value")]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <summary>Its value.</summary>
    [Parameter(Position = 1, ParameterSetName = "Value")]
    public double? Value { get; set; }

    /// <summary>What it was measured of, for example @{queue='mail'}.</summary>
    [Parameter(ParameterSetName = "Value")]
    public Hashtable? Label { get; set; }

    /// <summary>The job it belongs to; values of one job stand in one file and one group. What the result says, or values, when left out.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Job { get; set; }

    /// <summary>Results of Test-OpsHealth, Get-OpsResourceUsage, Measure-OpsAvailability, Backup-OpsDatabase, Test-OpsBackup, Restore-OpsDatabase or Invoke-OpsRecoveryDrill.</summary>
    [Parameter(ValueFromPipeline = true, ParameterSetName = "Result")]
    [ValidateNotNull]
    public object? InputObject { get; set; }

    /// <inheritdoc/>
    protected override Task ProcessAsync(CancellationToken cancellationToken) => AttemptAsync(() =>
    {
        RecordRead? read = PipedObject.Read(InputObject);
        if (read is { Record: IMetricSource, Lacking.Count: > 0 })
            throw new OpsException("NoMetricSource", OpsErrorCategory.InvalidData, $"Not all of a {read.Record.GetType().Name} was kept; it lacks {string.Join(", ", read.Lacking.Take(5))}, and its figures would be wrong.",
                "Keep results with Export-Clixml, which keeps all of them, and not with Export-Csv or Select-Object.", read.Record);
        object? given = read?.Record ?? Unwrap(InputObject);
        if (given is IMetricSource source) _batches.Add((null, source.ToMetrics()));
        else if (given is not null)
            throw new OpsException("NoMetricSource", OpsErrorCategory.InvalidArgument, $"A {PipedObject.TypeName(InputObject!)} holds no figures that are known here.",
                "Give -Name and -Value, or pipe a whole result.", given);
        else _batches.Add((IsEnvironment ? Context : null, Own()));
        return Task.CompletedTask;
    });

    /// <inheritdoc/>
    protected override async Task EndAsync(CancellationToken cancellationToken)
    {
        foreach (IGrouping<(OpsContext? Context, string Job), MetricBatch> job in _batches.GroupBy(b => (b.Context, Job ?? b.Batch.Job), b => b.Batch))
        {
            if (job.Key.Context is { } context) GoOnIn(context);
            await AttemptAsync(() => SendAsync(new MetricBatch(job.Key.Job, [.. job.SelectMany(b => b.Samples)]), cancellationToken)).ConfigureAwait(false);
        }
    }

    private async Task SendAsync(MetricBatch batch, CancellationToken cancellationToken)
    {
        if (batch.Samples.Count == 0) return;
        var service = new MetricService(Context);
        string values = batch.Samples.Count == 1 ? "one value" : $"{batch.Samples.Count} values";
        if (!await ShouldProcessAsync(string.Join(", ", service.Targets(batch.Job)), $"Send {values} of {batch.Job}").ConfigureAwait(false)) return;
        foreach (MetricDelivery delivery in await service.SendAsync(batch, cancellationToken).ConfigureAwait(false)) Emit(delivery);
    }

    private MetricBatch Own()
    {
        if (Name is null || Value is null)
            throw new OpsException("MetricMissing", OpsErrorCategory.InvalidArgument, "There is nothing to send.", "Give -Name and -Value, or pipe a result.");
        if (!MetricPattern().IsMatch(Name))
            throw new OpsException("MetricNameInvalid", OpsErrorCategory.InvalidArgument, $"'{Name}' is no name of a metric.", "Use letters, digits, _ and :, and begin with a letter.", Name);
        var labels = new List<(string, string?)>();
        foreach (DictionaryEntry label in Label ?? [])
        {
            string name = Convert.ToString(label.Key, CultureInfo.InvariantCulture)!;
            if (!LabelPattern().IsMatch(name))
                throw new OpsException("LabelInvalid", OpsErrorCategory.InvalidArgument, $"'{name}' is no name of a label.", "Use letters, digits and _, begin with a letter, and not with __.", name);
            labels.Add((name, Convert.ToString(label.Value, CultureInfo.InvariantCulture)));
        }
        return new MetricBatch(OwnJob, [MetricNames.Own(Name).Of(Value.Value, [.. labels])]);
    }

    [GeneratedRegex(@"^[A-Za-z_:][A-Za-z0-9_:]{0,199}\z")]
    private static partial Regex MetricPattern();

    [GeneratedRegex(@"^(?!__)[A-Za-z_][A-Za-z0-9_]{0,99}\z")]
    private static partial Regex LabelPattern();
}
