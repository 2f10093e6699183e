using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Machine;

namespace OpsModule.Engine.Tests.Health;

public sealed class HealthFiguresTests
{
    [Fact]
    public void Every_figure_has_levels_of_its_unit_in_the_right_order()
    {
        Assert.Equal(Figures.All.Count, Figures.All.Select(f => f.Name).Distinct(StringComparer.OrdinalIgnoreCase).Count());
        foreach (Figure figure in Figures.All.Where(f => f.Warning is not null))
        {
            Assert.True(LevelText.TryParse(figure.Warning!, figure.Unit, out double warning), figure.Name);
            Assert.True(LevelText.TryParse(figure.Critical!, figure.Unit, out double critical), figure.Name);
            Assert.True(figure.HigherIsWorse ? warning < critical : warning > critical, figure.Name);
        }
    }

    [Fact]
    public void The_documentation_has_every_check_and_every_figure_with_its_levels()
    {
        string[] rows = [.. File.ReadAllLines(Path.Combine(Repository.Root, "docs", "concepts", "health.md")).Where(l => l.StartsWith("| ", StringComparison.Ordinal))];

        Assert.All(Figures.All, f => Assert.Contains($"| {f.Name} | {f.Warning} | {f.Critical} | {f.Meaning} |", rows));
        Assert.All(HealthPlan.Known, name => Assert.Contains(rows, r => r.StartsWith($"| {name} | ", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("20%", FigureUnit.Percent, 20)]
    [InlineData("20", FigureUnit.Percent, 20)]
    [InlineData("500ms", FigureUnit.Duration, 0.5)]
    [InlineData("14d", FigureUnit.Duration, 14 * 86400)]
    [InlineData("1.5 KiB", FigureUnit.Bytes, 1536)]
    [InlineData("2GB", FigureUnit.Bytes, 2e9)]
    [InlineData("1024", FigureUnit.Bytes, 1024)]
    [InlineData("-3", FigureUnit.Count, -3)]
    public void A_level_is_read_in_its_unit(string text, FigureUnit unit, double value)
    {
        Assert.True(LevelText.TryParse(text, unit, out double read));
        Assert.Equal(value, read);
    }

    [Theory]
    [InlineData("20", FigureUnit.Duration)]
    [InlineData("20%", FigureUnit.Duration)]
    [InlineData("5m", FigureUnit.Percent)]
    [InlineData("5s", FigureUnit.Bytes)]
    [InlineData("5%", FigureUnit.Count)]
    [InlineData("", FigureUnit.Count)]
    public void A_level_of_another_unit_is_none(string text, FigureUnit unit) => Assert.False(LevelText.TryParse(text, unit, out _));

    [Theory]
    [InlineData(87.25, FigureUnit.Percent, "87.3%")]
    [InlineData(0.25, FigureUnit.Duration, "250 ms")]
    [InlineData(100000, FigureUnit.Duration, "1 d 3 h")]
    [InlineData(1536, FigureUnit.Bytes, "1.5 KiB")]
    [InlineData(12, FigureUnit.Bytes, "12 B")]
    [InlineData(3, FigureUnit.Count, "3")]
    [InlineData(12345, FigureUnit.Count, "12,345")]
    [InlineData(1500000000, FigureUnit.Count, "1500 M")]
    public void A_value_is_shown_for_people(double value, FigureUnit unit, string shown) => Assert.Equal(shown, LevelText.Show(value, unit));

    [Theory]
    [InlineData("20%", "10%", 21, HealthStatus.Healthy)]
    [InlineData("20%", "10%", 20, HealthStatus.Degraded)]
    [InlineData("20%", "10%", 10, HealthStatus.Unhealthy)]
    [InlineData("10%", "20%", 9, HealthStatus.Healthy)]
    [InlineData("10%", "20%", 10, HealthStatus.Degraded)]
    [InlineData("10%", "20%", 20, HealthStatus.Unhealthy)]
    [InlineData("10%", null, 1000, HealthStatus.Degraded)]
    [InlineData(null, "10%", 10, HealthStatus.Unhealthy)]
    [InlineData("10%", "20%", double.NaN, HealthStatus.Unknown)]
    public void A_value_is_judged_from_its_level_on(string? warning, string? critical, double value, HealthStatus status) =>
        Assert.Equal(status, Limits.Of(new ThresholdSettings(warning, critical)).Judge(value));

    [Fact]
    public void A_summary_names_the_worst_first_and_keeps_to_one_line()
    {
        HealthSummary summary = HealthSummary.Of([Result(HealthStatus.Healthy, "a"), Result(HealthStatus.Degraded, "b"), Result(HealthStatus.Unhealthy, "c"), Result(HealthStatus.Unknown, "d"), Result(HealthStatus.Degraded, "e")]);

        Assert.Equal("OPS CRITICAL - 4 of 5 checks not healthy: c of t: line one / two; d of t: line one / two; b of t: line one / two; and 1 more", summary.Text);
        Assert.Equal([2, 3, 1, 0, 3], new[] { summary, HealthSummary.Of([Result(HealthStatus.Unknown, "d"), Result(HealthStatus.Degraded, "e")]), HealthSummary.Of([Result(HealthStatus.Degraded, "b")]),
            HealthSummary.Of([Result(HealthStatus.Healthy, "a")]), HealthSummary.Of([]) }.Select(s => s.ExitCode));
        Assert.Equal("OPS OK - 1 check, all healthy", HealthSummary.Of([Result(HealthStatus.Healthy, "a")]).Text);

        static HealthResult Result(HealthStatus status, string check) => new() { Check = check, Target = "t", Status = status, Message = "line one\n| two.", Environment = "e" };
    }

    [Fact]
    public void The_files_of_the_kernel_are_read()
    {
        Assert.Equal(["/", "/srv/my data", "/mnt/nfs"], ProcFiles.Mounts("""
            proc /proc proc rw 0 0
            overlay / overlay rw 0 0
            tmpfs /run tmpfs rw 0 0
            /dev/sda1 /srv/my\040data ext4 rw 0 0
            /dev/sda1 /srv/my\040data/etc/hosts ext4 rw 0 0
            /dev/loop3 /snap/core squashfs ro,nodev 0 0
            server:/export /mnt/nfs nfs4 rw 0 0
            """));
        Assert.Equal((2048L * 1024, 512L * 1024), ProcFiles.Memory("MemTotal:        2048 kB\nMemFree:  1 kB\nMemAvailable:     512 kB\n"));
        Assert.Equal(new CpuTimes(100, 60), ProcFiles.Cpu("cpu  10 20 30 35 5 0 0 0 7 7\ncpu0 1 1 1 1 1\n"));
        Assert.Equal(0.75, ProcFiles.LoadOfFiveMinutes("0.50 0.75 1.00 1/200 4711\n"));
    }

    [Theory]
    [InlineData("""{"a":{"b":[1,{"c":"x"}]}}""", "a.b[1].c", "x")]
    [InlineData("""{"a":{"b":[1,2]}}""", "$.a.b", "[1,2]")]
    [InlineData("""{"a":{"length":5}}""", "a.length", "5")]
    [InlineData("""[[1],[2,3]]""", "[1].length", "2")]
    [InlineData("""{"a":null}""", "a", "null")]
    [InlineData("""{"a":1}""", "a.b", null)]
    [InlineData("""{"a":[1]}""", "a[1]", null)]
    [InlineData("""{"a":[1]}""", "a.length.b", null)]
    [InlineData("""{"items":[{"passed":false},{"passed":true},{"passed":false},{"n":1}]}""", "items[passed=false].length", "2")]
    [InlineData("""{"items":[{"passed":false},{"passed":true},{"n":1}]}""", "items[passed!=true].length", "2")]
    [InlineData("""[{"s":{"name":"a.b"},"v":1},{"s":{"name":"c"},"v":7}]""", "[s.name='c'][0].v", "7")]
    [InlineData("""[{"n":3},{"n":3}]""", "[n==3].length", "2")]
    [InlineData("""{"items":[]}""", "items[passed=false].length", "0")]
    [InlineData("""{"items":{"passed":false}}""", "items[passed=false].length", null)]
    [InlineData("""{"items":[1]}""", "items[passed>false].length", null)]
    public void A_path_leads_to_a_value(string json, string path, string? value)
    {
        using var document = System.Text.Json.JsonDocument.Parse(json);
        Assert.Equal(value, JsonValuePath.Find(document.RootElement, path));
    }
}
