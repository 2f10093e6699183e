using System.Text;
using OpsModule.Host.Writing;

namespace OpsModule.Cmdlets.Tests.Host;

public sealed class GatheringWriterTests
{
    [Fact]
    public void Many_lines_become_few_calls_and_none_is_lost()
    {
        var stream = new Recorder();
        using (var writer = new GatheringWriter(stream))
            for (int i = 0; i < 20_000; i++) writer.WriteLine($"line {i}");

        Assert.Equal(string.Concat(Enumerable.Range(0, 20_000).Select(i => $"line {i}\n")), stream.Text);
        Assert.InRange(stream.Calls, 1, 2_000);
    }

    /// <summary>Whoever follows a log sees a line though none comes after it.</summary>
    [Fact]
    public async Task A_line_is_handed_on_though_nothing_follows()
    {
        var stream = new Recorder();
        using var writer = new GatheringWriter(stream);
        foreach (string line in (string[])["first\n", "first\nsecond\n"])
        {
            writer.Write(line.Split('\n')[^2]);
            writer.WriteLine();
            while (stream.Text != line) await Task.Delay(5);
        }
    }

    [Fact]
    public async Task A_reader_that_is_gone_is_found_by_the_next_line()
    {
        var stream = new Recorder { Broken = true };
        using var writer = new GatheringWriter(stream);
        writer.WriteLine("nobody reads this");
        while (stream.Calls == 0) await Task.Delay(5);
        Assert.Throws<IOException>(() => writer.WriteLine("and nobody this"));
        Assert.Throws<IOException>(writer.Flush);
    }

    private sealed class Recorder : MemoryStream
    {
        private volatile int _calls;

        public bool Broken { get; init; }

        public int Calls => _calls;

        public string Text
        {
            get { lock (this) return Encoding.UTF8.GetString(ToArray()); }
        }

        public override void Write(ReadOnlySpan<byte> buffer) => Write(buffer.ToArray(), 0, buffer.Length);

        public override void Write(byte[] buffer, int offset, int count)
        {
            _calls++;
            if (Broken) throw new IOException("Broken pipe");
            lock (this) base.Write(buffer, offset, count);
        }
    }
}
