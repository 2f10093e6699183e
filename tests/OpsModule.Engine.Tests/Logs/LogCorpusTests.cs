using OpsModule.Engine.Areas.Logs;

namespace OpsModule.Engine.Tests.Logs;

/// <summary>The corpus of tests/data/logs: each entry its time, level, extent and message.</summary>
public sealed class LogCorpusTests
{
    /// <summary>So much of the corpus is read rightly, misses that are listed among the wrong.</summary>
    private const double Share = 0.98;

    public static TheoryData<string> Names => [.. LogCorpus.Formats.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_format_is_read_as_its_documentation_says(string format)
    {
        IReadOnlyList<string?> found = LogCorpus.Compare(format);
        string[] wrong = [.. found.Select((f, i) => (Text: f, Number: LogCorpus.Formats[format][i].Number)).Where(f => f.Text is not null
            && !LogCorpus.Misses.Contains($"{format} {f.Number}")).Select(f => $"{f.Number}: {f.Text}")];
        Assert.Empty(wrong);
        Assert.Equal(LogCorpus.Formats[format].Length, LogCorpus.Parse(format).Count);
    }

    [Fact]
    public void The_share_that_is_read_rightly_is_what_the_docs_say()
    {
        (string Name, string? Wrong)[] all = [.. LogCorpus.Formats.Keys.SelectMany(f => LogCorpus.Compare(f).Select((w, i) =>
            ($"{f} {LogCorpus.Formats[f][i].Number}", w)))];
        string[] wrong = [.. all.Where(e => e.Wrong is not null).Select(e => e.Name)];
        Assert.True(LogCorpus.Formats.Count >= 150, $"{LogCorpus.Formats.Count} formats");
        string which = string.Join(", ", wrong);
        Assert.True(all.Length - wrong.Length >= Share * all.Length, $"{wrong.Length} of {all.Length} are wrong: {which}");
        // What is listed as a miss is one; a miss that was mended must leave the list.
        Assert.Equal(LogCorpus.Misses.Order(), wrong.Order());
    }

    [Fact]
    public void Expectations_that_are_wrong_are_found()
    {
        // A control: an entry compared with another one's expectation differs.
        LogCorpus.Expected[] rows = LogCorpus.Formats["nginx-access-combined"];
        Assert.NotEqual(rows[0].Time, rows[1].Time);
        Assert.Equal([LogLevel.Information, LogLevel.Warning, LogLevel.Error], rows.Select(r => r.Level));
    }
}
