using System.Text.RegularExpressions;
using OpsModule.Foundations.Errors;

namespace OpsModule.Foundations.Names;

/// <summary>Regular expressions that people write.</summary>
public static class TextPattern
{
    /// <summary>How long one that looks around or back may look at one text.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Makes an expression that, like PowerShell's -match, does not tell capitals from small letters.</summary>
    /// <exception cref="OpsException"><c>PatternInvalid</c>.</exception>
    public static Regex Compile(string pattern)
    {
        const RegexOptions Options = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;
        try
        {
            // Linear in the text wherever the pattern can be matched so.
            try { return new Regex(pattern, Options | RegexOptions.NonBacktracking); }
            catch (NotSupportedException) { return new Regex(pattern, Options, Patience); }
        }
        catch (ArgumentException e)
        {
            throw new OpsException("PatternInvalid", OpsErrorCategory.InvalidArgument, $"'{pattern}' is no regular expression: {e.Message.TrimEnd('.')}.",
                "Correct it; characters that mean themselves need a backslash before them where they have a meaning (\\. \\[ \\( ...).", pattern, e);
        }
    }
}
