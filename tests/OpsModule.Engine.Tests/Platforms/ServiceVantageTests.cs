using System.Net;
using System.Net.Sockets;
using System.Text;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Vantages;
using OpsModule.Connections.Platforms.Docker.Vantages;
using OpsModule.Engine.Access;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Network;

namespace OpsModule.Engine.Tests.Platforms;

/// <summary>Connections that are made from where a container stands: its names, its address, and what nobody else reaches.</summary>
[Collection(DockerCollection.Name)]
public sealed class ServiceVantageTests : IAsyncDisposable
{
    /// <summary>Answers with the address that asks.</summary>
    private const string Mirror = "mkdir -p /tmp/www/cgi-bin; printf '#!/bin/sh\\necho; echo from $REMOTE_ADDR\\n' > /tmp/www/cgi-bin/who; busybox chmod 755 /tmp/www/cgi-bin/who; ";

    private readonly ServiceLab _lab = new();
    private readonly string _network = "ops-vantage-" + Guid.NewGuid().ToString("N")[..8];

    public async ValueTask DisposeAsync()
    {
        foreach (ServiceRecord service in await _lab.Platform.ListAsync(null, default))
            foreach (ServiceInstance instance in service.Instances) await DockerFixture.DockerAsync("rm", "-f", instance.Id);
        await DockerFixture.DockerAsync("network", "rm", _network);
        _lab.Dispose();
    }

    private static async Task<string> AskAsync(Socket socket)
    {
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        await stream.WriteAsync("GET /cgi-bin/who HTTP/1.0\r\n\r\n"u8.ToArray());
        // Where the machine has IPv6, busybox writes the address so.
        return (await new StreamReader(stream, Encoding.UTF8).ReadToEndAsync()).Replace("[::ffff:", "").Replace("]\n", "\n");
    }

    /// <summary>The server needs a moment until it listens.</summary>
    private static async Task<string> AskAsync(Func<Task<Socket>> connect)
    {
        for (int attempt = 0; ; attempt++)
        {
            try { return await AskAsync(await connect()); }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused && attempt < 200) { await Task.Delay(50); }
        }
    }

    [Fact]
    public async Task A_server_is_reached_as_the_service_reaches_it()
    {
        await DockerFixture.DockerAsync("network", "create", _network);
        await _lab.RunAsync("server", Mirror + "busybox httpd -f -p 7000 -h /tmp/www", "--network", _network, "--network-alias", "server");
        string api = await _lab.RunAsync("api", Mirror + "busybox httpd -f -p 127.0.0.1:7001 -h /tmp/www", "--network", _network, "--add-host", "other:127.0.0.1");
        string address = (await DockerFixture.DockerAsync("inspect", "-f", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", api)).Trim();
        VantageAnswer answer = await ServiceVantages.FindAsync(_lab.Context, ["api"], default);
        Assert.Null(answer.Reason);
        using ServiceVantage vantage = answer.Vantage!;
        Assert.Contains("api", (await _lab.FindAsync("api")).Instances[0].Service);

        // By the name in the network, which this machine does not know, and with the container's address.
        Assert.Contains($"from {address}\n", await AskAsync(() => vantage.ConnectAsync("server", 7000, default)));
        // By its hosts file, to what listens for the container alone.
        Assert.Contains("from 127.0.0.1\n", await AskAsync(() => vantage.ConnectAsync("other", 7001, default)));
        using var here = new TcpClient();
        await Assert.ThrowsAsync<SocketException>(() => here.ConnectAsync("127.0.0.1", 7001));

        // For libraries that connect themselves.
        var failed = new System.Collections.Concurrent.ConcurrentQueue<string>();
        await using (LoopbackRelay relay = vantage.Relay("server", 7000, failed.Enqueue))
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, relay.Port);
            string said = await AskAsync(client.Client);
            Assert.True(said.Contains($"from {address}\n"), said + string.Join("; ", failed));
        }
        SocketException unknown = await Assert.ThrowsAsync<SocketException>(() => vantage.ConnectAsync("nobody-here", 7000, default));
        // The engine asks the machine's own name servers, which may not answer at all.
        Assert.Contains(unknown.SocketErrorCode, (SocketError[])[SocketError.HostNotFound, SocketError.TryAgain, SocketError.TimedOut]);
        // This process stays where it is.
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var own = new TcpClient();
        await own.ConnectAsync(IPAddress.Loopback, ((IPEndPoint)listener.LocalEndpoint).Port);
    }

    [Fact]
    public async Task Where_it_cannot_be_the_reason_is_told()
    {
        await DockerFixture.DockerAsync("network", "create", _network);
        Assert.Contains("which service", (await ServiceVantages.FindAsync(_lab.Context, [], default)).Reason);
        await _lab.RunAsync("api", "exit 0");
        await _lab.UntilAsync("api", s => s.Instances is [{ State: InstanceState.Exited }]);
        Assert.Contains("no instance of api runs", (await ServiceVantages.FindAsync(_lab.Context, ["api"], default)).Reason);
        ServiceInstance ended = (await _lab.FindAsync("api")).Instances[0];
        Assert.Contains("does not run", (await _lab.Platform.StandAtAsync(ended, default)).Reason);
    }

    [Theory]
    [InlineData("db", "ndots:0", "db|db.example.net")]
    [InlineData("db", "", "db.example.net|db")]
    [InlineData("db.local", "", "db.local|db.local.example.net")]
    [InlineData("db.", "", "db.")]
    public void Names_are_asked_for_as_a_container_does(string name, string options, string expected) => Assert.Equal(expected.Split('|'),
        ContainerNames.Candidates(name, [["search", "example.net"], ["options", options]]));

    [Fact]
    public void An_answer_of_a_name_server_is_read_and_anything_else_is_none()
    {
        byte[] question = NameQuestion.Write(7, "db.example.net", 1)!;
        byte[] answer = [.. question, 0xC0, 12, 0, 5, 0, 1, 0, 0, 0, 9, 0, 2, 0xC0, 12, 0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 10, 0, 0, 9];
        (answer[2], answer[7]) = (0x81, 2);
        Assert.Equal([IPAddress.Parse("10.0.0.9")], NameQuestion.Read(answer, 7, 1));
        Assert.Null(NameQuestion.Read(answer, 8, 1));
        answer[3] = 3;
        Assert.Empty(NameQuestion.Read(answer, 7, 1)!);
        answer[3] = 0;
        Assert.Throws<SocketException>(() => NameQuestion.Read(answer.AsSpan(0, answer.Length - 3), 7, 1));
        Assert.Null(NameQuestion.Write(7, "a..b", 1));
    }
}
