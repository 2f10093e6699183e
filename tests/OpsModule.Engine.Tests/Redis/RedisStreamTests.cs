using System.Text;
using OpsModule.Connections.Redis;

namespace OpsModule.Engine.Tests.Redis;

public sealed class RedisStreamTests
{
    private const string Id = "*2\r\n$6\r\nCLIENT\r\n$2\r\nID\r\n", Echo = "*2\r\n$4\r\nECHO\r\n$16\r\n0123456789abcdef\r\n", Ping = "*1\r\n$4\r\nPING\r\n";

    /// <summary>The library pings, too, where the connection is there before it looks: in a process that has just begun, now and then.</summary>
    [Fact]
    public async Task What_the_library_asks_on_its_own_account_is_answered_here_however_it_is_cut()
    {
        byte[] own = Encoding.ASCII.GetBytes(Id + Echo + Ping + Ping);
        for (int size = 1; size <= own.Length; size++)
        {
            using var server = new MemoryStream();
            await using var stream = new RedisStream(server);
            foreach (byte[] part in own.Chunk(size)) await stream.WriteAsync(part);
            string heard = "";
            byte[] buffer = new byte[1024];
            for (int i = 0; i < 4; i++) heard += Encoding.ASCII.GetString(buffer, 0, await stream.ReadAsync(buffer));
            Assert.Equal(":1\r\n$16\r\n0123456789abcdef\r\n+PONG\r\n+PONG\r\n", heard);
            Assert.Equal(0, server.Length);

            stream.BeginCommand();
            await stream.WriteAsync(Encoding.ASCII.GetBytes(Ping));
            Assert.Equal(Ping, Encoding.ASCII.GetString(server.ToArray()));
        }
    }

    [Fact]
    public async Task What_it_is_not_known_to_ask_is_refused_and_not_sent()
    {
        using var server = new MemoryStream();
        await using var stream = new RedisStream(server);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await stream.WriteAsync("*1\r\n$8\r\nFLUSHALL\r\n"u8.ToArray()));
        Assert.Equal(0, server.Length);
    }
}
