using System.Text;
using OpsModule.Engine.Redis;

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

    private static Task<RedisReply> ReadAsync(string bytes) => new RespReader(new MemoryStream(Encoding.UTF8.GetBytes(bytes))).ReadAsync(default);
}
