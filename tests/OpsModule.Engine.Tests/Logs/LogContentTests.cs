using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using OpsModule.Engine.Areas.Logs;
using OpsModule.Engine.Areas.Logs.Reading;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Bytes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Logs;

/// <summary>Files are read by what they hold, whatever their names are; what is damaged, or has no time, is said.</summary>
public sealed class LogContentTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 11, 21, 3, 16, 0, TimeSpan.Zero);
    private static readonly string Lines = string.Concat(Enumerable.Range(0, 5000).Select(i =>
        $"2026-11-21T03:16:{i % 60:00}Z INFO line {i} é\n"));

    private readonly TempFolder _folder = new();
    private readonly RecordingReporter _reporter = new();
    private readonly List<OpsException> _failures = [];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("gzip", "app.log")]
    [InlineData("gzip", "app.log.gz")]
    [InlineData("gzip", "app.log-20261121")]
    [InlineData("zstd", "app.log.zst")]
    [InlineData("zstd", "app.jsonl")]
    [InlineData("xz", "app.log.xz")]
    [InlineData("xz", "app.log.1")]
    [InlineData("bzip2", "app.log.bz2")]
    [InlineData("bzip2", "app.old")]
    [InlineData("utf-16", "app.log")]
    [InlineData("utf-16-be", "app.log")]
    [InlineData("utf-16-bare", "app.log")]
    [InlineData("bom", "app.log")]
    [InlineData("plain", "app.log")]
    public async Task A_file_is_read_by_what_it_holds(string kind, string name)
    {
        File.WriteAllBytes(_folder[name], await MadeAsync(kind));
        List<LogEntry> entries = await ReadAsync(new LogQuery());
        Assert.Empty(_failures);
        Assert.Equal(5000, entries.Count);
        Assert.Equal((Start, LogLevel.Information, "line 0 é"), (entries[0].Time, entries[0].Level, entries[0].Message));
        Assert.All(entries, e => Assert.NotNull(e.Time));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("zstd")]
    [InlineData("xz")]
    [InlineData("bzip2")]
    public async Task A_file_that_ends_in_the_middle_is_said_and_what_came_before_is_read(string kind)
    {
        byte[] whole = await MadeAsync(kind, many: true);
        File.WriteAllBytes(_folder["app.log"], whole[..(whole.Length * 3 / 4)]);
        List<LogEntry> entries = await ReadAsync(new LogQuery());
        OpsException failure = Assert.Single(_failures);
        Assert.Equal(("LogDamaged", (object)_folder["app.log"]), (failure.ErrorId, failure.Target!));
        Assert.Contains("was read only in part", failure.Message);
        Assert.NotEmpty(entries);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("zstd")]
    [InlineData("xz")]
    [InlineData("bzip2")]
    public async Task A_byte_that_was_altered_is_said(string kind)
    {
        byte[] bytes = await MadeAsync(kind, many: true);
        bytes[bytes.Length / 2] ^= 0x55;
        File.WriteAllBytes(_folder["app.log"], bytes);
        await ReadAsync(new LogQuery());
        Assert.Equal("LogDamaged", Assert.Single(_failures).ErrorId);
    }

    [Theory]
    [InlineData("PK\u0003\u0004aaaa", "zip archive")]
    [InlineData("LPKSHHRH", "journalctl")]
    [InlineData("ElfFile\0", "event log of Windows")]
    public async Task What_is_no_text_is_refused_and_not_read_as_garbage(string content, string word)
    {
        File.WriteAllBytes(_folder["app.log"], Encoding.Latin1.GetBytes(content));
        Assert.Empty(await ReadAsync(new LogQuery()));
        OpsException failure = Assert.Single(_failures);
        Assert.Equal("LogDamaged", failure.ErrorId);
        Assert.Contains(word, failure.Message);
    }

    [Fact]
    public async Task Entries_that_a_bound_of_time_left_out_are_said()
    {
        _folder.Write("a.log", "begun\nready\n2026-11-21T03:16:00Z a\nof a\n");
        List<LogEntry> entries = await ReadAsync(new LogQuery { Since = Start });
        Assert.Equal(["a", "of a"], entries.Select(e => e.Message));
        string warning = Assert.Single(_reporter.Warnings);
        Assert.StartsWith($"2 entries of {_folder["a.log"]} have no time that is understood, nor has one before: -Since left them out.",
            warning);
        await ReadAsync(new LogQuery());
        Assert.Single(_reporter.Warnings); // nothing was left out
        await ReadAsync(new LogQuery { Until = Start });
        Assert.Contains("-Until could not be asked", _reporter.Warnings[^1]);
    }

    [Fact]
    public async Task Files_without_times_are_said_to_stand_before_the_others()
    {
        _folder.Write("a.log", "2026-11-21T03:16:00Z a\n");
        _folder.Write("b.log", "b\n");
        _folder.Write("c.log", "c\n");
        Assert.Equal(3, (await ReadAsync(new LogQuery())).Count);
        Assert.Contains("2 entries of ", Assert.Single(_reporter.Warnings));
        Assert.Contains(" and 1 more have no time", _reporter.Warnings[0]);
    }

    [Fact]
    public async Task A_time_without_a_year_is_not_later_than_the_file()
    {
        _folder.Write("syslog.1", "Nov 20 10:00:00 vm1 app[1]: x\n");
        File.SetLastWriteTimeUtc(_folder["syslog.1"], new DateTime(2024, 11, 21, 0, 0, 0, DateTimeKind.Utc));
        Assert.Equal(2024, (await ReadAsync(new LogQuery())).Single().Time!.Value.Year);
    }

    [Theory]
    [InlineData(1, 128 * 1024)]
    [InlineData(10, 128 * 1024)]
    [InlineData(300, 9320)]
    [InlineData(3000, 2048)]
    public void What_is_read_ahead_of_a_merge_does_not_grow_with_its_sources(int sources, int slice) => Assert.Equal(slice,
        LogPump<LogEntry>.SliceOf(sources));

    [Fact]
    public async Task Many_files_are_merged_whole_and_in_order()
    {
        const int Count = 150, Each = 300;
        for (int file = 0; file < Count; file++)
            _folder.Write($"{file:000}.log", string.Concat(Enumerable.Range(0, Each).Select(i =>
                $"{Start.AddSeconds(i * Count + file):yyyy-MM-dd'T'HH:mm:ss}Z {i * Count + file}\n")));
        List<LogEntry> entries = await ReadAsync(new LogQuery());
        Assert.Equal(Enumerable.Range(0, Count * Each).Select(i => $"{i}"), entries.Select(e => e.Message));
    }

    private async Task<List<LogEntry>> ReadAsync(LogQuery query)
    {
        var reader = new LogReader(null, _reporter, TimeProvider.System, e => { lock (_failures) _failures.Add(e); });
        var entries = new List<LogEntry>();
        await foreach (IReadOnlyList<LogEntry> batch in reader.ReadAsync(query with { Files = LogFiles.Find(["*"], _folder.Path) },
            default)) entries.AddRange(batch);
        return entries;
    }

    private static async Task<byte[]> MadeAsync(string kind, bool many = false)
    {
        // Enough that what was read before the damage is not nothing; not the same lines over and over, which would be few bytes.
        var random = new Random(7);
        string text = many ? string.Concat(Enumerable.Range(0, 200_000).Select(i => $"2026-11-21T03:16:00Z INFO {random.NextInt64():x}\n"))
            : Lines;
        switch (kind)
        {
            case "gzip":
                var target = new MemoryStream();
                using (var gzip = new GZipStream(target, CompressionLevel.Fastest,
                    leaveOpen: true)) gzip.Write(Encoding.UTF8.GetBytes(text));
                return target.ToArray();
            case "utf-16": return [.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes(text)];
            case "utf-16-be": return [.. Encoding.BigEndianUnicode.GetPreamble(), .. Encoding.BigEndianUnicode.GetBytes(text)];
            case "utf-16-bare": return Encoding.Unicode.GetBytes(text);
            case "bom": return [.. Encoding.UTF8.GetPreamble(), .. Encoding.UTF8.GetBytes(text)];
            case "plain": return Encoding.UTF8.GetBytes(text);
            default: return await ThroughAsync(kind, Encoding.UTF8.GetBytes(text));
        }
    }

    private static async Task<byte[]> ThroughAsync(string program, byte[] text)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, "-c -1") { RedirectStandardInput = true,
            RedirectStandardOutput = true })!;
        var made = new MemoryStream();
        Task reading = process.StandardOutput.BaseStream.CopyToAsync(made);
        await process.StandardInput.BaseStream.WriteAsync(text);
        process.StandardInput.Close();
        await reading;
        await process.WaitForExitAsync();
        return made.ToArray();
    }
}
