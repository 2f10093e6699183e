using System.Text;
using OpsModule.Connections.Redis;

namespace OpsModule.Engine.Tests.Redis;

public sealed class AnswerBoundsTests
{
    private readonly AnswerBounds _bounds = new();

    [Theory]
    [InlineData("+OK\r\n", null)]
    [InlineData(":-42\r\n", null)]
    [InlineData("$8\r\n-ab\r\nc\r\n\r\n", null)]
    [InlineData("$-1\r\n*-1\r\n*0\r\n", null)]
    [InlineData("*3\r\n:1\r\n*2\r\n+x\r\n-ERR inside\r\n$0\r\n\r\n", null)]
    [InlineData("-MOVED 3 127.0.0.1:7\r\n", "MOVED 3 127.0.0.1:7")]
    public void Answers_pass_however_they_are_cut(string bytes, string? error)
    {
        for (int size = 1; size <= bytes.Length; size++)
        {
            _bounds.BeginAnswer();
            foreach (byte[] part in Encoding.ASCII.GetBytes(bytes).Chunk(size)) _bounds.Follow(part);
            Assert.Equal(error, _bounds.Error);
        }
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\n")]
    [InlineData("$999999999999\r\n")]
    [InlineData("$-2\r\n")]
    [InlineData(":12a\r\n")]
    [InlineData(":\r\n")]
    [InlineData("\r\n")]
    [InlineData("+no end\n")]
    [InlineData("*9999999\r\n")]
    public void What_is_no_answer_is_refused(string bytes) => Assert.Throws<RespException>(() => Follow(bytes));

    [Fact]
    public void A_line_without_an_end_is_refused() => Assert.Throws<RespException>(() => Follow("+" + new string('x', 100_000)));

    /// <summary>The library would call itself for each, until the process ends.</summary>
    [Theory]
    [InlineData("*1\r\n")]
    [InlineData("*2\r\n:1\r\n")]
    public void Nesting_without_an_end_is_refused(string level)
    {
        Follow(string.Concat(Enumerable.Repeat(level, 16)));
        Assert.Throws<RespException>(() => Follow(level));
    }

    [Fact]
    public void Lists_beside_one_another_are_not_nested() => Follow("*1000\r\n" + string.Concat(Enumerable.Repeat("*2\r\n:1\r\n*1\r\n+x\r\n", 1000)) + "+next\r\n");

    /// <summary>Each of its parts would be small enough; the whole is not.</summary>
    [Theory]
    [InlineData(16 * 1024 * 1024, 100)]
    [InlineData(60_000, 1024 * 1024)]
    [InlineData(0, 1024 * 1024 - 1)]
    public void An_answer_is_bounded_as_a_whole(int length, int items)
    {
        byte[] part = Text(length);
        long taken = 0;
        Follow($"*{items}\r\n");
        RespException refused = Assert.Throws<RespException>(() =>
        {
            for (; taken < 200L * 1024 * 1024; taken += part.Length) _bounds.Follow(part);
        });
        Assert.Contains("64 MiB", refused.Message);
        Assert.InRange(taken, 1, 70L * 1024 * 1024);
    }

    [Fact]
    public void The_bound_is_of_one_answer_not_of_the_connection()
    {
        byte[] part = Text(16 * 1024 * 1024);
        for (int i = 0; i < 6; i++)
        {
            _bounds.BeginAnswer();
            _bounds.Follow(part);
        }
    }

    /// <summary>Whatever comes, it passes or is refused; never another exception.</summary>
    [Fact]
    public void Noise_is_survived()
    {
        const string Alphabet = "+-:$*0123456789\r\nax";
        var random = new Random(20261121);
        for (int i = 0; i < 5000; i++)
        {
            string noise = new([.. Enumerable.Range(0, random.Next(30)).Select(_ => Alphabet[random.Next(Alphabet.Length)])]);
            try { new AnswerBounds().Follow(Encoding.ASCII.GetBytes(noise)); }
            catch (RespException) { }
        }
    }

    private static byte[] Text(int length) => Encoding.ASCII.GetBytes($"${length}\r\n{new string('x', length)}\r\n");

    private void Follow(string bytes) => _bounds.Follow(Encoding.ASCII.GetBytes(bytes));
}
