using System.Management.Automation;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Outlets.Alerts;
using OpsModule.Engine.Signals;
using OpsModule.Foundations.Errors;

namespace OpsModule.Health;

/// <summary>
/// Looks at the health of an environment again and again, and writes only what changes.
/// </summary>
/// <remarks>
/// <para>First comes what is not healthy at the beginning. A status counts when so many rounds in a row have seen it (-Damping); what
/// changes to and fro all the time is reported once as flapping, and again when it has come to rest. Goes on until it is stopped, or for
/// -Count rounds.</para>
/// <para>What is looked at, and against which levels, is described under Test-OpsHealth.</para>
/// </remarks>
/// <example>
/// <code>Watch-OpsHealth -Interval 60</code>
/// <para>Looks every minute.</para>
/// </example>
/// <example>
/// <code>Watch-OpsHealth service, database -Count 20 -Interval 3 -Damping 1</code>
/// <para>Watches one minute of a rollout, and believes every change at once.</para>
/// </example>
/// <example>
/// <code>Watch-OpsHealth -Alert</code>
/// <para>Tells the receivers under alerts in the environment file what goes wrong, and when it is well again.</para>
/// </example>
/// <example>
/// <code>Watch-OpsHealth | ForEach-Object { "$_" | Add-Content /var/log/health-changes.log }</code>
/// <para>Keeps a log of all changes.</para>
/// </example>
[Cmdlet(VerbsCommon.Watch, "OpsHealth")]
[OutputType(typeof(HealthChange))]
public sealed class WatchOpsHealthCommand : OpsHealthCmdlet
{
    private readonly List<(OpsContext Context, OutcomeReporter? Outcomes, HealthRequest Request)> _watched = [];

    /// <summary>Seconds from the beginning of a round to that of the next.</summary>
    [Parameter]
    [Duration(Waits = true, Least = "1s", Most = "1d")]
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How many rounds in a row must see a status before it counts.</summary>
    [Parameter]
    [ValidateRange(1, 100)]
    public int Damping { get; set; } = 2;

    /// <summary>Ends after so many rounds; without it, when it is stopped.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? Count { get; set; }

    /// <summary>
    /// Tells every change to the receivers of the environment (alerts), but for what only follows from something else that is told, and
    /// recoveries to those who were told that something was wrong.
    /// </summary>
    [Parameter]
    public SwitchParameter Alert { get; set; }

    /// <inheritdoc/>
    protected override Task ProcessAsync(CancellationToken cancellationToken)
    {
        if (Alert && Context.Environment.Alerts.Receivers.Count == 0)
            throw new OpsException("NoReceiver", OpsErrorCategory.ObjectNotFound, $"Environment {Context.Environment.Name} names nobody to alert.",
                "Add receivers under 'alerts:' to the environment file, or leave out -Alert.", Context.Environment.Name);
        _watched.Add((Context, Alert ? Outcomes : null, HealthRequest));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override Task EndAsync(CancellationToken cancellationToken) => _watched.Count == 1
        ? WatchAsync(_watched[0].Context, _watched[0].Outcomes, _watched[0].Request, cancellationToken)
        // Watching one has no end, so that all are watched at once.
        : Task.WhenAll(_watched.Select(w => AttemptAsync(() => WatchAsync(w.Context, w.Outcomes, w.Request, cancellationToken))));

    private async Task WatchAsync(OpsContext context, OutcomeReporter? outcomes, HealthRequest health, CancellationToken cancellationToken)
    {
        var request = new HealthWatchRequest
        {
            Health = health,
            Interval = Interval,
            Damping = Damping,
            Rounds = Count,
            // An earlier run may have told that it was not.
            WellFromTheBeginning = result => outcomes?.Post(((IAlertSource)result).ToAlert()),
        };
        await foreach (HealthChange change in new HealthWatcher(context).RunAsync(request, cancellationToken).ConfigureAwait(false))
        {
            outcomes?.Post(((IAlertSource)change).ToAlert());
            Emit(change);
        }
    }
}
