using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Schedules.Exporting;

/// <summary>A file for /etc/cron.d, as Debian's cron reads it: it knows the clock of its machine and no other, and % is the end of a
/// line.</summary>
internal static class CronFile
{
    /// <summary>What Debian's cron takes of a command.</summary>
    private const int Longest = 998;

    /// <exception cref="OpsException"><c>ScheduleNotExpressible</c>.</exception>
    public static IReadOnlyList<ScheduleFileRecord> Write(IReadOnlyList<ExportedSchedule> schedules, DateTimeOffset now)
    {
        ExportedSchedule first = schedules[0];
        TimeSpan offset = CronShift.FixedOffset(first.Request.Zone, now) ?? throw first.Refused(
            $"cron knows no UTC, and the clock of the zone {first.Request.Zone.Id} is put forward and back",
            "Use a timer of systemd (-As SystemdTimer), which knows UTC, or set the machine to UTC (timedatectl set-timezone UTC).");
        // cron passes over files whose names hold anything else, a point for example.
        string name = "ops-" + string.Concat(first.Environment.Name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' ? c : '-'));
        string clock = offset == TimeSpan.Zero
            ? "The clock of the machine must be UTC." : $"The clock of the machine must be that of {first.Request.Zone.Id}, "
                + $"{Shown(offset)} from UTC.";
        var lines = new List<string>
        {
            $"# {ExportedSchedule.Mark} of environment {first.Environment.Name}. Change the entries, and export them again. {clock}",
            "SHELL=/bin/sh",
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        };
        lines.AddRange(first.Request.Settings.Select(s => $"{s.Key}={s.Value}"));
        foreach (ExportedSchedule schedule in schedules) lines.AddRange(LinesOf(schedule, offset));
        string secrets = first.Variables.Count == 0 ? ""
            : $" Before that, write {string.Join(", ", first.Variables.Select(v => v + "='...'"))} into {first.SecretsFile}, which "
                + $"nobody but {first.Request.User} may read (chmod 600).";
        return
        [
            new ScheduleFileRecord
            {
                Environment = first.Environment.Name, System = ScheduleSystem.Cron, Schedules = [.. schedules.Select(s => s.Entry.Name)],
                    Name = name,
                Text = string.Join('\n', lines) + "\n",
                Next = $"Copy it to /etc/cron.d/{name}, owned by root (chmod 644); cron takes it within a minute.{secrets} What is "
                    + $"due while the machine is off is not made up for.",
            },
        ];
    }

    private static IEnumerable<string> LinesOf(ExportedSchedule schedule, TimeSpan offset)
    {
        _ = schedule.PlainCron("cron");
        IReadOnlyList<string> times = CronShift.Lines(schedule.Fields, offset) ?? throw schedule.Refused(
            $"on a clock that is {Shown(offset)} from UTC some of its times fall on another day, and cron cannot say which of the month",
            "Use a timer of systemd (-As SystemdTimer), which knows UTC, or other hours.");
        string command = string.Join(' ', schedule.Arguments.Select(ExportedSchedule.ShellQuoted)) + " >/dev/null";
        if (schedule.Variables.Count > 0)
            command = $"set -a; . {ExportedSchedule.ShellQuoted(schedule.SecretsFile)}; set +a; exec {command}";
        command = command.Replace("%", @"\%", StringComparison.Ordinal);
        if (command.Length > Longest) throw schedule.Refused($"cron takes no more than {Longest} characters, and its line has "
            + $"{command.Length}", "Use shorter paths, or a timer of systemd.");
        // What goes wrong is written to the error stream, which cron mails.
        return times.Select(t => $"{t} {schedule.Request.User} {command}").Prepend($"# {schedule.Entry.Name}: {schedule.Entry.At}, UTC");
    }

    private static string Shown(TimeSpan offset) => $"{(offset < TimeSpan.Zero ? '-' : '+')}{offset:hh\\:mm}";
}
