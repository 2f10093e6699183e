using OpsModule.Engine.Areas.Schedules.Times;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Schedules.Exporting;

/// <summary>
/// A runbook, and a template with its schedules. Azure Automation has no cron: a schedule there has one time, and steps of hours, days,
/// weeks
/// or months.
/// </summary>
internal static class AzureSchedule
{
    /// <summary>More than that nobody would look through.</summary>
    private const int MostSchedules = 24;

    /// <summary>An hour is the least step: what comes more often needs one schedule for each minute.</summary>
    private const int MostMinutes = 4;

    private static readonly string[] DayNames = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
    private static readonly JsonSerializerOptions Json =
        new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private sealed record Step(string Frequency, int Interval, int Hour, int Minute)
    {
        public JsonObject? Days { get; init; }
    }

    /// <exception cref="OpsException"><c>ScheduleNotExpressible</c>, <c>ScheduleIncomplete</c>.</exception>
    public static IReadOnlyList<ScheduleFileRecord> Write(ExportedSchedule schedule)
    {
        string group = schedule.Request.WorkerGroup ?? throw ScheduleErrors.ScheduleIncomplete.Make(
            "Azure's own sandbox has neither Docker nor PostgreSQL's programs: the line needs a hybrid worker, and no group of them "
                + "was named.", "Name it with -WorkerGroup.", schedule.Entry.Name);
        string name = string.Concat(schedule.Name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' ? c : '-'));
        var steps = Steps(schedule);
        string next = $"On the hybrid workers of {group}, install the module and put the environment file at {schedule.EnvironmentFile}."
            + (schedule.Variables.Count == 0 ? "" : $" Make encrypted variables of the account: {string.Join(", ", schedule.Variables)}.")
            + $" Import and publish {name}.ps1 as the runbook {name} (PowerShell 7.4 or later), then deploy {name}.json.";
        return [Record(name + ".ps1", Runbook(schedule)), Record(name + ".json", Template(schedule, name, group, steps))];

        ScheduleFileRecord Record(string file, string text) => new()
        {
            Environment = schedule.Environment.Name, System = ScheduleSystem.AzureAutomation, Schedules = [schedule.Entry.Name],
                Name = file, Text = text, Next = next,
        };
    }

    private static string Runbook(ExportedSchedule schedule) => $"""
        # {schedule.Heading}
        $ErrorActionPreference = 'Stop'
        {Variables(schedule)}{schedule.Command}

        """;

    private static string Variables(ExportedSchedule schedule) =>
        string.Concat(schedule.Variables.Select(v => $"$env:{v} = Get-AutomationVariable -Name {ExportedSchedule.Quoted(v)}\n"));

    private static List<Step> Steps(ExportedSchedule schedule)
    {
        CronFields fields = schedule.Fields;
        if (!fields.Months.IsAll) throw schedule.Refused("a schedule of Azure Automation cannot name months",
            "Leave the months open, or use another system.");
        (string frequency, JsonObject? days) = DaysOf(schedule);
        if (fields.Hours.IsAll || fields.Minutes.IsAll)
        {
            if (!fields.Hours.IsAll || frequency != "Day" || fields.Minutes.Values.Count > MostMinutes)
                throw schedule.Refused($"an hour is the least step of Azure Automation, and it would need "
                    + $"{fields.Minutes.Values.Count} schedules for every hour{(frequency == "Day" ? "" : " of some days only")}",
                    "Let it run less often, or use another system.");
            return [.. fields.Minutes.Values.Select(m => new Step("Hour", 1, 0, m))];
        }
        if (frequency == "Day" && fields.Hours.StepOf(24) is { } step && fields.Minutes.Values.Count <= MostMinutes)
            return [.. fields.Minutes.Values.Select(m => new Step("Hour", step, fields.Hours.Values[0], m))];
        List<Step> steps = [.. fields.Hours.Values.SelectMany(h =>
            fields.Minutes.Values.Select(m => new Step(frequency, 1, h, m) { Days = days }))];
        return steps.Count <= MostSchedules ? steps
            : throw schedule.Refused($"a schedule of Azure Automation has one time of the day, and it would need {steps.Count} of them",
                "Let it run less often, or use another system.");
    }

    private static (string Frequency, JsonObject? Days) DaysOf(ExportedSchedule schedule)
    {
        CronFields fields = schedule.Fields;
        switch (fields.Days.Day ?? fields.Weekdays.Day)
        {
            case CronDay.Last { Before: 0 }: return ("Month", new JsonObject { ["monthDays"] = new JsonArray(-1) });
            case CronDay.LastWeekday last: return ("Month", Occurrence(-1, last.Weekday));
            case CronDay.NthWeekday { Number: < 5 } nth: return ("Month", Occurrence(nth.Number, nth.Weekday));
            case not null: throw schedule.Refused(
                "Azure Automation knows the last day, and the first to fourth or last weekday of a month, and no other such day",
                    "Name days by numbers.");
        }
        if (!fields.Weekdays.IsAll) return ("Week",
            new JsonObject { ["weekDays"] = new JsonArray([.. fields.Weekdays.Values.Select(d => JsonValue.Create(DayNames[d]))]) });
        return fields.Days.IsAll ? ("Day", null)
            : ("Month", new JsonObject { ["monthDays"] = new JsonArray([.. fields.Days.Values.Select(d => JsonValue.Create(d))]) });
    }

    private static JsonObject Occurrence(int number, int weekday) =>
        new() { ["monthlyOccurrences"] = new JsonArray(new JsonObject { ["occurrence"] = number, ["day"] = DayNames[weekday] }) };

    private static string Template(ExportedSchedule schedule, string name, string group, List<Step> steps)
    {
        var resources = new JsonArray();
        for (int i = 0; i < steps.Count; i++)
        {
            string own = steps.Count == 1 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}-{i + 1}");
            resources.Add((JsonNode)Schedule(schedule, own, steps[i]));
            resources.Add((JsonNode)Link(name, own, group));
        }
        return new JsonObject
        {
            ["$schema"] = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
            ["contentVersion"] = "1.0.0.0",
            ["metadata"] = new JsonObject { ["description"] = schedule.Heading },
            ["parameters"] = new JsonObject
            {
                ["automationAccount"] = new JsonObject { ["type"] = "string" },
                // A schedule's first time must lie ahead.
                ["firstDay"] = new JsonObject { ["type"] = "string", ["defaultValue"] = "[dateTimeAdd(utcNow(), 'P1D', 'yyyy-MM-dd')]" },
            },
            ["resources"] = resources,
        }.ToJsonString(Json) + "\n";
    }

