using System.Text;
using OpsModule.Engine.Areas.Services;

namespace OpsModule.Engine.Tests.Services;

/// <summary>Lines from bytes, however they are cut.</summary>
public sealed class LineDecoderTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1000)]
    public void Lines_are_the_same_however_the_bytes_come(int piece)
    {
        byte[] bytes = Encoding.UTF8.GetBytes("eins\r\nzwölf €\n\n𝄞 ende");
        var lines = new List<string>();
        var decoder = new LineDecoder(lines.Add);
        foreach (byte[] some in bytes.Chunk(piece)) decoder.Take(some);
        decoder.Finish();
        Assert.Equal(["eins", "zwölf €", "", "𝄞 ende"], lines);
    }

    [Fact]
    public void What_is_no_utf8_is_replaced_and_a_line_without_end_is_broken_up()
    {
        var lines = new List<string>();
        var decoder = new LineDecoder(lines.Add);
        decoder.Take([(byte)'a', 0xff, (byte)'b', (byte)'\n', 0xe2]);
        decoder.Finish();
        Assert.Equal(["a\ufffdb", "\ufffd"], lines);

        lines.Clear();
        byte[] block = new byte[64 * 1024];
        Array.Fill(block, (byte)'x');
        for (int i = 0; i < 160; i++) decoder.Take(block);
        decoder.Finish();
        Assert.Equal(160L * block.Length, lines.Sum(l => (long)l.Length));
        Assert.All(lines, l => Assert.InRange(l.Length, 1, LineDecoder.Longest + 16 * 1024));
    }
}
