using System.Net.WebSockets;
using System.Text;

namespace OpsModule.Engine.Tests.Rollouts.Lab;

/// <summary>A websocket that is sent something and says the same. It reads all the time, as clients do, so that it knows when the other
/// side goes.</summary>
internal sealed class EchoSocket : IAsyncDisposable
{
    private readonly ClientWebSocket _socket = new();
    private readonly CancellationTokenSource _over = new();
    private readonly byte[] _buffer = new byte[256];
    private Task<WebSocketReceiveResult>? _reading;
    private int _number;

    public static async Task<EchoSocket> OpenAsync(string host, int port, TimeSpan patience)
    {
        var echo = new EchoSocket();
        using var limit = new CancellationTokenSource(patience);
        try
        {
            await echo._socket.ConnectAsync(new Uri($"ws://{host}:{port}/ws"), limit.Token);
            echo._reading = echo._socket.ReceiveAsync(echo._buffer, echo._over.Token);
            return echo;
        }
        catch
        {
            await echo.DisposeAsync();
            throw;
        }
    }

    /// <summary>Sends one message and waits for it; false when the other side has said by a close frame that it goes.</summary>
    public async Task<bool> EchoAsync(TimeSpan patience)
    {
        string text = $"message {_number++}";
        Exception? unsent = null;
        if (!_reading!.IsCompleted)
        {
            try { await _socket.SendAsync(Encoding.ASCII.GetBytes(text), WebSocketMessageType.Text, true, _over.Token); }
            catch (WebSocketException e) { unsent = e; /* the close frame may have come meanwhile */ }
        }
        WebSocketReceiveResult got = await _reading.WaitAsync(unsent is null ? patience : TimeSpan.FromSeconds(1));
        if (got.MessageType == WebSocketMessageType.Close)
        {
            try { await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, _over.Token); }
            catch (WebSocketException) { /* it has gone already */ }
            return false;
        }
        if (unsent is not null) throw unsent;
        if (Encoding.ASCII.GetString(_buffer, 0, got.Count) != text) throw new IOException("another message came back");
        _reading = _socket.ReceiveAsync(_buffer, _over.Token);
        return true;
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        if (_reading is not null) await ((Task)_reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _socket.Dispose();
        _over.Dispose();
    }
}
