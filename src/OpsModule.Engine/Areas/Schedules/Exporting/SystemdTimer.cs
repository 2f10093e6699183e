using OpsModule.Engine.Areas.Schedules.Times;

namespace OpsModule.Engine.Areas.Schedules.Exporting;

/// <summary>A service that runs the line once, and the timer that starts it. systemd starts none a second time while it runs.</summary>
internal static class SystemdTimer
{
    private static readonly string[] DayNames = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

    public static IReadOnlyList<ScheduleFileRecord> Write(ExportedSchedule schedule)
    {
        string name = schedule.Name;
        string secrets = schedule.Variables.Count == 0 ? ""
            : $" Before that, write {string.Join(", ", schedule.Variables.Select(v => v + "=..."))} into {schedule.SecretsFile}, "
                + $"which nobody but root may read (chmod 600).";
        string next = $"Copy both files to /etc/systemd/system. Then: systemctl daemon-reload && systemctl enable --now "
            + $"{name}.timer.{secrets}";
        return [Record(name + ".service", Service(schedule)), Record(name + ".timer", Timer(schedule))];

        ScheduleFileRecord Record(string file, string text) => new()
        {
            Environment = schedule.Environment.Name, System = ScheduleSystem.SystemdTimer, Schedules = [schedule.Entry.Name],
                Name = file, Text = text, Next = next,
        };
    }

    private static string Service(ExportedSchedule schedule) => $"""
        # {schedule.Heading}
        [Unit]
        Description={Plain($"{schedule.Entry.Name} of environment {schedule.Environment.Name}")}
        Wants=network-online.target
        After=network-online.target

        [Service]
        Type=oneshot
        User={Plain(schedule.Request.User)}
        {Variables(schedule)}ExecStart={string.Join(' ', schedule.Arguments.Select(Quoted))}
        # A run takes as long as it takes; stopped, it has time to take back what it began, and is not failed.
        TimeoutStartSec=infinity
        TimeoutStopSec=30
        SuccessExitStatus=143

        """;

    private static string Timer(ExportedSchedule schedule) => $"""
        # {schedule.Heading}
        [Unit]
        Description={Plain($"Starts {schedule.Entry.Name} of environment {schedule.Environment.Name}")}

        [Timer]
        OnCalendar={Calendar(schedule)}
        AccuracySec=1s
        # What was due while the machine was off is run once when it is on again.
        Persistent=true

        [Install]
        WantedBy=timers.target

        """;

    private static string Variables(ExportedSchedule schedule) =>
        string.Concat(schedule.Request.Settings.Select(s => $"Environment={Quoted($"{s.Key}={s.Value}", variables: false)}\n"))
        + (schedule.Variables.Count == 0 ? "" : $"EnvironmentFile={Plain(schedule.SecretsFile)}\n");

    /// <summary>When, as systemd writes it; it joins day and weekday by 'and', as this module does.</summary>
    internal static string Calendar(ExportedSchedule schedule)
    {
        CronFields fields = schedule.Fields;
        string weekdays = fields.Weekdays.IsAll ? "" : string.Join(',', fields.Weekdays.Values.Select(d => DayNames[d])) + " ";
        string days = fields.Days.IsAll ? "-*" : "-" + List(fields.Days);
        switch (fields.Days.Day ?? fields.Weekdays.Day)
        {
            case CronDay.Last last: days = $"~{last.Before + 1:00}"; break;
            case CronDay.NthWeekday nth: (weekdays, days) =
                (DayNames[nth.Weekday] + " ", $"-{nth.Number * 7 - 6:00}..{Math.Min(nth.Number * 7, 31):00}"); break;
            case CronDay.LastWeekday last: (weekdays, days) = (DayNames[last.Weekday] + " ", "~07/1"); break;
            case CronDay.Working: throw schedule.Refused("systemd does not know W, the working day that is nearest",
                "Name days by numbers, or weekdays.");
        }
        return $"{weekdays}*-{List(fields.Months)}{days} {List(fields.Hours)}:{List(fields.Minutes)}:00 UTC";
    }

    private static string List(CronField field) => field.IsAll ? "*" : string.Join(',', field.Values.Select(v => $"{v:00}"));

    /// <summary>A value of a unit; % stands for something else there.</summary>
    private static string Plain(string text) => text.Replace("%", "%%", StringComparison.Ordinal);

    /// <summary>An argument of ExecStart, where $ stands for a variable, too.</summary>
    internal static string Quoted(string text) => Quoted(text, variables: true);

    private static string Quoted(string text, bool variables)
    {
        string safe = Plain(text).Replace(@"\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
        if (variables) safe = safe.Replace("$", "$$", StringComparison.Ordinal);
        return safe.Length > 0 && safe.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '.' or '-' or '_' or '=')
            ? safe : $"\"{safe}\"";
    }
}
