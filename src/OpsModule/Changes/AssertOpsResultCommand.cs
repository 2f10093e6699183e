using System.Management.Automation;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;

namespace OpsModule.Changes;

/// <summary>
/// Ends a pipeline that a scheduler runs: passes good results through, and turns the bad ones into one terminating error that lists them.
/// So pwsh -Command ends with 1 when something is not as it must be.
/// </summary>
/// <remarks>
/// <para>Bad is what is Unhealthy or Unknown (Test-OpsHealth, Watch-OpsHealth); a test, drill or rule that did not pass; a service that is Down, Unknown or Unhealthy;
/// a restore that was never switched in; a change that failed or has no end (Get-OpsChange); a finding of severity Error; an alert or a
/// metric that was not
/// delivered; an availability with a failed request; a certificate that is not trusted or has expired; an attack of severity High or Critical. All else passes through.</para>
/// <para>Results of jobs, other sessions, CLIXML, CSV, JSON and Select-Object are judged as live ones. What only looks like a result or holds some, such as a
/// selection without its Status, a group or a formatted table, was not understood and is bad. So is what stands in a result's place: an error that was sent down the pipeline (2>&amp;1), and a job
/// that was not received. A status or a False that was taken out of a result is judged as the result is. Text is no result.</para>
/// </remarks>
/// <example>
/// <para>For cron, systemd or a build step: ends with 1 when a check is not well.</para>
/// <code>Test-OpsHealth | Assert-OpsResult</code>
/// </example>
/// <example>
/// <para>Backs up, tests what was stored, and fails when a backup does not pass.</para>
/// <code>Backup-OpsDatabase | Test-OpsBackup | Assert-OpsResult</code>
/// </example>
[Cmdlet(VerbsLifecycle.Assert, "OpsResult")]
[OutputType(typeof(PSObject))]
public sealed class AssertOpsResultCommand : OpsCmdlet
{
    private const int Listed = 20;

    private readonly List<object> _bad = [];
    private long _results, _texts;

    /// <summary>What is judged: the results of this module's cmdlets. What passes no judgement, such as a backup's record, passes through.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    [AllowNull]
    public object? InputObject { get; set; }

    /// <summary>Takes no result at all for good, too; without it that nothing arrived is an error, because nothing was judged.</summary>
    [Parameter]
    public SwitchParameter AllowEmpty { get; set; }

    /// <inheritdoc/>
    protected override Task ProcessAsync(CancellationToken cancellationToken)
    {
        if (InputObject is null) return Task.CompletedTask;
        if (PipedObject.Bare(InputObject) is string) _texts++;
        else _results++;
        if (Verdict.IsBad(InputObject)) _bad.Add(InputObject);
        else Emit(InputObject);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override Task EndAsync(CancellationToken cancellationToken)
    {
        if (_bad.Count > 0)
            throw new OpsException("ResultBad", OpsErrorCategory.InvalidResult,
                FormattableString.Invariant($"{_bad.Count:N0} of {_results:N0} {(_results == 1 ? "result is" : "results are")} bad: {string.Join("; ", _bad.Take(Listed).Select(Line))}{(_bad.Count > Listed ? "; ..." : "")}"),
                "Look at each; the error's target holds them.", _bad.ToArray());
        if (_results == 0 && !AllowEmpty)
            throw new OpsException("ResultMissing", OpsErrorCategory.InvalidResult, _texts == 0 ? "No result arrived, so nothing was judged." : "Only text arrived, so nothing was judged.",
                _texts == 0 ? "See why the commands before gave none, or say -AllowEmpty where that is well." : "Judge results first and make text of them then: ... | Assert-OpsResult | ConvertTo-Json.");
        return Task.CompletedTask;
    }

    private static string Line(object result) => PipedObject.Bare(result) is Job job ? PrintableText.Of($"the job {job.Name}, whose results Receive-Job gives")
        : PrintableText.Of($"{PipedObject.Read(result)?.Record ?? result}".Split('\n')[0]);
}
