using System.Globalization;
using System.Text;
using OpsModule.Engine.Areas.Logs;
using OpsModule.Engine.Areas.Logs.Reading;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Logs;

/// <summary>
/// Lines of many servers, frameworks, languages and platforms, after their documentation, and what is to be read from them
/// (tests/data/logs). The
/// expectations were written before the lines were read by the parser.
/// </summary>
internal static class LogCorpus
{
    /// <summary>Expected entries that are read otherwise; docs/concepts/logs.md lists them.</summary>
    public static readonly IReadOnlySet<string> Misses = new HashSet<string> { "aws-vpc-flow 1" };

    private static readonly DateTimeOffset Now = new(2026, 12, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly string Folder = Path.Combine(Repository.Root, "tests", "data", "logs");

    /// <summary>The expected entries, by format.</summary>
    public static IReadOnlyDictionary<string, Expected[]> Formats { get; } = File.ReadLines(Path.Combine(Folder,
        "expected.tsv")).Skip(1).Select(Read)
        .GroupBy(e => e.Format).ToDictionary(g => g.Key, g => g.ToArray());

    /// <summary>What the parser makes of a format's file.</summary>
    public static IReadOnlyList<LogEntry> Parse(string format)
    {
        TimeZoneInfo zone = TimeZoneInfo.FindSystemTimeZoneById(Formats[format][0].Zone);
        var reader = new EntryReader(format, format, stamped: false, new LogClock(Now, zone.GetUtcOffset(Now), zone), new LogFilter());
        reader.Feed(false, File.ReadAllBytes(Path.Combine(Folder, format + ".log")));
        reader.End();
        return [.. reader.Ready.Select(r => r.Value)];
    }

    /// <summary>What is wrong with each expected entry of a format; null where nothing is.</summary>
    public static IReadOnlyList<string?> Compare(string format)
    {
        IReadOnlyList<LogEntry> entries = Parse(format);
        Expected[] expected = Formats[format];
        // The lines say where each expected entry begins; an entry that begins elsewhere is one that was cut or joined wrongly.
        var starts = new Dictionary<int, LogEntry>();
        int line = 0;
        foreach (LogEntry entry in entries)
        {
            starts[line] = entry;
            line += Lines(entry);
        }
        line = 0;
        var found = new string?[expected.Length];
        for (int i = 0; i < expected.Length; line += expected[i++].Lines)
            found[i] = starts.TryGetValue(line, out LogEntry? entry) ? Compare(expected[i], entry) : "it is part of the entry before it";
        return found;
    }

    private static string? Compare(Expected expected, LogEntry entry)
    {
        if (Lines(entry) != expected.Lines) return $"it has {Lines(entry)} lines, not {expected.Lines}";
        if (entry.Time != expected.Time) return $"its time is {entry.Time:O}, not {expected.Time:O}";
        if (entry.Level != expected.Level) return $"its level is {entry.Level}, not {expected.Level}";
        return entry.Message.TrimStart().StartsWith(expected.Message, StringComparison.Ordinal)
            ? null : $"its message is '{entry.Message}', not '{expected.Message}...'";
    }

    private static int Lines(LogEntry entry) => entry.Raw.Split('\n').Count(l => l.Length > 0);

    private static Expected Read(string row)
    {
        string[] columns = row.Split('\t', 7);
        return new(columns[0], columns[1], int.Parse(columns[2], CultureInfo.InvariantCulture), int.Parse(columns[3],
            CultureInfo.InvariantCulture),
            columns[4].Length == 0 ? null : DateTimeOffset.Parse(columns[4], CultureInfo.InvariantCulture),
                Enum.Parse<LogLevel>(columns[5]), columns[6]);
    }

    /// <summary>An entry as it should be read.</summary>
    /// <param name="Format">The file's name.</param>
    /// <param name="Zone">The zone of times that do not say it.</param>
    /// <param name="Number">Its place, from 1 on.</param>
    /// <param name="Lines">How many lines it has that are not empty.</param>
    /// <param name="Time">Its time.</param>
    /// <param name="Level">Its level.</param>
    /// <param name="Message">How its message begins.</param>
    internal sealed record Expected(string Format, string Zone, int Number, int Lines, DateTimeOffset? Time, LogLevel Level,
        string Message);
}