    private static JsonObject Schedule(ExportedSchedule schedule, string own, Step step)
    {
        var properties = new JsonObject
        {
            ["description"] = schedule.Heading,
            ["startTime"] = string.Create(
                CultureInfo.InvariantCulture, $"[concat(parameters('firstDay'), 'T{step.Hour:00}:{step.Minute:00}:00+00:00')]"),
            ["timeZone"] = "Etc/UTC",
            ["frequency"] = step.Frequency,
            ["interval"] = step.Interval,
        };
        if (step.Days is not null) properties["advancedSchedule"] = step.Days.DeepClone();
        return Resource("schedules", $"[concat(parameters('automationAccount'), '/{own}')]", properties);
    }

    private static JsonObject Link(string runbook, string own, string group)
    {
        JsonObject link = Resource(
            "jobSchedules", $"[concat(parameters('automationAccount'), '/', guid(resourceGroup().id, parameters('automationAccount'), "
                + $"'{own}'))]", new JsonObject
        {
            ["runbook"] = new JsonObject { ["name"] = runbook },
            ["schedule"] = new JsonObject { ["name"] = own },
            ["runOn"] = group,
        });
        link["dependsOn"] = new JsonArray($"[resourceId('Microsoft.Automation/automationAccounts/schedules', "
            + $"parameters('automationAccount'), '{own}')]");
        return link;
    }

    private static JsonObject Resource(string kind, string name, JsonObject properties) => new()
    {
        ["type"] = "Microsoft.Automation/automationAccounts/" + kind, ["apiVersion"] = "2023-11-01", ["name"] = name,
            ["properties"] = properties,
    };
}
