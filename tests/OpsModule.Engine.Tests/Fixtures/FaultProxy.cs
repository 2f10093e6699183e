using System.Net;
using System.Net.Sockets;
using System.Text;

namespace OpsModule.Engine.Tests.Fixtures;

/// <summary>What a proxied connection suffers.</summary>
public enum Fault
{
    /// <summary>Closed in the middle of what the client sends.</summary>
    CloseRequest,
    /// <summary>Closed in the middle of what the server sends.</summary>
    CloseResponse,
    /// <summary>Neither side's bytes go on.</summary>
    Stall,
    /// <summary>Answered 503 SlowDown without asking the server.</summary>
    SlowDown,
    /// <summary>The server does it, but its answer is lost.</summary>
    LoseAnswer,
}

/// <summary>Stands between a client and a server on loopback and does harm to requests, as many as it is told to.</summary>
public sealed class FaultProxy(int targetPort) : LoopbackServer
{
    private Fault _fault;
    private string _trigger = "";
    private int _left;

    /// <summary>How many requests have suffered.</summary>
    public int Done { get; private set; }

    /// <summary>Harms the next requests whose first bytes contain the trigger, for example <c>partNumber=2</c>.</summary>
    public void Harm(Fault fault, string trigger, int times) => (_fault, _trigger, _left) = (fault, trigger, times);

    protected override async Task ServeAsync(TcpClient client)
    {
        using var server = new TcpClient();
        await server.ConnectAsync(IPAddress.Loopback, targetPort, Stopped);
        var state = new Connection();
        await Task.WhenAny(
            PumpAsync(client.GetStream(), server.GetStream(), state, fromClient: true),
            PumpAsync(server.GetStream(), client.GetStream(), state, fromClient: false));
    }

    private async Task PumpAsync(NetworkStream from, NetworkStream to, Connection state, bool fromClient)
    {
        byte[] buffer = new byte[64 * 1024];
        while (true)
        {
            int count = await from.ReadAsync(buffer, Stopped);
            if (count == 0) return;
            if (fromClient && state.Fault is null) Choose(buffer.AsSpan(0, count), state);
            switch (state.Fault)
            {
                case Fault.Stall:
                    await Task.Delay(Timeout.Infinite, Stopped);
                    return;
                case Fault.SlowDown when fromClient:
                    await from.WriteAsync("HTTP/1.1 503 Slow Down\r\nConnection: close\r\nContent-Type: application/xml\r\nContent-Length: 50\r\n\r\n<Error><Code>SlowDown</Code><Message/></Error>    "u8.ToArray());
                    return;
                case Fault.CloseRequest when fromClient && (state.Seen += count) > 300_000:
                case Fault.CloseResponse when !fromClient && (state.Seen += count) > 300_000:
                case Fault.LoseAnswer when !fromClient:
                    return;
                default:
                    await to.WriteAsync(buffer.AsMemory(0, count), Stopped);
                    break;
            }
        }
    }

    private void Choose(ReadOnlySpan<byte> bytes, Connection state)
    {
        if (_left == 0 || !Encoding.Latin1.GetString(bytes).Contains(_trigger, StringComparison.Ordinal)) return;
        _left--;
        Done++;
        state.Fault = _fault;
    }

    private sealed class Connection
    {
        public Fault? Fault { get; set; }
        public long Seen { get; set; }
    }
}
