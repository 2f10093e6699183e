using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace OpsModule.Engine.Tests.Rollouts.Lab;

/// <summary>
/// One connection of one client. A client of its own, because .NET's tries again by itself what failed, and a load that hides failures
/// proves nothing.
/// </summary>
internal sealed class HttpConnection : IDisposable
{
    private const int UploadPieces = 50;

    private readonly Socket _socket;
    private readonly byte[] _buffer = new byte[16 * 1024];
    private int _have;

    private HttpConnection(Socket socket) => _socket = socket;

    /// <summary>False when the other side has closed it, as it may while nothing is asked.</summary>
    public bool IsOpen => !_socket.Poll(0, SelectMode.SelectRead);

    /// <summary>True once something was sent.</summary>
    public bool HasSent { get; private set; }

    public static async Task<HttpConnection> OpenAsync(int port, CancellationToken ct, string host = "127.0.0.1")
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Parse(host), port), ct);
            return new HttpConnection(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Asks over a connection that was kept; null when it was closed before a byte of the answer came.</summary>
    public async Task<HttpAnswer?> TryAskAsync(bool post, byte[]? body, bool keep, CancellationToken ct)
    {
        try { return await AskAsync(post, body, keep, null, ct); }
        catch (Exception e) when (_have == 0 && e is IOException or SocketException) { return null; }
    }

    /// <summary>Asks; the body may be sent slowly.</summary>
    public async Task<HttpAnswer> AskAsync(bool post, byte[]? body, bool keep, TimeSpan? during, CancellationToken ct)
    {
        _have = 0;
        string head = $"{(post ? "POST" : "GET")} /load HTTP/1.1\r\nHost: lab\r\n{(body is null ? "" : $"Content-Length: "
            + $"{body.Length}\r\n")}"
            + $"{(keep ? "" : "Connection: close\r\n")}\r\n";
        if (during is null)
        {
            byte[] request = [.. Encoding.ASCII.GetBytes(head), .. body ?? []];
            await SendAsync(request, ct);
        }
        else
        {
            await SendAsync(Encoding.ASCII.GetBytes(head), ct);
            int piece = body!.Length / UploadPieces;
            for (int number = 0; number < UploadPieces; number++)
            {
                await Task.Delay(during.Value / UploadPieces, ct);
                await SendAsync(body.AsMemory(number * piece, number == UploadPieces - 1 ? body.Length - number * piece : piece), ct);
            }
        }
        return await ReadAsync(ct);
    }

    public void Dispose() => _socket.Dispose();

    private async Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken ct)
    {
        while (bytes.Length > 0) bytes = bytes[await _socket.SendAsync(bytes, ct)..];
        HasSent = true;
    }

    private async Task<HttpAnswer> ReadAsync(CancellationToken ct)
    {
        int end;
        while ((end = _buffer.AsSpan(0, _have).IndexOf("\r\n\r\n"u8)) < 0) await MoreAsync(ct);
        string[] lines = Encoding.ASCII.GetString(_buffer, 0, end).Split("\r\n");
        int status = int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture);
        if (Header(lines, "Content-Length") is not { } text) throw new IOException($"an answer with status {status} and no length");
        int length = int.Parse(text, CultureInfo.InvariantCulture);
        while (_have < end + 4 + length) await MoreAsync(ct);
        bool closes = string.Equals(Header(lines, "Connection"), "close", StringComparison.OrdinalIgnoreCase);
        return new HttpAnswer(status, Encoding.ASCII.GetString(_buffer, end + 4, length), closes);
    }

    private async Task MoreAsync(CancellationToken ct)
    {
        if (_have == _buffer.Length) throw new IOException("an answer that is too long");
        int read = await _socket.ReceiveAsync(_buffer.AsMemory(_have), ct);
        if (read == 0) throw new IOException(_have == 0 ? "closed before an answer" : "closed within an answer");
        _have += read;
    }

    private static string? Header(string[] lines, string name) =>
        lines.FirstOrDefault(l => l.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..].Trim();
}
