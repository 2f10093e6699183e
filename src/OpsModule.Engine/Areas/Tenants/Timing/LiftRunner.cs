using System.Text.RegularExpressions;
using OpsModule.Engine.Areas.Schedules;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Tenants.Timing;

/// <summary>Finds what lifts a suspension whose time is over: an entry of the schedule that goes on with what is due.</summary>
internal static partial class LiftRunner
{
    private const string Remedy = "Add such a line: schedule: { due: { at: \"*/5 * * * *\", run: \"Resume-OpsChange -Due\" } }, and "
        + "hand it to a scheduler (Export-OpsSchedule). Without -For it stays suspended until Resume-OpsTenant.";

    /// <summary>So much later than its time it may be lifted without a word of it, and so much later at most where that is more than the
    /// time that was asked for.</summary>
    private static readonly TimeSpan Untold = TimeSpan.FromMinutes(15), Most = TimeSpan.FromHours(1);

    /// <summary>The entry that does, and a warning where it runs late.</summary>
    /// <param name="context">The environment and what goes with it.</param>
    /// <param name="tenant">Whose suspension it is.</param>
    /// <param name="span">For how long.</param>
    /// <exception cref="Foundations.Errors.OpsException"><c>TenantLiftUnscheduled</c>: there is none, or none that runs.</exception>
    public static (ScheduleRecord Runner, string? Late) Find(OpsContext context, string tenant, TimeSpan span)
    {
        IReadOnlyDictionary<string, ScheduleEntry> entries = context.Environment.Section<ScheduleSettings>().Entries;
        ScheduleEntry[] able = [.. entries.Values.Where(e => IsOne(e.Run, context.Environment.Name, context.Environment.File))];
        if (able.Length == 0)
            throw TenantErrors.TenantLiftUnscheduled.Make($"Nothing would let tenant {tenant} in again when the time of -For is over: "
                + "no entry of the schedule runs 'Resume-OpsChange -Due' for this environment. Nothing was changed.", Remedy, tenant);
        DateTimeOffset until = context.Time.GetUtcNow() + span;
        TimeSpan? LateBy(ScheduleRecord r) => able.First(e => e.Name == r.Name).Cron.Next(until) - until;
        IReadOnlyList<ScheduleRecord> records = new ScheduleService(context).List(able);
        // One that was seen to run is better than one of which nothing is known yet.
        ScheduleRecord[] running = [.. records.Where(r => r.Next is not null && r.Status is not (ScheduleStatus.Overdue
            or ScheduleStatus.Failed)).OrderBy(r => r.LastSuccess is null).ThenBy(LateBy)];
        if (running.Length == 0)
            throw TenantErrors.TenantLiftUnscheduled.Make($"Nothing would let tenant {tenant} in again when the time of -For is over: "
                + $"{string.Join("; ", records.Select(r => $"{r.Name}: {r.Message.TrimEnd('.')}"))}. Nothing was changed.",
                "See that its scheduler runs it (Get-OpsSchedule). Without -For it stays suspended until Resume-OpsTenant.", tenant);
        // Whoever asks for two hours does not mean the first of next month.
        TimeSpan most = span > Most ? span : Most;
        ScheduleRecord found = running.FirstOrDefault(r => LateBy(r) <= most)
            ?? throw TenantErrors.TenantLiftUnscheduled.Make($"Tenant {tenant} would be let in again long after the time of -For is "
                + $"over, at {until.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC: {string.Join("; ", running.Select(r => LateBy(r) is { } by
                    ? $"{r.Name} ({r.At}) runs {DurationText.Show(Whole(by))} later" : $"{r.Name} ({r.At}) does not run any more"))}. "
                + "Nothing was changed.", Remedy, tenant);
        return (found, LateBy(found) is { } late && late > Untold
            ? $"The schedule's entry {found.Name} ({found.At}) lets {tenant} in again {DurationText.Show(Whole(late))} "
                + "after its time is over." : null);
    }

    /// <summary>When a suspension has to be lifted at the latest: the first run of its entry after its time, and that one's
    /// grace.</summary>
    public static DateTimeOffset LastMoment(OpsContext context, DateTimeOffset until, string? runner) =>
        runner is not null && context.Environment.Section<ScheduleSettings>().Entries.GetValueOrDefault(runner) is { } entry
            ? (entry.Cron.Next(until) ?? until) + ScheduleJudge.GraceOf(entry, context.Time.GetUtcNow()) : until + Unknown;

    /// <summary>The grace of an entry that is not declared any more.</summary>
    private static readonly TimeSpan Unknown = TimeSpan.FromMinutes(1);

    private static TimeSpan Whole(TimeSpan span) => TimeSpan.FromMinutes(Math.Ceiling(span.TotalMinutes));

    /// <summary>Whether a line goes on with what is due in this environment. What stands in a comment is not run, and what is asked with
    /// -WhatIf is not done.</summary>
    /// <param name="line">The line.</param>
    /// <param name="environment">The environment's name.</param>
    /// <param name="file">Its file; null where it has none.</param>
    internal static bool IsOne(string line, string environment, string? file = null)
    {
        if (Due().Match(line) is not { Success: true } match || Declined().IsMatch(line)) return false;
        string command = line[match.Groups["command"].Index..].Split('|', ';', '#')[0];
        // What another one waits for is lifted there, and what a variable holds nobody can tell here.
        return Environment().Match(command) is not { Success: true } named || named.Groups["value"].Value.Trim('\'', '"') is var value
            && (value.Equals(environment, StringComparison.OrdinalIgnoreCase) || (file is not null && Path.IsPathRooted(value)
                && Path.GetFullPath(value) == file));
    }

    [GeneratedRegex(@"^[^#]*(?<![-\w'""])(?<command>Resume-OpsChange)\b[^|;#]*\s-Due(?![\w:])",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Due();

    [GeneratedRegex(@"\s-en[a-z]*(?::\s*|\s+)(?<value>'[^']*'|""[^""]*""|\S+)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Environment();

    [GeneratedRegex(@"\s-(WhatIf|wi|Confirm|cf)(?!\w|:\s*\$false)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Declined();
}
