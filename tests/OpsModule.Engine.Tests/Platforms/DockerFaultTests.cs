using System.Net.Sockets;
using System.Text;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Platforms;
using OpsModule.Engine.Platforms.Docker;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Platforms;

/// <summary>Engines that are not there, hang, answer nonsense or break off.</summary>
public sealed class DockerFaultTests : IDisposable
{
    private const string Ping = "HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nContent-Length: 2\r\n\r\nOK";

    private readonly string _folder = Directory.CreateTempSubdirectory("ops-fault-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string SocketPath => Path.Combine(_folder, "docker.sock");

    private DockerEngine Engine(TimeSpan? patience = null) => new(new DockerEndpoint(new Uri("unix://" + SocketPath))) { Patience = patience ?? TimeSpan.FromSeconds(30) };

    private static async Task<OpsException> FailsAsync(DockerEngine engine, Func<DockerEngine, Task>? call = null)
    {
        using (engine) return await Assert.ThrowsAsync<OpsException>(() => (call ?? (e => e.GetAsync("/containers/json", default)))(engine));
    }

    [Fact]
    public async Task Nobody_is_there()
    {
        OpsException error = await FailsAsync(Engine());
        Assert.Equal("EngineUnreachable", error.ErrorId);
        Assert.Contains($"{SocketPath}: there is no such socket.", error.Message);
        using (var closed = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)) closed.Bind(new UnixDomainSocketEndPoint(SocketPath));
        Assert.Equal("EngineUnreachable", (await FailsAsync(Engine())).ErrorId);
    }

