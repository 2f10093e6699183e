namespace OpsModule.Architecture.Tests;

/// <summary>Files, folders and lines stay small.</summary>
public sealed class SizeTests
{
    private const int MostLines = 300, MostFiles = 15, Widest = 140;

    /// <summary>Folders that hold more files than they should, and how many. They may only become fewer.</summary>
    private static readonly Dictionary<string, int> Heaps = new()
    {
        ["src/OpsModule"] = 26,
        ["src/OpsModule.Connections/Platforms/Docker"] = 16,
        ["src/OpsModule.Connections/Postgres"] = 27,
        ["src/OpsModule.Engine/Areas/Attacks"] = 16,
        ["src/OpsModule.Engine/Areas/Attacks/Decoding"] = 16,
        ["src/OpsModule.Engine/Areas/Attacks/Matching"] = 40,
        ["src/OpsModule.Engine/Areas/Attacks/Rules"] = 18,
        ["src/OpsModule.Engine/Areas/Backups"] = 26,
        ["src/OpsModule.Engine/Areas/Health"] = 42,
        ["src/OpsModule.Engine/Areas/Recovery"] = 48,
        ["src/OpsModule.Engine/Changes"] = 16,
        ["src/OpsModule.Engine/Environments"] = 34,
        ["src/OpsModule.Engine/Outlets/Alerts"] = 19,
        ["src/OpsModule.Engine/Outlets/Reports/Sections"] = 18,
        ["src/OpsModule/Completion"] = 18,
    };

    /// <summary>How many lines are wider than 140 characters, by project. They may only become fewer.</summary>
    private static readonly Dictionary<string, int> WideLines = new()
    {
        ["OpsModule"] = 493,
        ["OpsModule.Connections"] = 669,
        ["OpsModule.Engine"] = 2177,
        ["OpsModule.Foundations"] = 117,
        ["OpsModule.Loader"] = 7,
    };

    private static readonly IReadOnlyList<SourceFile> Source = SourceFile.Read("src");

    [Fact]
    public void No_file_is_longer_than_300_lines() => Assert.Empty(Source.Where(f => f.Lines > MostLines).Select(f => $"{f.Path} has {f.Lines} lines"));

    [Fact]
    public void No_folder_grows_beyond_15_files() => Assert.Empty(Grown(Heaps, MostFiles,
        Source.GroupBy(f => Path.GetDirectoryName(f.Path)!).Select(g => (g.Key, g.Count()))));

    [Fact]
    public void No_wide_lines_are_added() => Assert.Empty(Grown(WideLines, 0,
        Source.GroupBy(f => f.Path.Split('/')[1]).Select(g => (g.Key, g.Sum(f => f.Text.Split('\n').Count(l => l.Length > Widest))))));

    [Fact]
    public void The_rules_see_what_has_grown()
    {
        Assert.Equal(["b has 3, and had 2"], Grown(new() { ["a"] = 5, ["b"] = 2 }, 1, [("a", 4), ("b", 3), ("c", 1)]));
        Assert.Equal(["c has 2, and had 1"], Grown([], 1, [("c", 2)]));
    }

    private static IEnumerable<string> Grown(Dictionary<string, int> known, int otherwise, IEnumerable<(string Place, int Count)> now) =>
        now.Where(n => n.Count > known.GetValueOrDefault(n.Place, otherwise)).Select(n => $"{n.Place} has {n.Count}, and had {known.GetValueOrDefault(n.Place, otherwise)}");
}
