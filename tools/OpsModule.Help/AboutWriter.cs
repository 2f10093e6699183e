using System.Text;
using System.Text.RegularExpressions;

namespace OpsModule.Help;

/// <summary>Writes pages of docs/concepts as about_ topics: plain text, which Get-Help shows as it is.</summary>
internal static partial class AboutWriter
{
    private const int Width = 80;
    private const int Margin = 4;

    private static readonly (string Topic, string Page)[] Topics =
    [
        ("about_OpsModule", "module.md"),
        ("about_OpsEnvironment", "environment.md"),
        ("about_OpsRunbooks", "runbooks.md"),
        ("about_OpsSecrets", "secrets.md"),
    ];

    public static void Write(string pages, string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var (topic, page) in Topics)
            File.WriteAllText(Path.Combine(folder, topic + ".help.txt"), Text(topic, File.ReadAllLines(Path.Combine(pages, page))));
    }

    /// <summary>A page as a topic. Get-Help takes the line under SHORT DESCRIPTION for the synopsis.</summary>
    private static string Text(string topic, IReadOnlyList<string> lines)
    {
        int start = lines.ToList().FindIndex(l => l.Length > 0 && l[0] != '#');
        (string synopsis, _) = Comments.Sentence(Plain(string.Join(' ', lines.Skip(start).TakeWhile(l => l.Length > 0))));
        var text = new StringBuilder($"TOPIC\n    {topic}\n\nSHORT DESCRIPTION\n    {synopsis}\n\nLONG DESCRIPTION\n");
        List<string> paragraph = [];
        bool code = false;
        for (int i = start; i < lines.Count; i++)
        {
            string line = lines[i];
            if (line.StartsWith("```", StringComparison.Ordinal)) { Flush(); code = !code; text.Append(code ? "" : "\n"); }
            else if (code) text.Append($"{new string(' ', 2 * Margin)}{line}".TrimEnd()).Append('\n');
            else if (line.StartsWith('#')) { Flush(); text.Append($"\n{Plain(line.TrimStart('#', ' ')).ToUpperInvariant()}\n"); }
            else if (line.StartsWith('|'))
            {
                Flush();
                // A table's head, and the rule under it, have nothing to say here.
                if (!IsRule(line) && !IsRule(lines.ElementAtOrDefault(i + 1))) Row(text, line);
            }
            else if (line.Length == 0) Flush();
            else
            {
                if (Item().IsMatch(line)) Flush();
                paragraph.Add(line.Trim());
            }
        }
        Flush();
        return Blank().Replace(text.ToString(), "\n\n").TrimEnd() + "\n";

        void Flush()
        {
            if (paragraph.Count == 0) return;
            string whole = Plain(string.Join(' ', paragraph));
            Wrap(text, whole, Margin, Item().IsMatch(whole) ? Margin + 2 : Margin);
            text.Append('\n');
            paragraph.Clear();
        }
    }

    /// <summary>A row of a table: its first cell on a line, the others under it.</summary>
    private static void Row(StringBuilder text, string line)
    {
        string[] cells = [.. Cell().Split(line.Trim().Trim('|')).Select(Plain)];
        Wrap(text, cells[0], Margin, 2 * Margin);
        Wrap(text, string.Join("; ", cells.Skip(1).Where(c => c.Length > 0)), 2 * Margin, 2 * Margin);
        text.Append('\n');
    }

    private static bool IsRule(string? line) => line is { Length: > 0 } && line[0] == '|' && line.Trim('|', '-', ':', ' ').Length == 0;

    private static void Wrap(StringBuilder text, string whole, int first, int others)
    {
        int column = 0;
        foreach (string word in whole.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            bool fits = column > 0 && column + 1 + word.Length < Width;
            if (!fits && column > 0) text.Append('\n');
            string before = fits ? " " : new string(' ', column == 0 ? first : others);
            text.Append(before).Append(word);
            column = fits ? column + 1 + word.Length : before.Length + word.Length;
        }
        if (column > 0) text.Append('\n');
    }

    private static string Plain(string line) => Mark().Replace(Reference().Replace(line, "$1"), "").Replace("\\|", "|").Trim();

    [GeneratedRegex(@"^([-*]|\d+\.) ")]
    private static partial Regex Item();

    [GeneratedRegex(@"(?<!\\)\|")]
    private static partial Regex Cell();

    [GeneratedRegex(@"\[([^\]]+)\]\([^)]+\)")]
    private static partial Regex Reference();

    [GeneratedRegex(@"`|\*\*")]
    private static partial Regex Mark();

    [GeneratedRegex(@"\n{3,}")]
    private static partial Regex Blank();
}
