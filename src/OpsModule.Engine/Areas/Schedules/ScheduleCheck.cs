using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Schedules;

/// <summary>Whether what is to run has run. The area of health does not know this one; it is told of the check.</summary>
internal static class ScheduleCheck
{
    public const string Name = "schedule.overdue";

    /// <summary>One check for each entry; the journal is read once for all of them.</summary>
    public static IEnumerable<HealthCheck> All(OpsContext context)
    {
        IReadOnlyList<ScheduleEntry> entries = [.. context.Environment.Section<ScheduleSettings>().Entries.Values];
        var records = new Lazy<IReadOnlyDictionary<string, ScheduleRecord>>(() =>
            new ScheduleService(context).List(entries, toTheLastFailure: false).ToDictionary(r => r.Name));
        return entries.Select(entry => new HealthCheck(Name, entry.Name, (report, _) =>
        {
            ScheduleRecord record = records.Value[entry.Name];
            report.Said(StatusOf(record), record.Message, RemedyOf(record));
            return Task.CompletedTask;
        }) { Blocks = true, TimeoutRemedy = "Is the disk of the state folder there, and does it answer?" });
    }

    private static HealthStatus StatusOf(ScheduleRecord record) => record.Status switch
    {
        ScheduleStatus.Overdue => HealthStatus.Unhealthy,
        ScheduleStatus.Failed => HealthStatus.Degraded,
        ScheduleStatus.Unknown => HealthStatus.Unknown,
        _ => HealthStatus.Healthy,
    };

    private static string RemedyOf(ScheduleRecord record) => record.Status switch
    {
        ScheduleStatus.Unknown => "Run Get-OpsSchedule once as a user who may write to the state folder.",
        ScheduleStatus.Overdue when record.LastFailure is null && record.RunningSince is null =>
            $"Is it handed to a scheduler (Export-OpsSchedule), and does that one run? Then run it now: Invoke-OpsSchedule {record.Name}",
        _ => $"See how the last runs ended (Get-OpsChange schedule/{record.Name} -Last 3), and run it when that is mended: "
            + $"Invoke-OpsSchedule {record.Name}",
    };
}
