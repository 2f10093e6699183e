using System.Text;
using System.Text.Json;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Attacks;

/// <summary>Lines of many formats, with places for what a client writes: <c>tests/data/attacks/formats.tsv</c>.</summary>
internal sealed record LogFormat(string Name, string Told, string Line)
{
    /// <summary>The client of every line.</summary>
    public const string Client = "203.0.113.77";

    public static readonly IReadOnlyList<LogFormat> All = [.. File.ReadLines(Path.Combine(Repository.Root, "tests/data/attacks/formats.tsv"))
        .Where(l => !l.StartsWith('#')).Select(l => l.Split('\t')).Select(p => new LogFormat(p[0], p[1], p[2].Replace("\\t", "\t")))];

    /// <summary>True when the line is JSON, or holds it.</summary>
    private bool IsJson => Line.Contains("{\"", StringComparison.Ordinal);

    /// <summary>True where the server writes quotation marks and backslashes of a client otherwise.</summary>
    private bool IsEscaped => Line.Contains("\"{", StringComparison.Ordinal) || Line.Contains(" \"GET ", StringComparison.Ordinal) || Line.Contains("\\\"", StringComparison.Ordinal);

    /// <summary>The line with what a client wrote in it, as the server writes it.</summary>
    public string With(string query, string agent = "Mozilla/5.0 (X11; Linux x86_64)", string path = "search") =>
        Line.Replace("{PATH}", Written(path)).Replace("{QUERY}", Written(query)).Replace("{AGENT}", Written(Name is "iis" or "cloudfront" ? agent.Replace(' ', '+') : agent));

    private string Written(string text)
    {
        if (IsJson)
        {
            string once = JsonSerializer.Serialize(text)[1..^1];
            return Line.Contains("\\\"", StringComparison.Ordinal) ? JsonSerializer.Serialize(once)[1..^1] : once;
        }
        if (!IsEscaped) return text;
        var result = new StringBuilder();
        foreach (char c in text) result.Append(c is '"' or '\\' ? $"\\x{(int)c:X2}" : c.ToString());
        return result.ToString();
    }
}
