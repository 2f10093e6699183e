using System.Text.RegularExpressions;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Platforms.Compose;

/// <summary>Finds the reason in what Compose says when it fails, among what it says of its progress.</summary>
public static partial class ComposeErrors
{
    private const string Page = "concepts/services.md#what-is-made-from-the-compose-file";

    private const int MostLines = 5;

    /// <summary>Compose has failed.</summary>
    public static readonly ErrorCode ComposeFailed = new("ComposeFailed", OpsErrorCategory.InvalidOperation, Page);

    /// <summary>The error of a run that failed, with the reason alone.</summary>
    internal static OpsException Failed(string project, IReadOnlyList<string> arguments, OpsException failed) => ComposeFailed.Make(
        $"Compose could not do '{arguments[0]}' for the project {project}: {Reason(WithoutProgram(failed.Message))}.",
        "Mend what it reports, then run the command again.", project, failed);

    /// <summary>The lines that say what is wrong: those of errors; without any, what is neither progress nor a warning.</summary>
    public static string Reason(string said)
    {
        string[] lines = [.. said.Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0)];
        string[] told = [.. lines.Where(l => !Progress().IsMatch(l) && !Chatter().IsMatch(l))];
        string[] errors = [.. told.Where(l => Error().IsMatch(l))];
        string[] chosen = errors.Length > 0 ? errors : told.Length > 0 ? told : lines;
        return string.Join(" ", chosen.Distinct().TakeLast(MostLines)).TrimEnd('.');
    }

    /// <summary>What stands behind "docker failed with exit code 1: ".</summary>
    private static string WithoutProgram(string message) =>
        message.IndexOf(": ", StringComparison.Ordinal) is >= 0 and var colon ? message[(colon + 2)..] : message;

    // "Container shop-api-1  Creating", "Creating shop_api_1 ... done", "api Pulling"
    [GeneratedRegex(@"^(?:(?:Container|Network|Volume|Image) \S+\s+\S+"
        + @"|(?:Creating|Recreating|Starting|Stopping|Removing|Pulling|Building) \S.*?(?:\.\.\.\s*(?:done|error)?)?"
        + @"|\S+ (?:is up-to-date|Pulling|Pulled|Skipped.*)|\[\+\].*)$")]
    private static partial Regex Progress();

    [GeneratedRegex(
        @"^(?:time=""[^""]*"" level=warning|WARN(?:ING)?\b|The Docker Engine you're using|Compose does not use swarm|If you need production)")]
    private static partial Regex Chatter();

    [GeneratedRegex(@"(?i)\b(?:error|failed|cannot|could not|denied|invalid|no such|not found|already|conflict|unauthorized)\b")]
    private static partial Regex Error();
}
