using System.Management.Automation;
using OpsModule.Engine.Areas.Health;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Health;

/// <summary>
/// Asks an endpoint at a fixed rate for a time, and sums up: how many requests failed, when, for how long, and how fast the others were answered.
/// </summary>
/// <remarks>
/// <para>Each request has its moment on a schedule that is made at the beginning. One that hangs does not hold up those after it, and
/// latencies count from the moment a request was to be sent: a stall of a second shows as what it was for everybody who would have come
/// in that second. Redirects are not followed; a good answer is one below 400, or of -Status.</para>
/// <para>With Assert-OpsResult a step fails when a request failed.</para>
/// </remarks>
/// <example>
/// <code>Measure-OpsAvailability http://127.0.0.1:4000/health -Rate 20 -Duration 60</code>
/// <para>Twenty requests a second for a minute.</para>
/// </example>
/// <example>
/// <code>$job = Start-ThreadJob { Measure-OpsAvailability http://127.0.0.1:4000/health -Duration 120 }; docker compose up -d api; $job | Receive-Job -Wait</code>
/// <para>Proves that a rollout lost no request.</para>
/// </example>
[Cmdlet(VerbsDiagnostic.Measure, "OpsAvailability")]
[OutputType(typeof(AvailabilityRecord))]
public sealed class MeasureOpsAvailabilityCommand : OpsCmdlet
{
    private const int ProgressId = 31;

    /// <summary>The endpoint, http or https.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNull]
    public Uri? Uri { get; set; }

    /// <summary>Requests each second.</summary>
    [Parameter]
    [ValidateRange(0.01, 1000.0)]
    public double Rate { get; set; } = 10;

    /// <summary>Seconds that it is measured.</summary>
    [Parameter]
    [Duration(Waits = true, Least = "1s", Most = "1d")]
    public TimeSpan Duration { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Seconds after which a request without an answer has failed.</summary>
    [Parameter]
    [Duration(Waits = true, Least = "1s", Most = "10m")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The status that is a good answer; without it, every one below 400.</summary>
    [Parameter]
    [ValidateRange(100, 599)]
    public int? Status { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        if (Uri is not { IsAbsoluteUri: true, Scheme: "http" or "https" })
            throw new OpsException("UriInvalid", OpsErrorCategory.InvalidArgument, $"'{Uri}' is no URL that can be measured.", "Give one that begins with http:// or https://.", Uri);
        var request = new AvailabilityRequest { Uri = Uri, Rate = Rate, Duration = Duration, Timeout = Timeout, Status = Status ?? 0 };
        string activity = $"Measure {Uri}";
        Emit(await new AvailabilityProbe(TimeProvider.System).RunAsync(request,
            (sent, all) => Progress(new OpsProgress(ProgressId, activity, $"{sent} of {all} requests", 100 * sent / all)), cancellationToken).ConfigureAwait(false));
        Progress(new OpsProgress(ProgressId, activity, "Done", Completed: true));
    }
}
