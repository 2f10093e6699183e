using System.Text.RegularExpressions;
using OpsModule.Engine.Areas.Schedules;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Tenants.Changing;

/// <summary>Finds what lifts a suspension whose time is over: an entry of the schedule that goes on with what is due.</summary>
internal static partial class LiftRunner
{
    private const string Remedy = "Add such a line: schedule: { due: { at: \"*/5 * * * *\", run: \"Resume-OpsChange -Due\" } }, and "
        + "hand it to a scheduler (Export-OpsSchedule). Without -For it stays suspended until Resume-OpsTenant.";

    /// <summary>The entry that does.</summary>
    /// <param name="context">The environment and what goes with it.</param>
    /// <param name="tenant">Whose suspension it is.</param>
    /// <exception cref="Foundations.Errors.OpsException"><c>TenantLiftUnscheduled</c>: there is none, or none that runs.</exception>
    public static ScheduleRecord Find(OpsContext context, string tenant)
    {
        ScheduleEntry[] able = [.. context.Environment.Section<ScheduleSettings>().Entries.Values.Where(e => IsOne(e.Run))];
        if (able.Length == 0)
            throw TenantErrors.TenantLiftUnscheduled.Make($"Nothing would let tenant {tenant} in again when the time of -For is over: "
                + "no entry of the schedule runs 'Resume-OpsChange -Due'. Nothing was changed.", Remedy, tenant);
        IReadOnlyList<ScheduleRecord> records = new ScheduleService(context).List(able);
        // One that was seen to run is better than one of which nothing is known yet.
        return records.Where(r => r.Next is not null && r.Status is not (ScheduleStatus.Overdue or ScheduleStatus.Failed))
            .OrderBy(r => r.LastSuccess is null).FirstOrDefault()
            ?? throw TenantErrors.TenantLiftUnscheduled.Make($"Nothing would let tenant {tenant} in again when the time of -For is over: "
                + $"{string.Join("; ", records.Select(r => $"{r.Name}: {r.Message.TrimEnd('.')}"))}. Nothing was changed.",
                "See that its scheduler runs it (Get-OpsSchedule). Without -For it stays suspended until Resume-OpsTenant.", tenant);
    }

    /// <summary>Whether a line goes on with what is due. What stands in a comment is not run, and what is asked with -WhatIf is not
    /// done.</summary>
    internal static bool IsOne(string line) => Due().IsMatch(line) && !Declined().IsMatch(line);

    [GeneratedRegex(@"^[^#]*(?<![-\w'""])Resume-OpsChange\b[^|;#]*\s-Due(?![\w:])",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Due();

    [GeneratedRegex(@"\s-(WhatIf|wi|Confirm|cf)(?!\w|:\s*\$false)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Declined();
}