    [Fact]
    public async Task One_that_takes_connections_and_never_answers_is_left_after_the_patience()
    {
        using var silent = new FakeEngine(SocketPath);
        OpsException error = await FailsAsync(Engine(TimeSpan.FromMilliseconds(300)));
        Assert.Equal("EngineUnreachable", error.ErrorId);
        Assert.Contains("did not answer", error.Message);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "EngineUnreachable")]
    [InlineData("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", "EngineUnreachable")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n", "EngineUnreachable")]
    [InlineData("", "EngineUnreachable")]
    public async Task Something_else_listens(string answer, string errorId)
    {
        using var other = new FakeEngine(SocketPath, answer);
        Assert.Equal(errorId, (await FailsAsync(Engine())).ErrorId);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<html>...", "EngineAnswerInvalid")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "EngineAnswerInvalid")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[", "EngineUnreachable")]
    [InlineData("HTTP/1.1 500 Oops\r\nContent-Length: 6\r\n\r\n<html>", "EngineRefused")]
    [InlineData("HTTP/1.1 500 Oops\r\nContent-Length: 2\r\n\r\n[]", "EngineRefused")]
    [InlineData("HTTP/1.1 404 No\r\nContent-Length: 26\r\n\r\n{\"message\":\"no such one.\"}", "ContainerNotFound")]
    public async Task An_answer_that_is_not_the_apis(string answer, string errorId)
    {
        using var engine = new FakeEngine(SocketPath, Ping, answer);
        OpsException error = await FailsAsync(Engine());
        Assert.Equal(errorId, error.ErrorId);
        Assert.DoesNotContain("..", error.Message);
    }

    [Theory]
    [InlineData("HTTP/1.1 409 Conflict\r\nContent-Length: 24\r\n\r\n{\"message\":\"is paused..\"}", "ContainerBusy")]
    [InlineData("nonsense\r\n\r\n", "EngineAnswerInvalid")]
    [InlineData("", "EngineAnswerInvalid")]
    public async Task A_connection_that_is_not_handed_over(string answer, string errorId)
    {
        using var engine = new FakeEngine(SocketPath, Ping, answer);
        Assert.Equal(errorId, (await FailsAsync(Engine(), e => e.HijackAsync("/exec/x/start", new { }, default))).ErrorId);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nplain output", "EngineAnswerInvalid")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n\u0001\0\0\0\0\r\n", "EngineUnreachable")]
    public async Task Output_that_is_not_in_frames_or_breaks_off(string answer, string errorId)
    {
        using var engine = new FakeEngine(SocketPath, Ping, answer);
        Assert.Equal(errorId, (await FailsAsync(Engine(), async e =>
        {
            using Stream stream = await e.OpenAsync(HttpMethod.Get, "/containers/x/logs", null, default);
            await DockerFrames.ReadAsync(stream, false, (_, _) => ValueTask.CompletedTask, default);
        })).ErrorId);
    }

    [Fact]
    public async Task A_frame_cut_short_gives_what_there_is()
    {
        byte[] cut = [1, 0, 0, 0, 0, 0, 0, 9, .. "abc"u8];
        var said = new StringBuilder();
        await DockerFrames.ReadAsync(new MemoryStream(cut), false, (error, bytes) =>
        {
            said.Append(error).Append(Encoding.UTF8.GetString(bytes.Span));
            return ValueTask.CompletedTask;
        }, default);
        Assert.Equal("Falseabc", said.ToString());
    }

    [Fact]
    public async Task The_version_spoken_is_the_engines_but_none_that_is_unknown_here()
    {
        using var old = new FakeEngine(SocketPath, Ping, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]");
        using (DockerEngine engine = Engine()) await engine.GetAsync("/containers/json", default);
        Assert.Contains("GET /v1.41/containers/json", old.Received);
    }

    [Fact]
    public async Task An_image_that_could_not_be_looked_at_once_is_looked_at_again()
    {
        string[] listing = [Json("[{\"Id\":\"c1\",\"Labels\":{\"com.docker.compose.service\":\"api\"}}]"), Json("{\"Id\":\"c1\",\"Image\":\"sha256:i\",\"State\":{\"Status\":\"running\"}}")];
        string image = Json("{\"RepoDigests\":[\"app@sha256:d\"]}");
        using var engine = new FakeEngine(SocketPath, [Ping, .. listing, Json("{\"message\":\"storage driver busy\"}", "500 Internal Server Error"), .. listing, image, .. listing]);
        OpsContext context = OpsContextFactory.Create(new OpsEnvironment
        {
            Name = "lab", Directory = _folder, StateDirectory = Path.Combine(_folder, ".ops"), Platform = new PlatformSettings { Kind = PlatformKind.Compose, Project = "p" },
        }, new RecordingReporter());
        using var platform = new DockerPlatform(context, Engine());
        Assert.Contains("storage driver busy", (await Assert.ThrowsAsync<OpsException>(() => platform.ListAsync(null, default))).Message);
        // Once known it is not asked again.
        for (int i = 0; i < 2; i++) Assert.Equal("sha256:d", (await platform.ListAsync(null, default)).Single().ImageDigest);
    }

    private static string Json(string body, string status = "200 OK") => $"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}";

    /// <summary>Answers each connection's requests with prepared texts, then closes; with none it never answers.</summary>
    private sealed class FakeEngine : IDisposable
    {
        private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        private readonly Queue<string> _answers;
        private readonly List<Socket> _open = [];
        private readonly StringBuilder _received = new();

        public FakeEngine(string path, params string[] answers)
        {
            _answers = new Queue<string>(answers);
            bool silent = answers.Length == 0;
            _listener.Bind(new UnixDomainSocketEndPoint(path));
            _listener.Listen();
            _ = Task.Run(async () =>
            {
                try
                {
                    while (true)
                    {
                        Socket connection = await _listener.AcceptAsync();
                        _open.Add(connection);
                        if (!silent) _ = ServeAsync(connection);
                    }
                }
                catch (Exception e) when (e is SocketException or ObjectDisposedException) { /* the test is over */ }
            });
        }

        public string Received
        {
            get { lock (_received) return _received.ToString(); }
        }

        public void Dispose()
        {
            _listener.Dispose();
            foreach (Socket connection in _open.ToArray()) connection.Dispose();
        }

        private async Task ServeAsync(Socket connection)
        {
            byte[] buffer = new byte[16 * 1024];
            try
            {
                while (_answers.Count > 0 && await connection.ReceiveAsync(buffer) is var read and > 0)
                {
                    lock (_received) _received.Append(Encoding.ASCII.GetString(buffer, 0, read));
                    await connection.SendAsync(Encoding.Latin1.GetBytes(_answers.Dequeue()));
                }
                connection.Shutdown(SocketShutdown.Both);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException) { /* the client has gone */ }
        }
    }
}
