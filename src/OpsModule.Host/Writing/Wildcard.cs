using System.IO.Enumeration;

namespace OpsModule.Host.Writing;

/// <summary>Names with * and ?.</summary>
internal static class Wildcard
{
    public static bool Matches(string text, string pattern) => FileSystemName.MatchesSimpleExpression(pattern, text, ignoreCase: true);
}

/// <summary>The terminal's size.</summary>
internal static class TerminalSize
{
    /// <summary>Its width, or no limit where the output is no terminal.</summary>
    public static int Width
    {
        get
        {
            if (Console.IsOutputRedirected) return int.MaxValue;
            return Console.WindowWidth is > 20 and var width ? width : 120;
        }
    }
}
