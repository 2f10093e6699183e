using System.Management.Automation;
using System.Management.Automation.Host;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;

namespace OpsModule;

/// <summary>The engine's errors as PowerShell's.</summary>
internal static class OpsErrors
{
    public static ErrorRecord ToRecord(OpsException error)
    {
        ErrorCategory category = Enum.TryParse(error.Category.ToString(), out ErrorCategory known) ? known : ErrorCategory.NotSpecified;
        var record = new ErrorRecord(error, error.ErrorId, category, error.Target)
        {
            ErrorDetails = new ErrorDetails(error.Message) { RecommendedAction = error.RecommendedAction },
        };
        if (error.Target is Array many) record.CategoryInfo.TargetName = $"{many.Length} objects";
        else if (error.Target is not null) record.CategoryInfo.TargetName = PrintableText.Of($"{error.Target}");
        return record;
    }

    /// <summary>
    /// That nothing fits a pattern is a warning where something is only looked at. Where something is changed, waited for or judged it is an error,
    /// because it would look as if all were done.
    /// </summary>
    public static bool IsOnlySaid(OpsException error, InvocationInfo call) => error.ErrorId == "NothingMatches" && (call.MyCommand as CmdletInfo)?.Verb is ("Get" or "Test" or "Watch");

    /// <summary>What PowerShell throws where it cannot ask: with -NonInteractive, and where its standard input has ended.</summary>
    public static bool IsNoPrompt(Exception e) => e is NullReferenceException or NotImplementedException or PSInvalidOperationException or HostException;
}
