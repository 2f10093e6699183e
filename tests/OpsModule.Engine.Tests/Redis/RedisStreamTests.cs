using System.Text;
using OpsModule.Connections.Redis;

namespace OpsModule.Engine.Tests.Redis;

public sealed class RedisStreamTests
{
    private const string Id = "*2\r\n$6\r\nCLIENT\r\n$2\r\nID\r\n", Echo = "*2\r\n$4\r\nECHO\r\n$16\r\n0123456789abcdef\r\n", Ping = "*1\r\n$4\r\nPING\r\n";

    private const string Known = ":1\r\n$16\r\n0123456789abcdef\r\n+PONG\r\n+PONG\r\n", Llen = "*2\r\n$4\r\nLLEN\r\n$4\r\njobs\r\n";

    /// <summary>The library looks again where the connection is there before it looks first: in a process that is busy, now and then.</summary>
    [Fact]
    public async Task What_the_library_asks_on_its_own_account_is_answered_here_however_it_is_cut()
    {
        byte[] own = Encoding.ASCII.GetBytes(Id + Echo + Ping + Ping);
        for (int size = 1; size <= own.Length; size++)
        {
            using var server = new Server();
            await using var stream = new RedisStream(server);
            foreach (byte[] part in own.Chunk(size)) await stream.WriteAsync(part);
            Assert.Equal(Known, await ReadAsync(stream, Known.Length));
            Assert.Equal("", server.Asked);
        }
    }

    /// <summary>A server that wants a password would refuse it, and the library would take that for the end of the connection.</summary>
    [Fact]
    public async Task What_the_library_asks_before_and_after_our_command_never_reaches_the_server_and_answers_keep_their_order()
    {
        using var server = new Server { Says = ":7\r\n" };
        await using var stream = new RedisStream(server);
        stream.BeginCommand();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(Ping + Llen[..9]));
        await stream.WriteAsync(Encoding.ASCII.GetBytes(Llen[9..] + Echo));
        Assert.Equal("+PONG\r\n:7\r\n$16\r\n0123456789abcdef\r\n", await ReadAsync(stream, 34));
        Assert.Equal(Llen, server.Asked);

        stream.BeginCommand();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(Llen));
        Assert.Equal(":7\r\n", await ReadAsync(stream, 4));
        Assert.Equal(Llen + Llen, server.Asked);
    }

    [Fact]
    public async Task What_it_is_not_known_to_ask_is_refused_and_not_sent()
    {
        using var server = new Server();
        await using var stream = new RedisStream(server);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await stream.WriteAsync("*1\r\n$8\r\nFLUSHALL\r\n"u8.ToArray()));
        Assert.Equal("", server.Asked);
    }

    private static async Task<string> ReadAsync(RedisStream stream, int length)
    {
        using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        string heard = "";
        byte[] buffer = new byte[1024];
        while (heard.Length < length) heard += Encoding.ASCII.GetString(buffer, 0, await stream.ReadAsync(buffer, bound.Token));
        return heard;
    }

    /// <summary>Keeps what it is asked, and answers each byte by itself.</summary>
    private sealed class Server : MemoryStream
    {
        private int _told;

        public string Says { get; init; } = "";

        public string Asked => Encoding.ASCII.GetString(ToArray());

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            buffer.Span[0] = (byte)Says[_told++ % Says.Length];
            return new(1);
        }
    }
}
