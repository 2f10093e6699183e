using System.Net;
using System.Net.Sockets;
using System.Text;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Network;

namespace OpsModule.Engine.Tests.Services;

/// <summary>What is said at one end arrives at the other, and the end of it, too.</summary>
public sealed class LoopbackRelayTests
{
    [Fact]
    public async Task Both_sides_are_heard_to_their_ends()
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        await using LoopbackRelay relay = LoopbackRelay.Open(0, ("127.0.0.1", ((IPEndPoint)server.LocalEndpoint).Port), _ => { });
        Task<string> served = Task.Run(async () =>
        {
            using TcpClient taken = await server.AcceptTcpClientAsync();
            NetworkStream stream = taken.GetStream();
            string heard = await new StreamReader(stream).ReadToEndAsync();
            // The client has said all, and still waits for the answer.
            await stream.WriteAsync(Encoding.UTF8.GetBytes("answer to " + heard.Length));
            return heard;
        });
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", relay.Port);
        string said = new('x', 1_000_000);
        NetworkStream there = client.GetStream();
        await there.WriteAsync(Encoding.UTF8.GetBytes(said));
        client.Client.Shutdown(SocketShutdown.Send);
        Assert.Equal("answer to 1000000", await new StreamReader(there).ReadToEndAsync());
        Assert.Equal(said, await served);
        Assert.Equal("LocalPortTaken", Assert.Throws<OpsException>(() => LoopbackRelay.Open(relay.Port, ("127.0.0.1", 1), _ => { })).ErrorId);
    }

    [Fact]
    public async Task A_target_that_takes_nobody_is_told_and_the_client_hears_the_end()
    {
        var failed = new TaskCompletionSource<string>();
        await using LoopbackRelay relay = LoopbackRelay.Open(0, ("127.0.0.1", FreePorts.Take()), failed.SetResult);
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", relay.Port);
        Assert.Equal(0, await client.GetStream().ReadAsync(new byte[1]));
        Assert.Contains("took no connection", await failed.Task.WaitAsync(TimeSpan.FromSeconds(30)));
    }
}
