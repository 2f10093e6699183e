using System.Management.Automation;
using OpsModule.Engine.Areas.Health;
using OpsModule.Foundations.Errors;

namespace OpsModule.Health;

/// <summary>
/// Looks at everything of an environment at once and says, for each check, how well it is and what to do about it.
/// </summary>
/// <remarks>
/// <para>Looked at are the services on their platform (state, restarts, want of memory, kept output), their health URLs (and the certificates of those with https), PostgreSQL databases, Redis caches, backups
/// in every store, the disks, memory, processors and load of this machine, the journal, and what the environment file declares under
/// checks. Nothing is changed. Every target has its own time limit: one that is dead or hangs costs its own checks, and no others; results
/// come as they are known.</para>
/// <para>A service, database or cache that is down is told once: what most likely follows from it names it in CausedBy, and is worth a look
/// only when it is still there after the cause was mended. Such results come when all is known that others need, the others as soon as
/// they are known.</para>
/// <para>Levels come from thresholds in the environment file; where it says nothing, from common handbooks. docs/concepts/health.md lists
/// every check and figure. What is found to be wrong is a result, not an error.</para>
/// <para>With Assert-OpsResult a scheduled step fails when a result is Unhealthy or Unknown. With -Quiet the summary's ExitCode is what Nagios expects: 0 when all is healthy, 1 when
/// something is Degraded, 2 when something is Unhealthy, 3 when something is Unknown or no check could be made.</para>
/// </remarks>
/// <example>
/// <code>Test-OpsHealth</code>
/// <para>All checks of the environment.</para>
/// </example>
/// <example>
/// <code>Test-OpsHealth database, disk.free -Timeout 3</code>
/// <para>All checks of databases, and the free space of disks; what does not answer in three seconds is unhealthy.</para>
/// </example>
/// <example>
/// <code>Test-OpsHealth -Service api -Samples 50</code>
/// <para>Only what belongs to one service; its health URL is asked 50 times, and the 95th percentile held against its threshold.</para>
/// </example>
/// <example>
/// <code>Test-OpsHealth -Problem | Select-Object Target, Message, Remedy</code>
/// <para>What is not well, the worst first, and what to do.</para>
/// </example>
/// <example>
/// <code>Test-OpsHealth -Problem | Where-Object CausedBy -eq $null</code>
/// <para>What is to be mended, without what follows from it.</para>
/// </example>
/// <example>
/// <code>$summary = Test-OpsHealth -Quiet; "$summary"; exit $summary.ExitCode</code>
/// <para>A plugin for Nagios.</para>
/// </example>
[Cmdlet(VerbsDiagnostic.Test, "OpsHealth")]
[OutputType(typeof(HealthResult), typeof(HealthSummary))]
public sealed class TestOpsHealthCommand : OpsHealthCmdlet
{
    /// <summary>
    /// How often each health URL is asked. From 2 on the check http.p95 tells how fast it answers, and http.errors how many answers were
    /// not what they must be; sampling ends after half of the time limit.
    /// </summary>
    [Parameter]
    [ValidateRange(1, 10_000)]
    public int Samples { get; set; } = 1;

    /// <summary>
    /// Gives only what is not well, the worst first: Unhealthy, Unknown, Degraded. What is well is not shown, so nothing comes when all is well; and nothing
    /// before the last check has ended. -Verbose says how many checks were made.
    /// </summary>
    [Parameter]
    public SwitchParameter Problem { get; set; }

    /// <summary>Writes one line in place of the results, whose ExitCode is 0, 1, 2 or 3 as Nagios expects it.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        var request = HealthRequest with { Samples = Samples };
        if (Quiet && Problem) throw new OpsException("ParametersConflict", OpsErrorCategory.InvalidArgument, "-Quiet gives one line and -Problem the results that are not well; both were given.", "Leave one of them out.");
        if (Quiet) Emit(await SumUpAsync(request, cancellationToken).ConfigureAwait(false));
        else
        {
            int all = 0;
            var bad = new List<HealthResult>();
            await foreach (HealthResult result in new HealthTester(Context).RunAsync(request, cancellationToken).ConfigureAwait(false))
            {
                all++;
                if (!Problem) Emit(result);
                else if (result.Status != HealthStatus.Healthy) bad.Add(result);
            }
            foreach (HealthResult result in HealthSummary.InOrder(bad)) Emit(result);
            if (Problem) Verbose(FormattableString.Invariant($"{bad.Count} of {all} results are not well."));
            if (all == 0) Warning("There is nothing to look at: the environment has none of what these checks are about.");
        }
    }

    private async Task<HealthSummary> SumUpAsync(HealthRequest request, CancellationToken cancellationToken)
    {
        var results = new List<HealthResult>();
        try
        {
            await foreach (HealthResult result in new HealthTester(Context).RunAsync(request, cancellationToken).ConfigureAwait(false)) results.Add(result);
        }
        catch (OpsException e)
        {
            // What cannot even begin is UNKNOWN to a monitoring system, and not a warning.
            return HealthSummary.Failed(e.Message);
        }
        return HealthSummary.Of(results);
    }
}
