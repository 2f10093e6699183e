using System.Text;
using OpsModule.Engine.Areas.Attacks;

namespace OpsModule.Bench.AttackQuality;

/// <summary>Payloads and lines from the files of a data set.</summary>
internal static class DataSet
{
    private static readonly Dictionary<string, AttackCategory> Names = new()
    {
        ["sqli"] = AttackCategory.SqlInjection, ["xss"] = AttackCategory.CrossSiteScripting, ["traversal"] = AttackCategory.PathTraversal,
        ["cmdi"] = AttackCategory.CommandInjection, ["log4shell"] = AttackCategory.Log4Shell, ["ssrf"] = AttackCategory.ServerSideRequestForgery,
        ["deserialization"] = AttackCategory.CommandInjection,
    };

    /// <summary>Payloads by the category that they should be found as.</summary>
    public static IReadOnlyList<(string Name, AttackCategory Category, string[] Payloads)> Attacks(string file) =>
        [.. File.ReadLines(file).Select(l => l.Split('\t', 2)).Where(p => p.Length == 2).GroupBy(p => p[0]).Select(g => (g.Key, Names[g.Key], g.Select(p => Unescape(p[1])).ToArray()))];

    /// <summary>Benign lines by what they are of.</summary>
    public static IReadOnlyList<(string Name, string[] Lines)> Benign(string file) =>
        [.. File.ReadLines(file).Where(l => l.Length > 0).GroupBy(Kind).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => (g.Key, g.ToArray()))];

    /// <summary>Lines of formats with {PATH}, {QUERY} and {AGENT} in them, by name.</summary>
    public static IReadOnlyList<(string Name, string Line)> Formats(string file) =>
        [.. File.ReadLines(file).Where(l => !l.StartsWith('#')).Select(l => l.Split('\t')).Select(p => (p[0], p[2].Replace("\\t", "\t")))];

    private static string Kind(string line) =>
        line.Contains(" HTTP/1.", StringComparison.Ordinal) && line[0] != '{' ? "web traffic"
        : line.Contains(" LOG:  ", StringComparison.Ordinal) ? "SQL statement log" : "application log";

    private static string Unescape(string text)
    {
        var result = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\' || i + 1 == text.Length) { result.Append(text[i]); continue; }
            char kind = text[++i];
            int digits = kind switch { 'x' => 2, 'u' => 4, _ => 0 };
            if (digits > 0)
            {
                result.Append((char)Convert.ToInt32(text.Substring(i + 1, digits), 16));
                i += digits;
            }
            else result.Append(kind switch { 't' => '\t', 'n' => '\n', 'r' => '\r', _ => kind });
        }
        return result.ToString();
    }
}
