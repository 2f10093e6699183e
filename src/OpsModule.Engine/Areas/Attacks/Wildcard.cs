using System.IO.Enumeration;

namespace OpsModule.Engine.Areas.Attacks;

/// <summary>Patterns in which <c>*</c> stands for any characters and <c>?</c> for one; capital and small letters are the same.</summary>
internal static class Wildcard
{
    public static bool IsMatch(string pattern, ReadOnlySpan<char> text) =>
        FileSystemName.MatchesSimpleExpression(pattern.Replace("\\", "\\\\", StringComparison.Ordinal), text, ignoreCase: true);
}
