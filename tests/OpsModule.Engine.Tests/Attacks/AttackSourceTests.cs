using System.IO.Compression;
using System.IO.Pipes;
using System.Text;
using OpsModule.Engine.Areas.Attacks;
using OpsModule.Engine.Areas.Attacks.Reading;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Engine.Tests.Logs;
using OpsModule.Foundations.Bytes;

namespace OpsModule.Engine.Tests.Attacks;

/// <summary>Files of all kinds, pipes, entries and services.</summary>
public sealed class AttackSourceTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly RecordingReporter _reporter = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_gzip_file_of_several_members_is_read_as_one()
    {
        await File.WriteAllBytesAsync(_folder["a.log.gz"], [.. Gzip(Hunting.Lines(0, 1000)), .. Gzip(Hunting.Lines(1000, 1000)), .. Gzip("")]);
        List<AttackMatch> found = await Hunting.RunAsync(new AttackSources { Files = [_folder["a.log.gz"]] }, _reporter);
        Assert.Equal(Hunting.Attacks(0, 2000), found.Numbers());
        Assert.Equal(1999, found[^1].Line);
        Assert.Empty(_reporter.Warnings);
    }

    [Fact]
    public void A_gzip_text_is_whole_or_says_that_it_is_not_wherever_it_is_cut()
    {
        byte[] whole = [.. Gzip(Hunting.Lines(0, 300)), .. Gzip(Hunting.Lines(300, 20))];
        int border = Gzip(Hunting.Lines(0, 300)).Length;
        byte[] expected = Encoding.ASCII.GetBytes(Hunting.Lines(0, 320));
        for (int cut = 0; cut <= whole.Length; cut++)
        {
            var read = new MemoryStream();
            Exception? error = Record.Exception(() => new GzipText(new MemoryStream(whole[..cut])).CopyTo(read));
            // At the end of a member a file is whole, and so is one that has nothing in it.
            if (cut == 0 || cut == border || cut == whole.Length) Assert.Null(error);
            else Assert.Contains(FormattableString.Invariant($"byte {cut:N0}"), Assert.IsType<EndOfStreamException>(error).Message);
            Assert.True(expected.AsSpan().StartsWith(read.ToArray()), $"cut at {cut}");
        }
    }

    [Fact]
    public async Task What_comes_before_damage_is_scanned_and_the_next_file_too()
    {
        byte[] gzip = Gzip(string.Concat(Enumerable.Range(0, 20_000).Select(i => Hunting.Line(i) + " " + Guid.NewGuid() + "\n")));
        await File.WriteAllBytesAsync(_folder["truncated.gz"], gzip[..(gzip.Length / 2)]);
        gzip.AsSpan(gzip.Length / 2, 200).Clear();
        await File.WriteAllBytesAsync(_folder["damaged.gz"], gzip);
        await File.WriteAllBytesAsync(_folder["none.gz"], "no gzip"u8.ToArray());
        string last = _folder.Write("last.log", Hunting.Lines(0, 10));
        List<AttackMatch> found = await Hunting.RunAsync(new AttackSources { Files = [_folder["truncated.gz"], _folder["damaged.gz"], _folder["none.gz"], _folder["missing.log"], last] }, _reporter);
        Assert.InRange(found.Count(m => m.Source == _folder["truncated.gz"]), 1000, 6000);
        Assert.InRange(found.Count(m => m.Source == _folder["damaged.gz"]), 1000, 6666);
        Assert.Equal(Hunting.Attacks(0, 10), found.Where(m => m.Source == last).Numbers());
        Assert.Equal(4, _reporter.Warnings.Count);
        foreach ((string warning, string file, string says) in _reporter.Warnings.Zip(["truncated.gz", "damaged.gz", "none.gz", "missing.log"], ["ends in the middle", "is damaged", "; 0 bytes", "cannot be read"]).Select(w => (w.First, w.Second, w.Third)))
        {
            Assert.Contains(_folder[file], warning);
            Assert.Contains(says, warning);
        }
    }

    [Fact]
    public async Task A_zstd_file_is_read_and_one_that_is_cut_is_a_warning()
    {
        var target = new Collected();
        await using (var zstd = new ZstdCompressor(target))
        {
            await zstd.WriteAsync(Encoding.ASCII.GetBytes(Hunting.Lines(0, 30_000)));
            await zstd.CompleteAsync(default);
        }
        byte[] whole = target.Bytes.ToArray();
        await File.WriteAllBytesAsync(_folder["a.zst"], whole);
        await File.WriteAllBytesAsync(_folder["b.zst"], whole[..^20]);
        List<AttackMatch> found = await Hunting.RunAsync(new AttackSources { Files = [_folder["a.zst"], _folder["b.zst"]] }, _reporter);
        Assert.Equal(Hunting.Attacks(0, 30_000), found.Where(m => m.Source == _folder["a.zst"]).Numbers());
        Assert.Contains("b.zst", Assert.Single(_reporter.Warnings));
    }

    [Fact]
    public async Task What_comes_through_a_pipe_is_scanned_as_it_comes_and_waiting_can_be_cancelled()
    {
        using var write = new AnonymousPipeServerStream(PipeDirection.Out);
        var read = new AnonymousPipeClientStream(PipeDirection.In, write.ClientSafePipeHandle);
        using var stop = new CancellationTokenSource();
        await write.WriteAsync(Encoding.ASCII.GetBytes(Hunting.Lines(0, 1)));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (ScanStep step in Hunting.Usual.ScanAsync(new StreamChunks(read, live: true), "-", 0, stop.Token))
            {
                Assert.Equal([0], step.Matches.Numbers());
                await stop.CancelAsync(); // the pipe stays open, and nothing comes
            }
        });
    }

    [Fact]
    public async Task Services_are_scanned_with_both_streams_and_the_platforms_time()
    {
        using var platform = new FakeLogPlatform();
        FakeInstance first = platform.Add("web", "web-1"), second = platform.Add("api", "api-1");
        DateTimeOffset time = new(2026, 11, 21, 3, 16, 0, TimeSpan.Zero);
        first.Write(time, "GET " + Hunting.Attack);
        second.Write(time.AddSeconds(1), "POST " + Hunting.Attack, error: true);
        first.Write(time.AddSeconds(2), "{\"time\":\"2026-11-20T00:00:00Z\",\"msg\":\"" + Hunting.Attack + "\"}");
        first.Write(time.AddSeconds(3), "2026 nothing");
        List<AttackMatch> found = await Hunting.RunAsync(new AttackSources { Services = ["web", "api"] }, platform: platform);
        Assert.Equal([("web-1", time), ("api-1", time.AddSeconds(1)), ("web-1", time.AddSeconds(2))], found.Select(m => (m.Source, m.Time)));
        Assert.Equal("GET " + Hunting.Attack, found[0].Raw);
    }

    [Fact]
    public async Task Lines_are_taken_by_their_time_and_lines_without_one_count()
    {
        string path = _folder.Write("a.log", $"2026-11-21T01:00:00Z {Hunting.Attack} a\n2026-11-21T02:00:00Z {Hunting.Attack} b\n{Hunting.Attack} c\n2026-11-21T03:00:00Z {Hunting.Attack} d\n");
        var query = new AttackQuery { Since = new(2026, 11, 21, 1, 30, 0, TimeSpan.Zero), Until = new(2026, 11, 21, 2, 30, 0, TimeSpan.Zero) };
        List<AttackMatch> found = await Hunting.RunAsync(new AttackSources { Files = [path] }, query: query);
        Assert.Equal(['b', 'c'], found.Select(m => m.Raw[^1]));
    }

    [Fact]
    public async Task What_follows_a_gzip_member_is_padding_or_a_warning()
    {
        await File.WriteAllBytesAsync(_folder["padded.gz"], [.. Gzip(Hunting.Lines(0, 100)), .. new byte[20_000]]);
        await File.WriteAllBytesAsync(_folder["mixed.gz"], [.. Gzip(Hunting.Lines(0, 100)), .. Encoding.ASCII.GetBytes(Hunting.Lines(100, 100))]);
        List<AttackMatch> found = await Hunting.RunAsync(new AttackSources { Files = [_folder["padded.gz"], _folder["mixed.gz"]] }, _reporter);
        Assert.Equal([.. Hunting.Attacks(0, 100), .. Hunting.Attacks(0, 100)], found.Numbers());
        Assert.Contains("mixed.gz was read only in part", Assert.Single(_reporter.Warnings));
    }

    [Fact]
    public async Task Utf_16_is_noticed_and_the_next_file_is_scanned()
    {
        await File.WriteAllTextAsync(_folder["a.log"], Hunting.Lines(0, 9), Encoding.Unicode);
        string next = _folder.Write("b.log", Hunting.Lines(0, 9));
        Assert.Equal(3, (await Hunting.RunAsync(new AttackSources { Files = [_folder["a.log"], next] }, _reporter)).Count);
        Assert.Contains("UTF-16", Assert.Single(_reporter.Warnings));
    }

    internal static byte[] Gzip(string text)
    {
        var target = new MemoryStream();
        using (var gzip = new GZipStream(target, CompressionLevel.Fastest)) gzip.Write(Encoding.ASCII.GetBytes(text));
        return target.ToArray();
    }

    /// <summary>The end of the stages, in memory.</summary>
    private sealed class Collected : Stage
    {
        public MemoryStream Bytes { get; } = new();

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => await Bytes.WriteAsync(buffer, cancellationToken);

        public override Task CompleteAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
