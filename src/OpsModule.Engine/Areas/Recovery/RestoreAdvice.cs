using System.Text.RegularExpressions;
using OpsModule.Foundations.Names;

namespace OpsModule.Engine.Areas.Recovery;

/// <summary>The commands that errors tell people to run next, ready to be copied.</summary>
internal static partial class RestoreAdvice
{
    public static string Resume(string name, string? tenant) => Unfinished("Resume", name, tenant);

    public static string Undo(string name, string? tenant) => Unfinished("Undo", name, tenant);

    /// <summary>After a switch that nobody let happen: of a restore, which is kept, or of an undo.</summary>
    public static string AfterBlocked(RestoreNote note, string endWhat) => note.State == RestoreState.Replaced
        ? $"Nothing was changed. End {endWhat}, then run: Undo-OpsRestore {note.Id}"
        : $"Nothing live was changed, and what was restored is kept beside it. End {endWhat}, then run: {Resume(note.Name, note.Tenant)}; or give it up with: {Undo(note.Name, note.Tenant)}";

    private static string Unfinished(string how, string name, string? tenant) =>
        $"{how}-OpsChange -Target {Quote(NamePattern.Literal(RestoreNames.Target(name, tenant)))}";

    private static string Quote(string value) => Plain().IsMatch(value) ? value : "'" + value.Replace("'", "''") + "'";

    [GeneratedRegex(@"^[A-Za-z0-9_./-]+$")]
    private static partial Regex Plain();
}
