using System.Text;
using OpsModule.Engine.Areas.Attacks;
using OpsModule.Engine.Areas.Attacks.Reading;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Engine.Tests.Logs;
using OpsModule.Foundations.Errors;

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
    public async Task A_copy_is_known_by_what_it_holds_when_its_log_was_truncated()
    {
        string log = _folder.Write("a.log", Hunting.Lines(0, 30)), copy = _folder["a.log.1"];
        await RunAsync(log);
        File.AppendAllText(log, Hunting.Lines(30, 10));
        File.Copy(log, copy);
        File.WriteAllText(log, Hunting.Lines(300, 60));
        Assert.Equal([.. Hunting.Attacks(30, 10), .. Hunting.Attacks(300, 60)], (await RunAsync(log, copy)).Numbers());
        Assert.Empty(_reporter.Warnings);
        Assert.Empty(await RunAsync(log, copy));
    }

    [Fact]
    public async Task A_file_that_begins_like_the_one_before_it_is_told_from_it()
    {
        string log = _folder.Write("a.log", Hunting.Lines(0, 30)), old = _folder["a.log.1"];
        await RunAsync(log);
        File.AppendAllText(log, Hunting.Lines(30, 30));
        File.Move(log, old);
        _folder.Write("a.log", Hunting.Lines(0, 30) + Hunting.Lines(90, 3));
        Assert.Equal([.. Hunting.Attacks(30, 30), .. Hunting.Attacks(0, 30), 90], (await RunAsync(log, old)).Numbers());
        Assert.Empty(await RunAsync(log, old));
    }

    [Fact]
    public async Task What_was_read_while_following_is_known_after_rotation()
    {
        string log = _folder.Write("a.log", Hunting.Lines(0, 3)), old = _folder["a.log.1"];
        using var stop = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var follow = new AttackHunt(Hunting.Query, new AttackSources { Files = [log], Follow = true, Baseline = _folder["baseline"] }, null, _reporter, TimeProvider.System) { Scanner = Hunting.Usual };
        await using (IAsyncEnumerator<IReadOnlyList<AttackMatch>> hunt = follow.RunAsync(stop.Token).GetAsyncEnumerator(stop.Token))
        {
            Assert.True(await hunt.MoveNextAsync());
            File.Move(log, old);
            _folder.Write("a.log", Hunting.Lines(9, 3));
            Assert.True(await hunt.MoveNextAsync());
            Assert.Equal([9], hunt.Current.Numbers());
            Task<bool> waiting = hunt.MoveNextAsync().AsTask();
            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        }
        File.AppendAllText(old, Hunting.Lines(6, 1));
        File.AppendAllText(log, Hunting.Lines(12, 1));
        Assert.Equal([6, 12], (await RunAsync(log, old)).Numbers());
        Assert.Empty(_reporter.Warnings);
    }

    [Fact]
    public async Task A_compressed_file_that_has_grown_goes_on_where_it_ended()
    {
        byte[] more = AttackSourceTests.Gzip(Hunting.Lines(900, 30));
        string log = _folder["a.gz"];
        await File.WriteAllBytesAsync(log, AttackSourceTests.Gzip(Hunting.Lines(0, 900)));
        Assert.Equal(Hunting.Attacks(0, 900), (await RunAsync(log)).Numbers());
        await using (FileStream file = new(log, FileMode.Append)) await file.WriteAsync(more.AsMemory(0, more.Length - 30));
        List<AttackMatch> found = await RunAsync(log); // while it is being written
        Assert.Contains("ends in the middle", Assert.Single(_reporter.Warnings));
        await using (FileStream file = new(log, FileMode.Append)) await file.WriteAsync(more.AsMemory(more.Length - 30));
        found.AddRange(await RunAsync(log));
        Assert.Equal(Hunting.Attacks(900, 30), found.Numbers().Distinct()); // a line that was cut may come twice
        Assert.Empty(await RunAsync(log));
    }

    [Fact]
    public async Task A_last_line_that_nobody_finishes_is_scanned()
    {
        string log = _folder.Write("a.log", Hunting.Lines(0, 3) + Hunting.Line(3));
        Assert.Equal([0], (await RunAsync(log)).Numbers());
        File.SetLastWriteTimeUtc(log, DateTime.UtcNow.AddMinutes(-2));
        Assert.Equal([3], (await RunAsync(log)).Numbers());
        Assert.Empty(await RunAsync(log));
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
    public async Task Who_stops_in_the_middle_gets_all_of_it_next_time()
    {
        string log = _folder.Write("a.log", Hunting.Lines(0, 30));
        await RunAsync(log);
        File.AppendAllText(log, Hunting.Lines(30, 3000));
        int taken = 0;
        await foreach (IReadOnlyList<AttackMatch> batch in Small(log).RunAsync(default))
            if (++taken == 3) break;
        Assert.Equal(Hunting.Attacks(30, 3000), (await RunAsync(log)).Numbers());
        Assert.Empty(await RunAsync(log));
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

    [Fact]
    public async Task What_was_taken_while_following_is_written_down_soon()
    {
        using var platform = new FakeLogPlatform();
        platform.Add("web", "web-1").Write(new(2026, 11, 21, 3, 16, 0, TimeSpan.Zero), Hunting.Line(0));
        var sources = new AttackSources { Services = ["web"], Follow = true, Baseline = _folder["baseline"] };
        using var stop = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        await using IAsyncEnumerator<IReadOnlyList<AttackMatch>> hunt = new AttackHunt(Hunting.Query, sources, platform, _reporter, TimeProvider.System) { Scanner = Hunting.Usual }.RunAsync(stop.Token).GetAsyncEnumerator(stop.Token);
        Assert.True(await hunt.MoveNextAsync());
        Task<bool> waiting = hunt.MoveNextAsync().AsTask(); // nothing more comes
        while (!File.Exists(_folder["baseline"])) await Task.Delay(100, stop.Token);
        Assert.Contains("web-1", File.ReadAllText(_folder["baseline"]));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    private AttackHunt Small(string log) => new(Hunting.Query, new AttackSources { Files = [log], Baseline = _folder["baseline"] }, null, _reporter, TimeProvider.System) { Scanner = Hunting.Small };

    private Task<List<AttackMatch>> RunAsync(params string[] files) => Hunting.RunAsync(new AttackSources { Files = [.. files.Where(File.Exists)], Baseline = _folder["baseline"] }, _reporter);
}
