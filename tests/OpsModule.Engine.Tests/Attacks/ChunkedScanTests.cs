using System.Text;
using FsCheck;
using FsCheck.Fluent;
using OpsModule.Engine.Areas.Attacks;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Attacks;

/// <summary>However a source is cut into chunks, what is found in it is what is in its lines.</summary>
public sealed class ChunkedScanTests
{
    private static readonly string[] Pieces = [Hunting.Attack, Hunting.Attack, "served", "\0", "\u001b[31m", "é", "{\"msg\":\"x\"}", "name=value other=1", "\r", " ", ""];

    private static readonly EntryScanner LineByLine = new(Hunting.Query, TimeProvider.System);

    [Fact]
    public void A_scan_in_chunks_finds_what_a_scan_of_each_line_finds()
    {
        AttackScanner scanner = Hunting.Tiny;
        Gen<byte[]> line = Gen.Elements(Pieces).Select(Encoding.UTF8.GetBytes).ListOf().Select(p => p.SelectMany(b => b).Take(127).ToArray());
        Check.One(Proof.Config(1200, 60), Prop.ForAll(Gen.Zip(line.ListOf(), Gen.Choose(0, 1)).ToArbitrary(), source =>
        {
            (IReadOnlyList<byte[]> lines, int newlineAtEnd) = (source.Item1.ToArray(), source.Item2);
            byte[] text = Join(lines, newlineAtEnd == 1);
            string[] expected = [.. Naive(lines)];
            foreach (List<AttackMatch> found in Both(scanner, text)) Assert.Equal(expected, found.Select(Shown));
        }));
    }

    [Fact]
    public void A_line_longer_than_chunks_is_scanned_in_pieces_and_found_once()
    {
        AttackScanner scanner = Hunting.Tiny;
        Gen<byte[]> line = Gen.Zip(Gen.Choose(0, 1200), Gen.Choose(0, 1200)).Select(l =>
            Encoding.UTF8.GetBytes(new string('a', l.Item1) + (l.Item2 % 3 == 0 ? " " + Hunting.Attack + " " : "") + new string('b', l.Item2)));
        Check.One(Proof.Config(800, 40), Prop.ForAll(line.ListOf().Select(l => l.Take(8)).ToArbitrary(), source =>
        {
            byte[][] lines = [.. source];
            long[] expected = [.. lines.Select((l, i) => (l, i)).Where(l => Encoding.UTF8.GetString(l.l).Contains('$')).Select(l => l.i + 1L)];
            foreach (List<AttackMatch> found in Both(scanner, Join(lines, true))) Assert.Equal(expected, found.Select(m => m.Line));
        }));
    }

    [Theory]
    [InlineData(50_000_000)]
    [InlineData(1024 * 1024 - 10)]
    [InlineData(1024 * 1024 + 64 * 1024 - 10)]
    public async Task A_single_line_of_100_MB_is_no_trouble(int place)
    {
        using var folder = new TempFolder();
        byte[] text = new byte[100_000_000];
        text.AsSpan().Fill((byte)'x');
        Encoding.ASCII.GetBytes(" " + Hunting.Attack + " ").CopyTo(text, place);
        Encoding.ASCII.GetBytes("\n" + Hunting.Attack).CopyTo(text, text.Length - 29);
        await File.WriteAllBytesAsync(folder["a.log"], text);
        var scanner = Hunting.Usual;
        foreach (List<AttackMatch> found in new[] { await Hunting.AllAsync(scanner.ScanFileAsync(folder["a.log"], default)), await Hunting.AllAsync(scanner.ScanStreamAsync(new MemoryStream(text), "s", default)) })
        {
            Assert.Equal([1, 2], found.Select(m => m.Line));
            Assert.Equal(text.Length - 28, found[1].ByteOffset);
            Assert.True(found[0].Raw.Length <= 4000);
        }
    }

    [Fact]
    public async Task An_empty_file_and_bytes_that_are_no_text_are_no_trouble()
    {
        using var folder = new TempFolder();
        folder.Write("empty.log", "");
        byte[] bytes = [0xff, 0xfe, 0x00, 0xc3, 0x28, .. Encoding.ASCII.GetBytes(" " + Hunting.Attack), 0x1b, 0x5b, 0x33, 0x31, 0x6d, 0xff, 0x0d, 0x0a];
        await File.WriteAllBytesAsync(folder["odd.log"], bytes);
        List<AttackMatch> found = await Hunting.RunAsync(new AttackSources { Files = [folder["empty.log"], folder["odd.log"]] });
        Assert.Single(found);
        Assert.False(found[0].Raw.EndsWith("\r", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_file_that_becomes_shorter_while_it_is_read_is_a_warning()
    {
        using var folder = new TempFolder();
        string path = folder.Write("a.log", Hunting.Lines(0, 60_000));
        var reporter = new RecordingReporter();
        bool cut = false;
        var hunt = new AttackHunt(Hunting.Query, new AttackSources { Files = [path] }, null, reporter, TimeProvider.System) { Scanner = Hunting.Small };
        var found = new List<AttackMatch>();
        await foreach (IReadOnlyList<AttackMatch> batch in hunt.RunAsync(default))
        {
            found.AddRange(batch);
            if (!cut) using (FileStream file = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite)) file.SetLength(100_000);
            cut = true;
        }
        Assert.Equal(Hunting.Attacks(0, found.Count * 3).Take(found.Count), found.Numbers());
        Assert.Contains("became shorter", Assert.Single(reporter.Warnings));
    }

    [Fact]
    public async Task Who_stops_taking_stops_the_scan()
    {
        using var folder = new TempFolder();
        string path = folder.Write("a.log", Hunting.Lines(0, 60_000));
        await foreach (IReadOnlyList<AttackMatch> batch in Hunting.Small.ScanFileAsync(path, default)) break;
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (IReadOnlyList<AttackMatch> batch in Hunting.Small.ScanFileAsync(path, stop.Token)) await stop.CancelAsync();
        });
    }

    private static string Shown(AttackMatch match) => $"{match.Line} {match.ByteOffset} {match.Rule} {match.MatchedText}";

    private static IEnumerable<string> Naive(IReadOnlyList<byte[]> lines)
    {
        long offset = 0;
        for (int i = 0; i < lines.Count; offset += lines[i++].Length + 1)
            foreach (AttackMatch match in LineByLine.Scan(Encoding.UTF8.GetString(lines[i]), "", null, 0))
                yield return $"{i + 1} {offset} {match.Rule} {match.MatchedText}";
    }

    private static byte[] Join(IEnumerable<byte[]> lines, bool newlineAtEnd)
    {
        byte[] text = [.. lines.SelectMany(l => l.Append((byte)'\n'))];
        return newlineAtEnd || text.Length == 0 ? text : text[..^1];
    }

    private static IEnumerable<List<AttackMatch>> Both(AttackScanner scanner, byte[] text)
    {
        yield return Hunting.AllAsync(scanner.ScanStreamAsync(new MemoryStream(text), "s", default)).GetAwaiter().GetResult();
        using var folder = new TempFolder();
        File.WriteAllBytes(folder["a"], text);
        yield return Hunting.AllAsync(scanner.ScanFileAsync(folder["a"], default)).GetAwaiter().GetResult();
    }
}
