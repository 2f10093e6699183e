using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace OpsModule.Engine.Platforms.Docker;

/// <summary>
/// A connection that the engine has handed over to a program. HttpClient can upgrade a connection, too, but not close one direction of it,
/// which is how a program learns that its input has ended.
/// </summary>
internal sealed class DockerSession : IAsyncDisposable
{
    private const int MaxHeader = 16 * 1024, MaxError = 64 * 1024;

    private DockerSession(Stream stream) => Stream = stream;

    /// <summary>What is written is the program's input, what is read its output, in frames.</summary>
    public Stream Stream { get; }

    /// <summary>Posts a command and takes the connection over.</summary>
    public static async Task<DockerSession> OpenAsync(DockerEndpoint endpoint, string path, object body, CancellationToken ct)
    {
        Stream stream = await DockerConnection.ConnectAsync(endpoint, ct).ConfigureAwait(false);
        try
        {
            byte[] content = JsonSerializer.SerializeToUtf8Bytes(body);
            string host = endpoint.IsLocal ? "docker" : endpoint.Address.Authority;
            string head = $"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {content.Length}\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n";
            await stream.WriteAsync((byte[])[.. Encoding.ASCII.GetBytes(head), .. content], ct).ConfigureAwait(false);
            HttpStatusCode status = Status(await HeaderAsync(stream, ct).ConfigureAwait(false), path);
            if (status is HttpStatusCode.SwitchingProtocols or HttpStatusCode.OK) return new DockerSession(stream);
            throw DockerEngine.Refused(status, await RestAsync(stream, ct).ConfigureAwait(false), path);
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Tells the program that its input has ended.</summary>
    public async Task EndInputAsync(CancellationToken ct)
    {
        await Stream.FlushAsync(ct).ConfigureAwait(false);
        if (Stream is NetworkStream plain) plain.Socket.Shutdown(SocketShutdown.Send);
        else if (Stream is SslStream secured) await secured.ShutdownAsync().ConfigureAwait(false);
        // A named pipe has no directions to close; an empty message is how the engine's Windows side tells the end.
        else await Stream.WriteAsync(ReadOnlyMemory<byte>.Empty, ct).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Stream.DisposeAsync();

    /// <summary>Byte by byte, since what follows the header is the program's.</summary>
    private static async Task<string> HeaderAsync(Stream stream, CancellationToken ct)
    {
        var header = new List<byte>(256);
        byte[] one = new byte[1];
        while (header.Count < MaxHeader && await stream.ReadAsync(one, ct).ConfigureAwait(false) == 1)
        {
            header.Add(one[0]);
            if (one[0] == '\n' && header is [.., (byte)'\r', (byte)'\n', (byte)'\r', (byte)'\n']) break;
        }
        return Encoding.ASCII.GetString([.. header]);
    }

    private static HttpStatusCode Status(string header, string path) =>
        header.StartsWith("HTTP/1.", StringComparison.Ordinal) && header.Length > 12 && int.TryParse(header.AsSpan(9, 3), CultureInfo.InvariantCulture, out int status)
            ? (HttpStatusCode)status : throw DockerEngine.Unreadable(path);

    private static async Task<string> RestAsync(Stream stream, CancellationToken ct)
    {
        byte[] buffer = new byte[MaxError];
        int length = await stream.ReadAsync(buffer, ct).ConfigureAwait(false);
        return Encoding.UTF8.GetString(buffer, 0, length);
    }
}
