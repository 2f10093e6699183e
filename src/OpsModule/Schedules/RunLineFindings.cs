using System.Management.Automation;
using System.Management.Automation.Language;
using System.Text.RegularExpressions;
using OpsModule.Engine.Areas.Schedules;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Names;

namespace OpsModule.Schedules;

/// <summary>What is wrong with the lines of a schedule, as far as this session can tell. To be asked on the pipeline thread.</summary>
internal static partial class RunLineFindings
{
    public static IReadOnlyList<EnvironmentFinding> Of(OpsEnvironment? environment, CommandInvocationIntrinsics session)
    {
        var findings = new List<EnvironmentFinding>();
        foreach (ScheduleEntry entry in environment?.Section<ScheduleSettings>().Entries.Values ?? [])
        {
            RunLine line = RunLine.Parse(entry.Run);
            if (line.Problem is { } problem)
                findings.Add(Finding(entry, FindingSeverity.Error,
                    "ScheduleLineInvalid", $"The line of {entry.Name} cannot be run: {problem}.", "a line of PowerShell"));
            else
                foreach (CommandAst command in line.Commands
                    .Where(c => !line.Functions.Contains(c.GetCommandName(), StringComparer.OrdinalIgnoreCase)))
                    if (FindingOf(entry, command, environment!.Directory, session) is { } wrong) findings.Add(wrong);
        }
        return findings;
    }

    private static EnvironmentFinding? FindingOf(ScheduleEntry entry, CommandAst command, string folder,
        CommandInvocationIntrinsics session)
    {
        string name = command.GetCommandName();
        if (name.StartsWith("./", StringComparison.Ordinal) || name.StartsWith("../", StringComparison.Ordinal)) name =
            Path.Combine(folder, name);
        CommandInfo? known = session.GetCommand(name, CommandTypes.All);
        if (known is null)
        {
            // Another session, under another account, may know more than this one; but this module's cmdlets are all known.
            bool isOurs = Ours().IsMatch(name);
            string? near = isOurs
                ? NearestName.Of(name, session.GetCommands("*-Ops*", CommandTypes.Cmdlet, nameIsPattern: true).Select(c => c.Name)) : null;
            return Finding(entry, isOurs ? FindingSeverity.Error : FindingSeverity.Warning, "CommandUnknown",
                $"The line of {entry.Name} calls {name}, which this session does not "
                    + $"know.{(near is null ? "" : $" Did you mean {near}?")}", "a cmdlet, a function, a script or a program", near);
        }
        if (known is not CmdletInfo || !Ours().IsMatch(name)) return null;
        foreach (CommandParameterAst parameter in command.CommandElements.OfType<CommandParameterAst>())
        {
            try { known.ResolveParameter(parameter.ParameterName); }
            catch (Exception e) when (e is ParameterBindingException or RuntimeException)
            {
                string? near = NearestName.Of(parameter.ParameterName, known.Parameters.Keys);
                return Finding(entry, FindingSeverity.Error, "ParameterUnknown",
                    $"The line of {entry.Name} gives {known.Name} a parameter -{parameter.ParameterName}, which it does not have or "
                        + $"which may mean several.{(near is null ? "" : $" Did you mean -{near}?")}",
                    "a parameter that Get-Help shows", near);
            }
        }
        return null;
    }

    private static EnvironmentFinding Finding(ScheduleEntry entry, FindingSeverity severity, string code, string message,
        string expected, string? nearest = null) => new()
    {
        Severity = severity, Code = code, Path = $"schedule.{entry.Name}.run", Message = message, Expected = expected, Nearest = nearest,
    };

    [GeneratedRegex("^[a-z]+-Ops[a-z]+$", RegexOptions.IgnoreCase)]
    private static partial Regex Ours();
}
