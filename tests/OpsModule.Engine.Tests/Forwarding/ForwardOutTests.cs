using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Forwarding;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Outlets.Forwarding;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Forwarding;

/// <summary>The journal goes to syslog servers and webhooks that really listen.</summary>
public sealed class ForwardOutTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly ForwardLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task Syslog_over_udp_gets_one_message_of_RFC_5424_for_each_change()
    {
        using var server = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        OpsContext context = _lab.Context($"\"syslog:udp://127.0.0.1:{((IPEndPoint)server.Client.LocalEndPoint!).Port}\"");
        string id = await ForwardLab.MakeAsync(context, "database/main\"]\n<13>1 forged", "it broke\nPGPASSWORD=hunter2-hunter2");

        string message = Encoding.UTF8.GetString((await server.ReceiveAsync().WaitAsync(Patience)).Buffer);

        // <107> is an error in the audit log.
        Assert.Matches(new Regex(@"\A<107>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z \S+ OpsModule \d+ change \[opsmodule@32473 id=""" + id), message);
        Assert.Contains("target=\"database/main\\\"\\] <13>1 forged\"", message, StringComparison.Ordinal);
        Assert.Matches(@" anchor=""3:[0-9a-f]{64}""\] \uFEFFit broke PGPASSWORD=\(withheld\)\z", message);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public async Task Syslog_over_tcp_gets_frames_and_what_it_missed()
    {
        var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        int port = ((IPEndPoint)server.LocalEndpoint).Port;
        server.Stop();
        OpsContext context = _lab.Context($"\"syslog:tcp://127.0.0.1:{port}\"");
        string missed = await ForwardLab.MakeAsync(context, "database/a");
        Assert.Contains("nothing listens there", Assert.Single(_lab.Reporter.Warnings), StringComparison.Ordinal);

        server = new TcpListener(IPAddress.Loopback, port);
        server.Start();
        Task<string[]> receiving = ReceiveAsync(server, 2);
        string next = await ForwardLab.MakeAsync(context, "database/b");

        string[] frames = await receiving.WaitAsync(Patience);
        Assert.Contains(missed, frames[0], StringComparison.Ordinal);
        Assert.Contains(next, frames[1], StringComparison.Ordinal);
        Assert.All(frames, f => Assert.Equal(Encoding.UTF8.GetByteCount(f[(f.IndexOf(' ') + 1)..]), int.Parse(f[..f.IndexOf(' ')])));
        server.Stop();
    }

    [Fact]
    public async Task The_syslog_of_this_machine_is_a_socket()
    {
        string path = _lab.Folder["log.socket"];
        using var server = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        server.Bind(new UnixDomainSocketEndPoint(path));
        byte[] buffer = new byte[8192];

        await SyslogSender.SendAsync(ForwardTarget.Parse("syslog:local")! with { Host = path }, "<109>1 - hello"u8.ToArray(), default);

        Assert.Equal("<109>1 - hello", Encoding.UTF8.GetString(buffer, 0, await server.ReceiveAsync(buffer, SocketFlags.None).WaitAsync(Patience)));
    }

    [Fact]
    public async Task A_webhook_gets_the_change_as_JSON_and_its_URL_is_never_said()
    {
        var server = new WebServer();
        File.WriteAllText(_lab.Folder["url.secret"], server.Url("/ok", "user:T0ps3cret@127.0.0.1"));
        File.WriteAllText(_lab.Folder["token.secret"], "B3arer");
        OpsContext context = _lab.Context("{ webhook: \"file:url.secret\", bearer: \"file:token.secret\" }");
        string id = await ForwardLab.MakeAsync(context, "database/main");

        string request = Assert.Single(server.Requests);
        Assert.Contains("Authorization: Bearer B3arer", request, StringComparison.Ordinal);
        using JsonDocument body = JsonDocument.Parse(request[request.IndexOf('{', StringComparison.Ordinal)..]);
        Assert.Equal(id, body.RootElement.GetProperty("change").GetProperty("id").GetString());
        Assert.Empty(_lab.Reporter.Warnings);

        await server.DisposeAsync();
        await ForwardLab.MakeAsync(context, "database/main");
        Assert.Contains("journal.forward[0]", Assert.Single(_lab.Reporter.Warnings), StringComparison.Ordinal);
        Assert.DoesNotContain("T0ps3cret", string.Concat(_lab.Reporter.Warnings.Concat(_lab.Reporter.Details)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_never_answers_holds_no_change_up_twice()
    {
        await using var server = new WebServer();
        File.WriteAllText(_lab.Folder["url.secret"], server.Url("/never"));
        OpsContext context = _lab.Context("{ webhook: \"file:url.secret\" }");
        await using (IJournaledChange change = await context.Journal.BeginAsync("A", "t")) await change.FailAsync(IJournaledChange.Cancelled, "It was stopped.");
        Assert.Equal("It was stopped.", _lab.Reporter.Warnings[0]);
        Assert.Contains("no answer in 3 s", _lab.Reporter.Warnings[1], StringComparison.Ordinal);

        await ForwardLab.MakeAsync(context, "t");

        Assert.Single(server.Requests);
        Assert.Contains(_lab.Reporter.Details, d => d.Contains("did not answer a moment ago", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("store:away", "StoreUnknown")]
    [InlineData("\"store:\"", "BadValue")]
    [InlineData("mail:me", "BadValue")]
    [InlineData("\"syslog:tcp://host:0\"", "BadValue")]
    [InlineData("\"syslog:http://host\"", "BadValue")]
    [InlineData("syslog:local, syslog:local", "KeyConflict")]
    [InlineData("{ bearer: \"env:X\" }", "MissingKey")]
    public void What_is_no_place_is_told_when_the_file_is_read(string forward, string code)
    {
        EnvironmentLoad load = EnvironmentLoader.Load(_lab.Folder.Write("ops.yaml", $"environment: web\njournal: {{ forward: [ {forward} ] }}\n"));

        Assert.Contains(code, load.Findings.Select(f => f.Code));
        Assert.Null(load.Environment);
    }

    [Theory]
    [InlineData("syslog:udp://10.0.0.5", ForwardKind.SyslogUdp, "10.0.0.5", 514)]
    [InlineData("syslog:tcp://[fd00::1]:6514", ForwardKind.SyslogTcp, "fd00::1", 6514)]
    [InlineData("syslog:tcp://logs.example.net", ForwardKind.SyslogTcp, "logs.example.net", 601)]
    public void Places_are_read(string text, ForwardKind kind, string host, int port) =>
        Assert.Equal((kind, host, port), (ForwardTarget.Parse(text)!.Kind, ForwardTarget.Parse(text)!.Host, ForwardTarget.Parse(text)!.Port));

    private static async Task<string[]> ReceiveAsync(TcpListener server, int count)
    {
        var frames = new List<string>();
        while (frames.Count < count)
        {
            using TcpClient client = await server.AcceptTcpClientAsync();
            using var reader = new StreamReader(client.GetStream(), new UTF8Encoding(false), detectEncodingFromByteOrderMarks: false);
            frames.Add(await reader.ReadToEndAsync());
        }
        return [.. frames];
    }
}
