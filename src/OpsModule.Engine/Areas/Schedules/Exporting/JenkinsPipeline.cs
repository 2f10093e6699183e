using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Schedules.Exporting;

/// <summary>A declarative pipeline. Each variable is a credential of the same id.</summary>
internal static class JenkinsPipeline
{
    /// <exception cref="OpsException"><c>ScheduleNotExpressible</c>.</exception>
    public static ScheduleFileRecord Write(ExportedSchedule schedule)
    {
        string variables = schedule.Variables.Count == 0 && schedule.Request.Settings.Count == 0 ? "" : "    environment {\n"
            + string.Concat(schedule.Request.Settings.Select(s => $"        {s.Key} = {Quoted(s.Value)}\n"))
            + string.Concat(schedule.Variables.Select(v => $"        {v} = credentials({Quoted(v)})\n")) + "    }\n";
        string line = string.Join(' ', schedule.Arguments.Select(ExportedSchedule.ShellQuoted));
        string text = $$"""
            // {{schedule.Heading}}
            pipeline {
                agent { label {{Quoted(schedule.Request.Agent)}} }
                triggers { cron({{Quoted($"TZ=Etc/UTC\n{schedule.PlainCron("Jenkins")}")}}) }
                options { disableConcurrentBuilds() }
            {{variables}}    stages {
                    stage({{Quoted(schedule.Entry.Name)}}) {
                        steps { sh {{Quoted("exec " + line)}} }
                    }
                }
            }

            """;
        return new ScheduleFileRecord
        {
            Environment = schedule.Environment.Name, System = ScheduleSystem.Jenkinsfile, Schedules = [schedule.Entry.Name],
                Name = schedule.Name + ".Jenkinsfile", Text = text,
            Next = $"Make a pipeline of it, on agents of the label {schedule.Request.Agent} that keep the state folder from one run "
                + $"to the next, and run it once by hand: Jenkins learns its times by that."
                + (schedule.Variables.Count == 0
                    ? "" : $" Before that, make a credential (secret text) of each of these ids: {string.Join(", ", schedule.Variables)}."),
        };
    }

    /// <summary>Text as Groovy reads it literally.</summary>
    internal static string Quoted(string text) =>
        $"'{string.Concat(text.Select(c => c is '\\' or '\'' ? $"\\{c}" : c == '\n' ? @"\n" : $"{c}"))}'";
}
