using System.Text;
using OpsModule.Connections.Redis;

namespace OpsModule.Engine.Tests.Redis;

public sealed class RespReaderTests
{
    [Theory]
    [InlineData("+OK\r\n", "OK")]
    [InlineData(":-42\r\n", "-42")]
    [InlineData("$5\r\nab\r\nc\r\n", "ab\r\nc")]
    [InlineData("$-1\r\n", "")]
    [InlineData("*-1\r\n", "")]
    [InlineData("*3\r\n:1\r\n*1\r\n+x\r\n$0\r\n\r\n", "1\nx\n")]
    [InlineData("-ERR no\r\n", "ERR no")]
    public async Task Answers_are_read(string bytes, string text) => Assert.Equal(text, (await ReadAsync(bytes)).Text);

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\n")]
    [InlineData("$999999999999\r\n")]
    [InlineData("$-2\r\n")]
    [InlineData(":12a\r\n")]
    [InlineData(":\r\n")]
    [InlineData("\r\n")]
    [InlineData("+no end\n")]
    [InlineData("$1\r\nabc")]
    [InlineData("*9999999\r\n")]
    public Task What_is_no_answer_is_refused(string bytes) => Assert.ThrowsAsync<RespException>(() => ReadAsync(bytes));

    [Fact]
    public Task A_line_without_an_end_is_refused() => Assert.ThrowsAsync<RespException>(() => ReadAsync("+" + new string('x', 100_000)));

    [Fact]
    public Task Nesting_without_an_end_is_refused() => Assert.ThrowsAsync<RespException>(() => ReadAsync(string.Concat(Enumerable.Repeat("*1\r\n", 1000))));

    /// <summary>Each of its parts would be small enough; the whole is not.</summary>
    [Theory]
    [InlineData(16 * 1024 * 1024, 100)]
    [InlineData(60_000, 1024 * 1024)]
    [InlineData(0, 1024 * 1024 - 1)]
    public async Task An_answer_is_bounded_as_a_whole(int length, int items)
    {
        string text = $"${length}\r\n{new string('x', length)}\r\n";
        await using var endless = new EndlessStream(Encoding.ASCII.GetBytes($"*{items}\r\n"), Encoding.ASCII.GetBytes(text));
        RespException refused = await Assert.ThrowsAsync<RespException>(() => new RespReader(endless).ReadAsync(default));
        Assert.Contains("64 MiB", refused.Message);
        Assert.InRange(endless.Position, 1, 70L * 1024 * 1024);
    }

    [Fact]
    public async Task The_bound_is_of_one_answer_not_of_the_connection()
    {
        byte[] part = Encoding.ASCII.GetBytes($"${16 * 1024 * 1024}\r\n{new string('x', 16 * 1024 * 1024)}\r\n");
        var reader = new RespReader(new EndlessStream([], part));
        for (int i = 0; i < 6; i++) Assert.Equal(16 * 1024 * 1024, (await reader.ReadAsync(default)).Text.Length);
    }

    [Fact]
    public Task A_connection_that_ends_is_told() => Assert.ThrowsAsync<EndOfStreamException>(() => ReadAsync("$10\r\nabc"));

    /// <summary>Whatever comes, it is an answer, a refusal or the end; never a hang or another exception.</summary>
    [Fact]
    public async Task Noise_is_survived()
    {
        const string Alphabet = "+-:$*0123456789\r\nax";
        var random = new Random(20261121);
        for (int i = 0; i < 5000; i++)
        {
            string noise = new([.. Enumerable.Range(0, random.Next(30)).Select(_ => Alphabet[random.Next(Alphabet.Length)])]);
            try { await ReadAsync(noise); }
            catch (Exception e) when (e is RespException or EndOfStreamException) { }
        }
    }

    /// <summary>A head, and then the same part again and again.</summary>
    private sealed class EndlessStream(byte[] head, byte[] part) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get; set; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            bool first = Position < head.Length;
            byte[] from = first ? head : part;
            int at = (int)(first ? Position : (Position - head.Length) % part.Length), take = Math.Min(count, from.Length - at);
            Array.Copy(from, at, buffer, offset, take);
            Position += take;
            return take;
        }

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }

    private static Task<RedisReply> ReadAsync(string bytes) => new RespReader(new MemoryStream(Encoding.UTF8.GetBytes(bytes))).ReadAsync(default);
}
