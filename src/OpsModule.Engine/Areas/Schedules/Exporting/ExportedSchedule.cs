using OpsModule.Engine.Areas.Schedules.Times;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Schedules.Exporting;

/// <summary>One entry on its way to another system: its names there, and the line that the system starts.</summary>
/// <param name="Entry">The entry.</param>
/// <param name="Environment">The environment.</param>
/// <param name="Request">The place where it will be used.</param>
/// <param name="Variables">The variables that secrets are taken from.</param>
/// <param name="State">The state folder as the environment file has it; null when it does not say.</param>
internal sealed record ExportedSchedule(ScheduleEntry Entry, OpsEnvironment Environment, ScheduleExportRequest Request,
    IReadOnlyList<string> Variables, string? State)
{
    /// <summary>Stands in each file, so that the next export knows its own.</summary>
    public const string Mark = "Made by Export-OpsSchedule";

    /// <summary>Who made it, and of what.</summary>
    public string Heading => $"{Mark} of entry {Entry.Name} ({Entry.At}, UTC) of environment {Environment.Name}. Change the entry, "
        + $"and export it again.";

    /// <summary>A name that is this entry's alone.</summary>
    public string Name => $"ops-{Environment.Name}-{Entry.Name}";

    /// <summary>Where the environment file is there.</summary>
    public string EnvironmentFile => Request.EnvironmentFile ?? Environment.File!;

    /// <summary>Where the variables are there.</summary>
    public string SecretsFile => Request.SecretsFile ?? $"/etc/ops/{Environment.Name}.secrets";

    /// <summary>The fields of the times.</summary>
    /// <exception cref="OpsException"><c>ScheduleNotExpressible</c>.</exception>
    public CronFields Fields =>
        Entry.Cron.Fields ?? throw Refused("its times are written in a way that only this module reads",
            "Write them with numbers, lists, ranges and steps.");

    /// <summary>What PowerShell is told. It ends with 1 after an error, with 0 after a good run and after one that was skipped.</summary>
    public string Command => $"Import-Module {Quoted(Request.Module)} -ErrorAction Stop; Invoke-OpsSchedule {Quoted(Entry.Name)} "
        + $"-Environment {Quoted(EnvironmentFile)}";

    /// <summary>PowerShell with its arguments, before any quoting.</summary>
    public IReadOnlyList<string> Arguments => [Request.Program, "-NoProfile", "-NonInteractive", "-Command", Command];

    /// <summary>The times as the plainest cron has them.</summary>
    /// <exception cref="OpsException"><c>ScheduleNotExpressible</c>.</exception>
    public string PlainCron(string system)
    {
        CronFields fields = Fields;
        if ((fields.Days.Day ?? fields.Weekdays.Day) is not null)
            throw Refused($"{system} does not know L, W and #",
                "Name days by numbers, or export it for a timer of systemd, which knows L and #.");
        return CronShift.Text(fields);
    }

    /// <summary>The error for what a system cannot say.</summary>
    public OpsException Refused(string why, string action) => ScheduleErrors.ScheduleNotExpressible.Make(
        $"The entry {Entry.Name} ({Entry.At}) cannot be exported for {Request.System}: {why}.", action, Entry.Name);

    /// <summary>Text as PowerShell reads it literally; it takes typographic quotes for quotes, too.</summary>
    public static string Quoted(string text) =>
        $"'{string.Concat(text.Select(c => c is '\'' or '\u2018' or '\u2019' or '\u201a' or '\u201b' ? $"{c}{c}" : $"{c}"))}'";

    /// <summary>Text as a shell reads it literally.</summary>
    public static string ShellQuoted(string text) =>
        text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '.' or '-' or '_' or ':' or '=') ? text
        : $"'{text.Replace("'", @"'\''", StringComparison.Ordinal)}'";
}
