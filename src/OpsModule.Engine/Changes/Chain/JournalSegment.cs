using System.Globalization;
using System.Text.RegularExpressions;

namespace OpsModule.Engine.Changes.Chain;

/// <summary>A file of the journal that is closed: nothing is added to it any more.</summary>
/// <param name="First">The number of its first line, which its name tells.</param>
/// <param name="Path">The file.</param>
internal sealed partial record JournalSegment(long First, string Path)
{
    /// <summary>Where the file lies that begins with this number.</summary>
    public static string PathOf(string stateDirectory, long first) =>
        System.IO.Path.Combine(stateDirectory, $"journal-{first.ToString("D12", CultureInfo.InvariantCulture)}.jsonl");

    /// <summary>All closed files, the oldest first.</summary>
    public static IReadOnlyList<JournalSegment> Of(string stateDirectory)
    {
        if (!Directory.Exists(stateDirectory)) return [];
        var found = new List<JournalSegment>();
        foreach (string path in Directory.EnumerateFiles(stateDirectory, "journal-*.jsonl"))
        {
            if (Form().Match(System.IO.Path.GetFileName(path)) is { Success: true } match)
                found.Add(new JournalSegment(long.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture), path));
        }
        found.Sort((a, b) => a.First.CompareTo(b.First));
        return found;
    }

    [GeneratedRegex(@"\Ajournal-([0-9]{12,18})\.jsonl\z")]
    private static partial Regex Form();
}
