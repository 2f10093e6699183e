using System.Runtime.CompilerServices;
using OpsModule.Engine.Areas.Lockdown.Alarm;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Outlets.Alerts;
using OpsModule.Engine.Signals;

namespace OpsModule.Engine.Outlets.Lockdown;

/// <summary>Tells people of a lockdown.</summary>
internal static class LockdownAlerts
{
    // The area stands below and cannot name an outlet; so it is told, before anything of this assembly runs.
#pragma warning disable CA2255 // meant for applications: this is the one place that knows both sides
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Register() => LockdownAlarm.Send = SendAsync;

    private static async Task<IReadOnlyList<string>> SendAsync(OpsContext context, Alert alert, IReadOnlyList<string> receivers,
        CancellationToken cancellationToken)
    {
        IReadOnlyList<AlertDelivery> deliveries = await new AlertService(context).SendAsync(alert, receivers.Count == 0 ? null : receivers,
            cancellationToken).ConfigureAwait(false);
        string[] failed = [.. deliveries.Where(d => d.Outcome == DeliveryOutcome.Failed).Select(d => $"{d.Receiver}: {d.Message}")];
        // That nobody wanted it is not that somebody knows.
        return failed.Length == 0 && !deliveries.Any(d => d.Outcome is DeliveryOutcome.Delivered or DeliveryOutcome.Folded)
            ? ["no receiver takes such an alert"] : failed;
    }
}
