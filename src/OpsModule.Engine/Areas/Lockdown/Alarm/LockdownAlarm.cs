using OpsModule.Engine.Changes;
using OpsModule.Engine.Signals;

namespace OpsModule.Engine.Areas.Lockdown.Alarm;

/// <summary>Where a lockdown gets what tells people from: sending is an outlet's, which stands above, and which tells itself
/// here.</summary>
internal static class LockdownAlarm
{
    /// <summary>Sends an alert to these receivers (all where none is named), and says of each that did not take it why.</summary>
    public static Func<OpsContext, Alert, IReadOnlyList<string>, CancellationToken, Task<IReadOnlyList<string>>>? Send { get; set; }
}
