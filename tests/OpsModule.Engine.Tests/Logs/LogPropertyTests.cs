using System.Text;
using System.Threading.Channels;
using FsCheck;
using FsCheck.Fluent;
using OpsModule.Engine.Areas.Logs;
using OpsModule.Engine.Areas.Logs.Reading;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Logs;

/// <summary>What holds for any bytes and any lines.</summary>
public sealed class LogPropertyTests
{
    private static readonly string[] Pieces =
    [
        "{\"msg\":\"", "\"}", "\"level\":", "30", "\"ts\":1e400", "time=", "level=error", "msg=\"", "\\", "\"", "2026-11-21T03:16:00Z", "2026-11-21 03:16:00.1 UTC ", "[71]", "ERROR:  ",
        "DETAIL:  ", "1:M 21 Nov 2026 03:16:00.123 * ", "2026/11/21 03:16:00 [error] 31#31: ", ", client: ", "\": \"", "192.0.2.7 - - [21/Nov/2026:03:16:00 +0000] ", "\"GET / HTTP/1.1\" ", "200",
        "<34>1 ", "<34>Nov 21 03:16:00 ", "- - - ", "[a b=\"", "W1121 03:16:00.000000 1 a.go:1] ", "\tat ", "Traceback (most recent call last):", "panic: ", "goroutine 1 [running]:", "\n", "\r\n", " ", "\0", "\u001b[31m", "é", "😀", "}", "0001-01-01T00:00:00+14:00 ", "9999-12-31T23:59:59.9999999999-14:00",
    ];

    [Fact]
    public void Parsing_never_throws_and_loses_no_line()
    {
        Gen<byte[]> anything = Gen.OneOf(Gen.Elements(Pieces).Select(Encoding.UTF8.GetBytes), ArbMap.Default.GeneratorFor<byte[]>())
            .ListOf().Select(parts => parts.SelectMany(p => p).ToArray());
        Check.One(Proof.Config(60000, 3000), Prop.ForAll(anything.ToArbitrary(), bytes =>
        {
            var reader = new EntryReader("s", "i", stamped: false, LogClock.Utc(TimeProvider.System), new LogFilter());
            // Cut anywhere: the pieces in which bytes arrive mean nothing.
            int cut = bytes.Length == 0 ? 0 : bytes[0] % (bytes.Length + 1);
            reader.Feed(false, bytes.AsSpan(0, cut));
            reader.Feed(false, bytes.AsSpan(cut));
            reader.End();
            string[] lines = [.. Split(bytes)];
            string[] read = [.. reader.Ready.SelectMany(e => e.Value.Raw.Split('\n')).Where(l => l.Length > 0)];
            return lines.SequenceEqual(read);
        }));
    }

    [Fact]
    public void Raw_lines_are_the_lines()
    {
        Check.One(Proof.Config(40000, 2000), Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>[]>(), ArbMap.Default.ArbFor<byte>(), (texts, cut) =>
        {
            string[] lines = [.. texts.Select(t => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(t.Get)).Replace("\n", ""))];
            byte[] bytes = Encoding.UTF8.GetBytes(string.Concat(lines.Select(l => l + "\n")));
            var reader = new RawReader(stamped: false, new LogFilter());
            for (int at = 0; at < bytes.Length; at += cut + 1) reader.Feed(false, bytes.AsSpan(at, Math.Min(cut + 1, bytes.Length - at)));
            reader.End();
            return reader.Ready.Select(r => r.Value).SequenceEqual(lines);
        }));
    }

    [Fact]
    public void A_merged_read_is_in_order_and_complete()
    {
        Check.One(Proof.Config(10000, 500), Prop.ForAll(ArbMap.Default.ArbFor<byte[][]>(), sources =>
        {
            // Each source in its own order; some with clocks far apart.
            Ordered<(int, int)>[][] ordered = [.. sources.Select((s, i) => s.Select(b => (long)b + i % 2 * 100).Order().Select((o, n) => new Ordered<(int, int)>(o, (i, n))).ToArray())];
            ChannelReader<List<Ordered<(int, int)>>>[] channels = [.. ordered.Select(Filled)];
            List<(int Source, int Number)> merged = LogMerger.MergeAsync(channels, default).ToBlockingEnumerable().SelectMany(b => b).ToList();
            long[] orders = [.. merged.Select(m => ordered[m.Source][m.Number].Order)];
            return orders.SequenceEqual(orders.Order()) && merged.Count == ordered.Sum(o => o.Length)
                && merged.GroupBy(m => m.Source).All(g => g.Select(m => m.Number).SequenceEqual(Enumerable.Range(0, ordered[g.Key].Length)));
        }));

        static ChannelReader<List<Ordered<(int, int)>>> Filled(Ordered<(int, int)>[] items)
        {
            var channel = Channel.CreateUnbounded<List<Ordered<(int, int)>>>();
            foreach (Ordered<(int, int)>[] part in items.Chunk(3)) channel.Writer.TryWrite([.. part]);
            channel.Writer.Complete();
            return channel.Reader;
        }
    }

    /// <summary>The lines that are not empty, as text.</summary>
    private static IEnumerable<string> Split(byte[] bytes)
    {
        int start = 0;
        for (int i = 0; i <= bytes.Length; i++)
        {
            if (i < bytes.Length && bytes[i] != '\n') continue;
            int end = i > start && bytes[i - 1] == '\r' ? i - 1 : i;
            if (end > start) yield return Encoding.UTF8.GetString(bytes, start, end - start);
            start = i + 1;
        }
    }
}
