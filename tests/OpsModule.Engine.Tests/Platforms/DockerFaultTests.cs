using System.Net;
using System.Net.Sockets;
using System.Text;
using Docker.DotNet;
using Docker.DotNet.Models;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Docker;
using OpsModule.Connections.Platforms.Docker.Listing;
using OpsModule.Engine.Access;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

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
        using (engine) return await Assert.ThrowsAsync<OpsException>(() => (call ?? (e => ListAsync(e)))(engine));
    }

    private static Task ListAsync(DockerEngine engine, CancellationToken ct = default) =>
        engine.CallAsync("the list of containers", (client, token) => client.Containers.ListContainersAsync(new ContainersListParameters(), token), ct);

    private static async Task LogAsync(DockerEngine engine, StringBuilder said)
    {
        using MultiplexedStream stream = await engine.CallAsync("a log", (client, token) => client.Containers.GetContainerLogsAsync("x", new ContainerLogsParameters(), token), default);
        await DockerOutput.ReadAsync(stream, "x", (error, bytes) =>
        {
            said.Append(error).Append(Encoding.UTF8.GetString(bytes.Span));
            return ValueTask.CompletedTask;
        }, default);
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
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnull", "EngineAnswerInvalid")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 21\r\n\r\n[{\"Created\":\"never\"}]", "EngineAnswerInvalid")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 35\r\n\r\n[{\"Created\":9223372036854775807}]   ", "EngineAnswerInvalid")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[", "EngineUnreachable")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[]", "EngineUnreachable")]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n", "EngineRefused")]
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
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nplain output", "EngineAnswerInvalid")]
    [InlineData("nonsense\r\n\r\n", "EngineUnreachable")]
    [InlineData("", "EngineUnreachable")]
    public async Task A_connection_that_is_not_handed_over(string answer, string errorId)
    {
        using var engine = new FakeEngine(SocketPath, Ping, answer);
        Assert.Equal(errorId, (await FailsAsync(Engine(), e => e.AttachAsync("x", default))).ErrorId);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nplain output", "EngineAnswerInvalid")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 21\r\n\r\n\u0003\0\0\0\0\0\0\u000dError reading", "EngineAnswerInvalid")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n\u0001\0\0\0\0\r\n", "EngineUnreachable")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n\u0001\0\0\0\0\0\0\u0003abc", "EngineUnreachable")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n\u0001\0\0\0\0\0\0\u0009abc", "EngineUnreachable")]
    public async Task Output_that_is_not_in_frames_or_breaks_off(string answer, string errorId)
    {
        using var engine = new FakeEngine(SocketPath, Ping, Json("{\"Id\":\"x\",\"Config\":{}}"), answer);
        Assert.Equal(errorId, (await FailsAsync(Engine(), e => LogAsync(e, new StringBuilder()))).ErrorId);
    }

    [Fact]
    public async Task What_the_engine_says_of_itself_in_an_output_is_no_line_of_it_but_an_error()
    {
        // It has a stream of its own for that it cannot read a log any further.
        string answer = "\u0001\0\0\0\0\0\0\u0004one\n\u0003\0\0\0\0\0\0\u0014Error grabbing logs\n";
        using var engine = new FakeEngine(SocketPath, Ping, Json("{\"Id\":\"x\",\"Config\":{}}"), $"HTTP/1.1 200 OK\r\nContent-Length: {answer.Length}\r\n\r\n{answer}");
        var said = new StringBuilder();
        OpsException error = await FailsAsync(Engine(), e => LogAsync(e, said));
        Assert.Equal(("EngineAnswerInvalid", "Falseone\n"), (error.ErrorId, said.ToString()));
        Assert.Contains("journalctl -u docker", error.RecommendedAction);
    }

    [Fact]
    public async Task Events_that_are_none_or_break_off_are_an_error()
    {
        string event1 = "{\"Action\":\"start\",\"Actor\":{\"ID\":\"c\",\"Attributes\":{\"name\":\"api-1\"}},\"timeNano\":5}\n";
        foreach ((string rest, string errorId) in ((string, string)[])[("3\r\n<a>\r\n0\r\n\r\n", "EngineAnswerInvalid"), ("", "EngineUnreachable")])
        {
            File.Delete(SocketPath);
            using var engine = new FakeEngine(SocketPath, Ping, $"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{event1.Length:x}\r\n{event1}\r\n{rest}");
            var told = new List<PlatformEvent>();
            OpsException error = await FailsAsync(Engine(), async e =>
            {
                await foreach (PlatformEvent one in DockerEvents.ReadAsync(e, "p", DateTimeOffset.UnixEpoch, null, default)) told.Add(one);
            });
            Assert.Equal((errorId, "api-1"), (error.ErrorId, Assert.Single(told).Instance));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[")]
    [InlineData("HTTP/1.1 500 Oops\r\nContent-Length: 100\r\n\r\n{")]
    public async Task One_that_stops_in_an_answer_is_left_after_the_patience_and_at_once_when_nobody_waits(string begun)
    {
        using var hanging = new FakeEngine(SocketPath, Ping, begun) { Hangs = true };
        OpsException error = await FailsAsync(Engine(TimeSpan.FromMilliseconds(300)));
        Assert.Equal("EngineUnreachable", error.ErrorId);
        Assert.Contains("did not answer", error.Message);

        Func<DockerEngine, CancellationToken, Task>[] calls =
        [
            ListAsync,
            (e, ct) => e.SendAsync(HttpMethod.Get, "/system/df", ct),
            // What is no handing over is an error at once.
            .. begun.StartsWith("HTTP/1.1 200", StringComparison.Ordinal) ? (Func<DockerEngine, CancellationToken, Task>[])[] : [(e, ct) => e.AttachAsync("x", ct)],
            (e, ct) => e.WatchAsync(new ContainerEventsParameters(), _ => { }, ct),
        ];
        foreach (Func<DockerEngine, CancellationToken, Task> call in calls)
        {
            File.Delete(SocketPath);
            using var again = new FakeEngine(SocketPath, Ping, begun) { Hangs = true };
            using DockerEngine engine = Engine(TimeSpan.FromHours(1));
            using var stop = new CancellationTokenSource();
            Task waiting = call(engine, stop.Token);
            await again.HasAnswered.Task;
            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(TimeSpan.FromSeconds(30)));
        }
    }

    [Fact]
    public async Task A_handshake_that_never_ends_can_be_left()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        using var engine = new DockerEngine(new DockerEndpoint(new Uri($"https://127.0.0.1:{((IPEndPoint)listener.LocalEndPoint!).Port}")));
        using var stop = new CancellationTokenSource();
        Task waiting = ListAsync(engine, stop.Token);
        using Socket taken = await listener.AcceptAsync();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(TimeSpan.FromSeconds(9)));
    }

    [Fact]
    public async Task The_version_spoken_is_the_engines_but_none_that_is_unknown_here()
    {
        using var old = new FakeEngine(SocketPath, Ping, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]");
        using (DockerEngine engine = Engine()) await ListAsync(engine);
        Assert.Contains("GET /v1.41/containers/json", old.Received);
        File.Delete(SocketPath);
        using var young = new FakeEngine(SocketPath, Ping.Replace("1.41", "1.99"), "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
        using (DockerEngine engine = Engine()) await engine.SendAsync(HttpMethod.Get, "/system/df", default);
        Assert.Contains("GET /v1.47/system/df", young.Received);
    }

    [Fact]
    public async Task An_image_that_could_not_be_looked_at_once_is_looked_at_again()
    {
        string[] listing = [Json("[{\"Id\":\"c1\",\"Labels\":{\"com.docker.compose.service\":\"api\"}}]"), Json("{\"Id\":\"c1\",\"Image\":\"sha256:i\",\"State\":{\"Status\":\"running\"}}")];
        string image = Json("{\"RepoDigests\":[\"app@sha256:d\"]}");
        string[] again = [listing[0], Json(""), listing[1]]; // between them what has happened to those that are known: nothing
        using var engine = new FakeEngine(SocketPath, [Ping, .. listing, Json("{\"message\":\"storage driver busy\"}", "500 Internal Server Error"), .. again, image, .. again]);
        OpsContext context = OpsContextFactory.Create(new OpsEnvironment
        {
            Name = "lab", Directory = _folder, StateDirectory = Path.Combine(_folder, ".ops"), Platform = new PlatformOptions { Kind = PlatformKind.Compose, Project = "p" },
        }, new RecordingReporter());
        using var platform = new DockerPlatform(ServicePlatforms.SetupOf(context), Engine()) { Known = new KnownContainers(TimeProvider.System) };
        Assert.Contains("storage driver busy", (await Assert.ThrowsAsync<OpsException>(() => platform.ListAsync(null, default))).Message);
        // Once known it is not asked again.
        for (int i = 0; i < 2; i++) Assert.Equal("sha256:d", (await platform.ListAsync(null, default)).Single().ImageDigest);
    }

    private static string Json(string body, string status = "200 OK") => $"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}";

    /// <summary>Answers requests with prepared texts, then closes their connection; with none it never answers.</summary>
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

        /// <summary>True keeps the connection open after the last answer, as if more were to come.</summary>
        public bool Hangs { get; init; }

        public TaskCompletionSource HasAnswered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

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
                if (_answers.Count == 0) HasAnswered.TrySetResult();
                if (!Hangs) connection.Shutdown(SocketShutdown.Both);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException) { /* the client has gone */ }
        }
    }
}
