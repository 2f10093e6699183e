using System.IO.Compression;
using System.Text;
using OpsModule.Engine.Areas.Logs;
using OpsModule.Engine.Areas.Logs.Reading;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Tests.Logs;

/// <summary>Files, and services of a platform that is a fake.</summary>
public sealed class LogReaderTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 11, 21, 3, 16, 0, TimeSpan.Zero);

    private readonly TempFolder _folder = new();
    private readonly FakeLogPlatform _platform = new();
    private readonly List<OpsException> _failures = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Rotated_files_are_read_in_the_order_of_their_times()
    {
        _folder.Write("app.log", "2026-11-21T03:18:00Z c\n  more of c\n2026-11-21T03:20:00Z e");
        using (var gzip = new GZipStream(File.Create(_folder["app.log.1.gz"]), CompressionMode.Compress)) gzip.Write("2026-11-21T03:16:00Z a\nwithout a time\n2026-11-21T03:17:00Z b\n"u8);
        _folder.Write("other.log", "2026-11-21T03:19:00Z d\n");
        List<LogEntry> entries = await ReadAsync(Files("*"));
        Assert.Equal(["a", "without a time", "b", "c\n  more of c", "d", "e"], entries.Select(e => e.Message));
        Assert.Equal((Start, "app.log.1.gz", _folder["app.log.1.gz"]), (entries[0].Time, entries[0].Service, entries[0].Instance));
        Assert.Equal(["without a time", "b", "c\n  more of c"], (await ReadAsync(Files("*") with { Since = Start, Until = Start.AddMinutes(2), Tail = 3 })).Select(e => e.Message));
        Assert.Empty(_failures);
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_is_one_failed_item()
    {
        _folder.Write("good.log", "a\n");
        _folder.Write("bad.log.gz", "this is no gzip");
        Assert.Equal("a", Assert.Single(await ReadAsync(Files(""))).Message);
        Assert.Equal(("LogDamaged", (object)_folder["bad.log.gz"]), (Assert.Single(_failures).ErrorId, _failures[0].Target!));
        Assert.Equal("LogFileNotFound", Assert.Throws<OpsException>(() => Files("none*")).ErrorId);
        Assert.Equal("LogFileNotFound", Assert.Throws<OpsException>(() => Files("none.log")).ErrorId);
    }

    [Fact]
    public async Task Entries_are_chosen_by_level_and_pattern()
    {
        _folder.Write("a.log", "INFO fine\nERROR disk full\nWARN disk slow\nwords\nTypeError: x\n    at y (/z.js:1)\n");
        Assert.Equal(["disk full", "TypeError: x\n    at y (/z.js:1)"], (await ReadAsync(Files("*") with { Level = LogLevel.Error })).Select(e => e.Message));
        Assert.Equal(["disk full", "disk slow"], (await ReadAsync(Files("*") with { Pattern = "DISK" })).Select(e => e.Message));
        Assert.Equal(["disk slow"], (await ReadAsync(Files("*") with { Pattern = "disk(?! full)", Tail = 1 })).Select(e => e.Message));
        Assert.Equal("PatternInvalid", (await Assert.ThrowsAsync<OpsException>(() => ReadAsync(Files("*") with { Pattern = "(" }))).ErrorId);
    }

    [Fact]
    public async Task A_line_of_100_MB_is_cut_off_in_an_entry_and_whole_in_pieces_when_raw()
    {
        const int Size = 100_000_000;
        using (FileStream file = File.Create(_folder["big.log"]))
        {
            byte[] block = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("é", 50_000)));
            for (int i = 0; i < Size / block.Length; i++) file.Write(block);
            file.Write("\nafter\n"u8);
        }
        List<LogEntry> entries = await ReadAsync(Files("*"));
        Assert.Equal("after", entries[1].Message);
        Assert.EndsWith($" [{Size - EntryReader.LongestLine} bytes more were cut off]", entries[0].Message);
        long characters = 0;
        string last = "";
        await foreach (IReadOnlyList<string> batch in Reader().ReadRawAsync(Files("*"), default))
        {
            foreach (string line in batch)
            {
                characters += line.Length;
                last = line;
                Assert.True(line.Length <= RawReader.LongestPiece);
                Assert.DoesNotContain('\uFFFD', line);
            }
        }
        Assert.Equal(("after", Size / 2 + 5), (last, characters));
    }

    [Fact]
    public void A_line_that_docker_keeps_in_parts_is_put_together()
    {
        string stamp = "2026-11-21T03:16:00.000000000Z ", part = new('x', 16 * 1024);
        var reader = new EntryReader("s", "i", stamped: true, LogClock.Utc(TimeProvider.System), new LogFilter());
        reader.Feed(false, Encoding.UTF8.GetBytes(stamp + part + stamp + part + stamp + "end\n" + stamp + "next\n"));
        reader.End();
        Assert.Equal([part + part + "end", "next"], reader.Ready.Select(e => e.Value.Message));
    }

    [Fact]
    public async Task Instances_are_merged_by_the_platforms_times_whatever_their_own_clocks_say()
    {
        FakeInstance one = _platform.Add("api", "api-1"), two = _platform.Add("api", "api-2");
        _platform.Add("other", "other-1").Write(Start, "unasked");
        // The second one's clock is an hour ahead; its platform is not.
        for (int i = 0; i < 10; i++) (i % 2 == 0 ? one : two).Write(Start.AddSeconds(i), $"2026-11-21T0{3 + i % 2}:16:0{i}Z {i}", error: i % 3 == 0);
        List<LogEntry> entries = await ReadAsync(new LogQuery { Services = ["api"] });
        Assert.Equal(Enumerable.Range(0, 10).Select(i => (Start.AddSeconds(i), $"{i}", $"api-{1 + i % 2}", i % 3 == 0 ? LogStream.Error : LogStream.Output)),
            entries.Select(e => (e.Time!.Value, e.Message, e.Instance, e.Stream)));
        Assert.Equal(["8", "9"], (await ReadAsync(new LogQuery { Services = ["api"], Tail = 2 })).Select(e => e.Message));
        List<string> raw = [];
        await foreach (IReadOnlyList<string> batch in Reader().ReadRawAsync(new LogQuery { Services = ["api"], Pattern = "[23]$" }, default)) raw.AddRange(batch);
        Assert.Equal(["2026-11-21T03:16:02Z 2", "2026-11-21T04:16:03Z 3"], raw);
    }

    [Fact]
    public async Task Bursts_of_many_instances_arrive_whole_and_in_order()
    {
        var instances = Enumerable.Range(0, 5).Select(i => _platform.Add("api", $"api-{i}")).ToArray();
        for (int i = 0; i < 50_000; i++) instances[i % 5].Write(Start.AddTicks(i), $"{i}");
        Assert.Equal(Enumerable.Range(0, 50_000).Select(i => $"{i}"), (await ReadAsync(new LogQuery())).Select(e => e.Message));
    }

    [Fact]
    public async Task Whoever_has_enough_stops_the_reading()
    {
        FakeInstance one = _platform.Add("api", "api-1");
        for (int i = 0; i < 100_000; i++) one.Write(Start.AddTicks(i), $"{i}");
        await foreach (IReadOnlyList<LogEntry> batch in Reader().ReadAsync(new LogQuery(), default))
        {
            Assert.Equal("0", batch[0].Message);
            break; // returns only when the source has ended
        }
    }

    private LogQuery Files(string pattern) => new() { Files = LogFiles.Find([pattern], _folder.Path) };

    private LogReader Reader() => new(_platform, SilentReporter.Instance, TimeProvider.System, e => { lock (_failures) _failures.Add(e); });

    private async Task<List<LogEntry>> ReadAsync(LogQuery query)
    {
        var entries = new List<LogEntry>();
        await foreach (IReadOnlyList<LogEntry> batch in Reader().ReadAsync(query, default)) entries.AddRange(batch);
        return entries;
    }
}
