using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace OpsModule.Connections.Proxies;

/// <summary>
/// One request over one connection. .NET's client cannot leave the host out (Caddy's admin socket takes no other) and tries again by itself
/// what is to be counted here.
/// </summary>
internal static class PlainHttp
{
    private const int MostBytes = 16 * 1024 * 1024;

    /// <summary>Asks, and reads the whole answer.</summary>
    /// <param name="route">Whom.</param>
    /// <param name="method">GET, PATCH.</param>
    /// <param name="path">The path.</param>
    /// <param name="host">The host that is named.</param>
    /// <param name="headers">More headers, each of letters that need no quotes.</param>
    /// <param name="body">A body of JSON; null for none.</param>
    /// <param name="limit">How long it may take.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="IOException">It has not answered (in time, or as HTTP is).</exception>
    public static async Task<PlainAnswer> AskAsync(ProxyRoute route, string method, string path, string host,
        IReadOnlyDictionary<string, string>? headers, string? body, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var time = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        time.CancelAfter(limit);
        var head = new StringBuilder($"{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nUser-Agent: OpsModule\r\n");
        foreach ((string name, string value) in headers ?? new Dictionary<string, string>()) head.Append(CultureInfo.InvariantCulture,
            $"{name}: {value}\r\n");
        byte[] content = body is null ? [] : Encoding.UTF8.GetBytes(body);
        if (body is not null) head.Append(CultureInfo.InvariantCulture,
            $"Content-Type: application/json\r\nContent-Length: {content.Length}\r\n");
        try
        {
            await using NetworkStream stream = await route.ConnectAsync(time.Token).ConfigureAwait(false);
            await stream.WriteAsync((byte[])[.. Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), .. content],
                time.Token).ConfigureAwait(false);
            return Parse(await ReadAsync(stream, time.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"{route} has not answered within {limit.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture)} s");
        }
        catch (SocketException e) { throw new IOException($"{route}: {e.Message}", e); }
    }

    private static async Task<byte[]> ReadAsync(NetworkStream stream, CancellationToken ct)
    {
        using var all = new MemoryStream();
        byte[] buffer = new byte[32 * 1024];
        while (await stream.ReadAsync(buffer, ct).ConfigureAwait(false) is var read and > 0)
        {
            all.Write(buffer, 0, read);
            if (all.Length > MostBytes) throw new IOException("its answer is too long");
        }
        return all.ToArray();
    }

    private static PlainAnswer Parse(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOf("\r\n\r\n"u8);
        if (end < 0) throw new IOException(bytes.Length == 0 ? "it closed the connection without an answer" : "its answer is not HTTP");
        string[] lines = Encoding.Latin1.GetString(bytes[..end]).Split("\r\n");
        if (lines[0].Split(' ') is not [var version, var code, ..] || !version.StartsWith("HTTP/1.", StringComparison.Ordinal)
            || !int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture,
                out int status)) throw new IOException("its answer is not HTTP");
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        Take(lines.AsSpan(1), headers);
        ReadOnlySpan<byte> body = bytes[(end + 4)..];
        if (headers.TryGetValue("Transfer-Encoding", out string? coding) && coding == "chunked") return new PlainAnswer(status, headers,
            Chunks(body, headers));
        if (headers.TryGetValue("Content-Length", out string? length) && int.TryParse(length, NumberStyles.None,
            CultureInfo.InvariantCulture, out int size)
            && body.Length < size) throw new IOException("it closed the connection within its answer");
        return new PlainAnswer(status, headers, Encoding.UTF8.GetString(body));
    }

    private static string Chunks(ReadOnlySpan<byte> body, Dictionary<string, string> headers)
    {
        var all = new List<byte>(body.Length);
        while (true)
        {
            int line = body.IndexOf("\r\n"u8);
            if (line < 0 || !int.TryParse(Encoding.ASCII.GetString(body[..line]).Split(';')[0], NumberStyles.HexNumber,
                CultureInfo.InvariantCulture, out int size)
                || size < 0 || body.Length < line + 2 + size) throw new IOException("it closed the connection within its answer");
            body = body[(line + 2)..];
            if (size == 0) break;
            all.AddRange(body[..size]);
            body = body[size..];
            if (body.StartsWith("\r\n"u8)) body = body[2..];
        }
        // What is told after the body: Caddy's ETag.
        Take(Encoding.Latin1.GetString(body).Split("\r\n"), headers);
        return Encoding.UTF8.GetString([.. all]);
    }

    private static void Take(ReadOnlySpan<string> lines, Dictionary<string, string> headers)
    {
        foreach (string line in lines)
            if (line.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon) headers[line[..colon]] = line[(colon + 1)..].Trim();
    }
}
