using OpsModule.Engine.Backups;
using OpsModule.Host.Writing;

namespace OpsModule.Cmdlets.Tests.Host;

public sealed class WritingTests
{
    private static string Json(string pipeline) => string.Join('\n', OpsRun.Of(pipeline).Objects.Cast<string>());

    [Fact]
    public void JsonIsWhatPowerShellWrites()
    {
        Assert.Equal("""{"Number":1,"Text":"text 1","Tags":["t1","all"],"Size":0,"Extra":null}""", Json("Get-OpsSample 1 | ConvertTo-Json -Compress"));
        Assert.Equal("""[{"Size":"Small"},{"Size":"Small"}]""", Json("Get-OpsSample 2 | Select-Object Size | ConvertTo-Json -Compress -EnumsAsStrings"));
        Assert.Equal("[\n  {\n    \"Tags\": [\n      \"t1\",\n      \"all\"\n    ]\n  }\n]", Json("Get-OpsSample 1 | Select-Object -Property Tags | ConvertTo-Json -AsArray"));
        Assert.Equal("""{"Tags":"t1 all"}""", Json("Get-OpsSample 1 | Select-Object Tags | ConvertTo-Json -Depth 0 -Compress"));
    }

    [Theory]
    [InlineData("a\"b\\c\n\u0001é<", "\"a\\\"b\\\\c\\n\\u0001é<\"")]
    [InlineData(1.0, "1.0")]
    [InlineData(0.1, "0.1")]
    [InlineData(true, "true")]
    [InlineData(null, "null")]
    public void Scalars(object? value, string expected) => Assert.Equal(expected, new JsonWriter(2).Write(value));

    [Fact]
    public void TimesKeepTheirOffset() =>
        Assert.Equal("\"2026-11-21T03:16:00+00:00\"", new JsonWriter(2).Write(new DateTimeOffset(2026, 11, 21, 3, 16, 0, TimeSpan.Zero)));

    [Fact]
    public void TablesLineUp()
    {
        string[] lines = [.. OpsRun.Of("Get-OpsSample 2 | Format-Table Number,Text").Objects.Cast<string>()];
        Assert.Equal(["Number Text", "------ ----", "1      text 1", "2      text 2"], lines);
    }

    [Theory]
    [InlineData(80)]
    [InlineData(140)]
    public void TablesFitTheTerminal(int width)
    {
        var lines = new List<string>();
        var views = new ViewCatalog(Path.Combine(ContractTests.Root, "module", "formats"));
        var backup = new BackupRecord
        {
            Id = "20260101T000000Z-00000a", Environment = "e", Name = "a-very-long-database-name", Tenant = "Köln & Söhne GmbH", Store = "local", Key = "k", Sha256 = "",
        };
        var writer = new TableWriter(lines.Add, width, views);
        writer.Write(backup);
        writer.Write(new BackupTestResult(backup, BackupTestLevel.Checksum, false, BackupFinding.Altered,
            "The bytes of the stored object are not those that were written, so that another backup must be used in its place.", "local", "/x", TimeSpan.Zero));
        writer.End();

        Assert.All(lines, line => Assert.InRange(line.Length, 0, width));
        string text = string.Join('\n', lines);
        Assert.Equal(2, text.Split(backup.Id).Length - 1);
        Assert.Contains("a-very-l…", text);
        Assert.Equal(width > 120, text.Contains("Duration"));
        Assert.EndsWith("its place.", lines[^1]);
    }

    [Fact]
    public void ListsNameEveryProperty()
    {
        string[] lines = [.. OpsRun.Of("Get-OpsSample 1 | Format-List").Objects.Cast<string>()];
        Assert.Equal(["Number : 1", "Text   : text 1", "Tags   : t1, all", "Size   : Small", "Extra  :"], lines.Select(l => l.TrimEnd()));
    }

    [Theory]
    [InlineData(0, "0 ms")]
    [InlineData(1.5, "1.5 s")]
    [InlineData(125, "2 min 5 s")]
    [InlineData(90_000, "1 d 1 h")]
    public void Durations(double seconds, string expected) => Assert.Equal(expected, Display.Duration(TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void Sizes() => Assert.Equal("1,536.0 MiB", Display.Size(1536L << 20));
}
