using OpsModule.Engine.Areas.Lockdown.Alarm;
using OpsModule.Engine.Areas.Lockdown.Settings;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Signals;

namespace OpsModule.Engine.Areas.Lockdown.Parts;

/// <summary>People are told, at the end: also of what is still open.</summary>
internal sealed class AlertPart(OpsContext context) : ILockdownPart
{
    private readonly LockdownSettings _settings = context.Environment.Section<LockdownSettings>();

    public LockdownPart Part => LockdownPart.Alert;

    public string? Words => context.Environment.Alerts.Receivers.Count == 0 ? null
        : $"tell {(_settings.Receivers.Count == 0 ? "all receivers" : string.Join(", ", _settings.Receivers))}";

    public Task<IReadOnlyList<string>> CheckAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<string>>([]);

    public async Task<PartOutcome> RunAsync(ChangeRun run, LockdownOrder order, IReadOnlyList<string> open,
        CancellationToken cancellationToken)
    {
        var alert = new Alert
        {
            Source = "lockdown", Target = run.Id, Severity = AlertSeverity.Critical, Title = $"Security lockdown of "
                + $"{context.Environment.Name}",
            Message = order.Reason + (open.Count == 0 ? ". Nothing is open." : $". Still open: {string.Join("; ", open)}"),
            Remedy = $"Get-OpsChange {run.Id} shows what was done" + GoesOn(run, order, open),
            Time = context.Time.GetUtcNow(),
        };
        if (LockdownAlarm.Send is not { } send) return new PartOutcome("nobody was told", ["Nothing here sends alerts."]);
        IReadOnlyList<string> failed = await send(context, alert, _settings.Receivers, cancellationToken).ConfigureAwait(false);
        return new PartOutcome(failed.Count == 0 ? "people are told" : "not everybody is told",
            [.. failed.Select(f => $"An alert did not arrive: {f}")]);
    }

    /// <summary>What goes on with what is open: a lockdown without a part that failed has ended, and is gone on with by nobody.</summary>
    private static string GoesOn(ChangeRun run, LockdownOrder order, IReadOnlyList<string> open)
    {
        IReadOnlyList<string> waiting = new LockdownChanges(run).FindWaiting();
        return (order.HasOpenParts, waiting.Count, open.Count) switch
        {
            (true, _, _) => $"; Resume-OpsChange {run.Id} goes on with it.",
            (_, > 0, _) => $"; Resume-OpsChange -Due goes on with what waits: {string.Join(", ", waiting)}.",
            (_, _, > 0) => "; what is open is to be done by hand.",
            _ => ".",
        };
    }
}
