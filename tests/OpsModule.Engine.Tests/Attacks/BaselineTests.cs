using System.Text;
using OpsModule.Engine.Attacks;
using OpsModule.Engine.Attacks.Reading;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Engine.Tests.Logs;

namespace OpsModule.Engine.Tests.Attacks;

/// <summary>With a baseline each line is given once, whatever happens to its file between two runs.</summary>
public sealed class BaselineTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly RecordingReporter _reporter = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_second_run_gives_only_what_is_new_and_leaves_a_half_written_line()
    {
        string log = _folder.Write("a.log", Hunting.Lines(0, 100) + Hunting.Line(102)[..60]);
        Assert.Equal(Hunting.Attacks(0, 100), (await RunAsync(log)).Numbers());
        Assert.Empty(await RunAsync(log));
        File.AppendAllText(log, Hunting.Line(102)[60..] + "\n" + Hunting.Lines(103, 50));
        List<AttackMatch> found = await RunAsync(log);
        Assert.Equal(Hunting.Attacks(102, 51), found.Numbers());
        Assert.Equal(101, found[0].Line);
        Assert.Equal(Hunting.Lines(0, 100).Length, found[0].ByteOffset);
        Assert.Empty(await RunAsync(log));
        Assert.Empty(_reporter.Warnings);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder["baseline"]));
    }

    [Fact]
    public async Task The_rest_of_a_rotated_file_comes_before_the_new_file()
    {
        string log = _folder.Write("a.log", Hunting.Lines(0, 30)), old = _folder["a.log.1"], older = _folder["a.log.2"];
        await RunAsync(log);
        File.AppendAllText(log, Hunting.Lines(30, 30));
        File.Move(log, old);
        _folder.Write("a.log", Hunting.Lines(60, 30));
        Assert.Equal(Hunting.Attacks(30, 60), (await RunAsync(log, old)).Numbers());
        // Everything moves on by one, and the last one is compressed.
        File.AppendAllText(log, Hunting.Lines(90, 30));
        File.Move(old, older);
        File.Move(log, old);
        await File.WriteAllBytesAsync(older + ".gz", AttackSourceTests.Gzip(await File.ReadAllTextAsync(older) + Hunting.Lines(200, 4)));
        Assert.Equal(Hunting.Attacks(90, 30), (await RunAsync(log, old, older, older + ".gz")).Numbers());
        File.Delete(older);
        _folder.Write("a.log", Hunting.Lines(120, 3));
        Assert.Equal([201, 120], (await RunAsync(log, old, older + ".gz")).Numbers());
        File.Move(older + ".gz", _folder["a.log.3.gz"]);
        Assert.Empty(await RunAsync(log, old, _folder["a.log.3.gz"]));
        Assert.Empty(_reporter.Warnings);
    }

    [Fact]
    public async Task A_truncated_file_is_a_warning_and_read_from_its_beginning()
    {
        string log = _folder.Write("a.log", Hunting.Lines(0, 30));
        await RunAsync(log);
        File.WriteAllText(log, Hunting.Lines(300, 60));
        Assert.Equal(Hunting.Attacks(300, 60), (await RunAsync(log)).Numbers());
        Assert.Contains("truncated", Assert.Single(_reporter.Warnings));
        Assert.Empty(await RunAsync(log));
    }

    [Fact]
    public async Task Who_stops_in_the_middle_gets_the_rest_next_time()
    {
        string log = _folder.Write("a.log", Hunting.Lines(0, 9000));
        var found = new List<AttackMatch>();
        int runs = 0;
        for (int before = -1; found.Count != before && runs < 500; runs++)
        {
            before = found.Count;
            int taken = 0;
            await foreach (IReadOnlyList<AttackMatch> batch in Small(log).RunAsync(default))
            {
                if (taken == 3) break; // this one has not been taken
                found.AddRange(batch);
                taken++;
            }
        }
        Assert.Equal(Hunting.Attacks(0, 9000), found.Numbers());
        Assert.True(runs > 10);
    }

    [Fact]
    public async Task Two_runs_at_once_are_one_too_many()
    {
        string log = _folder.Write("a.log", Hunting.Lines(0, 9000));
        await using IAsyncEnumerator<IReadOnlyList<AttackMatch>> first = Small(log).RunAsync(default).GetAsyncEnumerator();
        Assert.True(await first.MoveNextAsync());
        Assert.Equal("BaselineBusy", (await Assert.ThrowsAsync<OpsException>(() => RunAsync(log))).ErrorId);
    }

    [Fact]
    public async Task A_baseline_that_is_none_stops_the_run()
    {
        string log = _folder.Write("a.log", Hunting.Lines(0, 9));
        _folder.Write("baseline", "{\"version\":1,");
        Assert.Equal("BaselineInvalid", (await Assert.ThrowsAsync<OpsException>(() => RunAsync(log))).ErrorId);
        Assert.Equal("{\"version\":1,", File.ReadAllText(_folder["baseline"]));
    }

    [Fact]
    public async Task A_damaged_file_is_reported_once()
    {
        byte[] gzip = AttackSourceTests.Gzip(Hunting.Lines(0, 3000));
        await File.WriteAllBytesAsync(_folder["b.gz"], gzip[..(gzip.Length / 2)]);
        Assert.NotEmpty(await RunAsync(_folder["b.gz"]));
        Assert.Empty(await RunAsync(_folder["b.gz"]));
        Assert.Contains("b.gz", Assert.Single(_reporter.Warnings));
    }

    [Fact]
    public async Task Services_go_on_after_the_last_line_also_within_one_moment()
    {
        using var platform = new FakeLogPlatform();
        FakeInstance web = platform.Add("web", "web-1");
        DateTimeOffset time = new(2026, 11, 21, 3, 16, 0, TimeSpan.Zero);
        var sources = new AttackSources { Services = ["web"], Baseline = _folder["baseline"] };
        web.Write(time, Hunting.Line(0));
        web.Write(time, Hunting.Line(3));
        web.Write(time, "nothing");
        Assert.Equal([0, 3], (await Hunting.RunAsync(sources, platform: platform)).Numbers());
        Assert.Empty(await Hunting.RunAsync(sources, platform: platform));
        web.Write(time, Hunting.Line(6));
        web.Write(time.AddSeconds(1), Hunting.Line(9));
        platform.Add("web", "web-2").Write(time, Hunting.Line(12));
        Assert.Equal([6, 9, 12], (await Hunting.RunAsync(sources, platform: platform)).Numbers().Order());
        Assert.Empty(await Hunting.RunAsync(sources, platform: platform));
    }

    private AttackHunt Small(string log) => new(Hunting.Query, new AttackSources { Files = [log], Baseline = _folder["baseline"] }, null, _reporter, TimeProvider.System) { Scanner = Hunting.Small };

    private Task<List<AttackMatch>> RunAsync(params string[] files) => Hunting.RunAsync(new AttackSources { Files = [.. files.Where(File.Exists)], Baseline = _folder["baseline"] }, _reporter);
}
