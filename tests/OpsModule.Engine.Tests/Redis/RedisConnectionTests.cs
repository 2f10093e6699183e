using System.Net;
using System.Net.Sockets;
using System.Text;
using OpsModule.Connections.Redis;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Engine.Tests.Health;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Redis;

/// <summary>Nothing here waits without a bound.</summary>
public sealed class RedisConnectionTests(RedisFixture redis) : IClassFixture<RedisFixture>, IDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);
    private readonly HealthLab _lab = new();
    private readonly CancellationTokenSource _bound = new(Bound);

    public void Dispose()
    {
        _bound.Dispose();
        _lab.Dispose();
    }

    /// <summary>What it asked on its own account would count as lookups, clients and refused commands.</summary>
    [Fact]
    public async Task The_server_hears_what_we_ask_and_nothing_else()
    {
        int port = await redis.StartAsync("counted", "save \"\"");
        using RedisConnection connection = await ConnectAsync(port);
        string commands = (await connection.CallAsync(["INFO", "commandstats"], _bound.Token)).Text;
        IReadOnlyDictionary<string, string> info = await connection.InfoAsync(_bound.Token);

        Assert.Equal("cmdstat_ping", Assert.Single(commands.Split("\r\n"), l => l.StartsWith("cmdstat_", StringComparison.Ordinal)).Split(':')[0]);
        Assert.Equal(("1", "0", "0"), (info["connected_clients"], info["keyspace_misses"], info["total_error_replies"]));
    }

    [Theory]
    [InlineData("SET text 007", "SET", "text", "007")]
    [InlineData("GET text", "GET", "text")]
    [InlineData("CLIENT GETNAME", "CLIENT", "GETNAME")]
    [InlineData("CONFIG GET port", "CONFIG", "GET", "port")]
    public async Task Commands_of_every_kind_go_through(string what, params string[] command)
    {
        using RedisConnection connection = await ConnectAsync(redis.OpenPort);
        await connection.CallAsync(["SET", "text", "007"], _bound.Token);
        string expected = command[0] switch { "SET" => "OK", "GET" => "007", "CLIENT" => "", _ => $"port\n{redis.OpenPort}" };
        Assert.True(expected == (await connection.CallAsync(command, _bound.Token)).Text, what);
    }

    /// <summary>The stream answers the library's own PING, CLIENT ID and ECHO itself; those that somebody asks for are answered by the server.</summary>
    [Fact]
    public async Task What_the_library_asks_too_is_answered_by_the_server_when_we_ask_it()
    {
        int port = await redis.StartAsync("asked", "save \"\"");
        using RedisConnection other = await ConnectAsync(port), connection = await ConnectAsync(port);
        Assert.Equal("PONG", (await connection.CallAsync(["ping"], _bound.Token)).Text);
        Assert.Equal("0123456789abcdef", (await connection.CallAsync(["ECHO", "0123456789abcdef"], _bound.Token)).Text);
        string own = (await connection.CallAsync(["CLIENT", "INFO"], _bound.Token)).Text.Split(' ')[0];
        Assert.Equal(own, "id=" + (await connection.CallAsync(["CLIENT", "ID"], _bound.Token)).Text);
        Assert.NotEqual("1", own);
    }

    /// <summary>An account may be made for INFO alone.</summary>
    [Fact]
    public async Task Who_may_do_nothing_but_look_is_let_in()
    {
        int port = await redis.StartAsync("narrow", $"user default off\nuser looker on >{RedisFixture.Password} +info");
        _lab.Folder.Write(".env", $"PW={RedisFixture.Password}\n");
        using RedisConnection connection = await ConnectAsync(port, ", user: looker, password: \"file:.env#PW\"");
        Assert.Equal("master", (await connection.InfoAsync(_bound.Token))["role"]);
        Assert.Equal("NOPERM", Assert.IsType<RedisError>(await connection.CallAsync(["PING"], _bound.Token)).Code);
    }

    [Fact]
    public async Task A_server_that_loads_is_looked_at_all_the_same()
    {
        int before = await redis.StartAsync("before", "rdbcompression no");
        string folder;
        using (RedisConnection filler = await ConnectAsync(before))
        {
            for (int i = 0; i < 200; i++) await filler.CallAsync(["SET", "key" + i, new string('x', 4096)], _bound.Token);
            await filler.CallAsync(["SAVE"], _bound.Token);
            folder = ((RedisList)await filler.CallAsync(["CONFIG", "GET", "dir"], _bound.Token)).Items[1].Text;
        }
        // A second for each key: it loads for longer than this test takes.
        int port = await redis.StartAsync("loads", $"dir {folder}\nkey-load-delay 1000000\nloading-process-events-interval-bytes 1024");
        HealthResult result = await _lab.OneAsync(Text(port), "cache.connect", seconds: 30);
        Assert.Equal(HealthStatus.Degraded, result.Status);
        Assert.Contains("is still loading its data", result.Message);
        using RedisConnection connection = await ConnectAsync(port);
        RedisError refused = Assert.IsType<RedisError>(await connection.CallAsync(["GET", "key1"], _bound.Token));
        Assert.Contains("Wait until the server has loaded", connection.Refused("GET", refused).RecommendedAction);
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\n", "it sent no answer of a Redis server")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n", "it sent no answer of a Redis server")]
    [InlineData("220 mail.example.net ready\r\n", "it sent no answer of a Redis server")]
    [InlineData("$-7\r\n", "it sent a number that cannot be")]
    [InlineData("$1\r\nabc\r\n", "it sent no answer of a Redis server")]
    [InlineData("*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n", "it sent an answer nested too deep")]
    [InlineData("-DENIED Redis is running in protected mode\r\n", "refuses PING: DENIED Redis is running in protected mode.")]
    [InlineData("", "closed the connection.")]
    [InlineData("$5\r\nab", "closed the connection.")]
    [InlineData("\u0015\u0003\u0001\u0000\u0002\u0002\u0050", "closed the connection.")]
    public async Task Who_speaks_otherwise_is_told_whether_it_waits_to_be_asked_or_not(string says, string words)
    {
        foreach (bool waits in new[] { true, false })
        {
            using TcpListener stranger = Stranger(says, waits);
            OpsException e = await Assert.ThrowsAsync<OpsException>(() => ConnectAsync(((IPEndPoint)stranger.LocalEndpoint).Port));
            Assert.Contains(words, e.Message);
        }
    }

    [Fact]
    public async Task Who_never_answers_is_waited_for_as_long_as_the_caller_wants()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using var enough = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ConnectAsync(((IPEndPoint)silent.LocalEndpoint).Port, "", enough.Token).WaitAsync(Bound));
    }

    [Fact]
    public async Task A_connection_that_breaks_is_told_and_not_made_anew()
    {
        int port = await redis.StartAsync("killed", "save \"\"");
        using RedisConnection connection = await ConnectAsync(port);
        using (RedisConnection other = await ConnectAsync(port)) await other.CallAsync(["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"], _bound.Token);
        foreach (string command in new[] { "PING", "DBSIZE" })
        {
            OpsException e = await Assert.ThrowsAsync<OpsException>(() => connection.CallAsync([command], _bound.Token));
            Assert.Equal("CacheUnreachable", e.ErrorId);
        }
        using RedisConnection next = await ConnectAsync(port);
        Assert.Equal("1", (await next.InfoAsync(_bound.Token))["connected_clients"]);
    }

    /// <summary>A listener that says one thing to whoever comes, at once or when it is asked, and hangs up.</summary>
    private static TcpListener Stranger(string says, bool waits)
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        _ = Task.Run(async () =>
        {
            using TcpClient client = await listener.AcceptTcpClientAsync();
            NetworkStream stream = client.GetStream();
            if (waits) await stream.ReadExactlyAsync(new byte[1]);
            await stream.WriteAsync(Encoding.Latin1.GetBytes(says));
            client.Client.Shutdown(SocketShutdown.Send);
            await stream.CopyToAsync(Stream.Null);
        });
        return listener;
    }

    private async Task<RedisConnection> ConnectAsync(int port, string more = "", CancellationToken? token = null)
    {
        RedisServer server = await CacheServers.ResolveAsync(_lab.Context(Text(port, more)), "main", _bound.Token);
        return await server.ConnectAsync(token ?? _bound.Token);
    }

    private static string Text(int port, string more = "") => $"caches: {{ main: {{ host: 127.0.0.1, port: {port}{more} }} }}";
}
