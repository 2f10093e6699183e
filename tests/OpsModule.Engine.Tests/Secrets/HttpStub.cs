using System.Collections.Concurrent;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace OpsModule.Engine.Tests.Secrets;

/// <summary>One request.</summary>
internal sealed record StubRequest(string Method, string Path, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public string Header(string name) => Headers.GetValueOrDefault(name, "");
}

/// <summary>A small HTTP server of the tests, no product: what it answers is what the test says.</summary>
internal abstract class HttpStub(X509Certificate2? certificate = null) : Fixtures.LoopbackServer
{
    public string Url => $"{(certificate is null ? "http" : "https")}://127.0.0.1:{Port}";

    /// <summary>What was asked: first lines and headers.</summary>
    public ConcurrentQueue<string> Asked { get; } = new();

    protected abstract (int Status, string Body, string Headers) Answer(StubRequest request);

    protected override async Task ServeAsync(TcpClient client)
    {
        await using Stream stream = await OpenAsync(client);
        var bytes = new List<byte>();
        byte[] buffer = new byte[8192];
        int end;
        while ((end = Encoding.Latin1.GetString([.. bytes]).IndexOf("\r\n\r\n", StringComparison.Ordinal)) < 0)
        {
            int read = await stream.ReadAsync(buffer, Stopped);
            if (read == 0) return;
            bytes.AddRange(buffer.AsSpan(0, read));
        }
        string head = Encoding.Latin1.GetString([.. bytes[..end]]);
        string[] lines = head.Split("\r\n");
        Dictionary<string, string> headers = lines.Skip(1).Select(l => l.Split(':', 2)).ToDictionary(l => l[0], l => l[1].Trim(), StringComparer.OrdinalIgnoreCase);
        int length = headers.TryGetValue("Content-Length", out string? given) ? int.Parse(given) : 0;
        while (bytes.Count < end + 4 + length) bytes.AddRange(buffer.AsSpan(0, await stream.ReadAsync(buffer, Stopped)));
        Asked.Enqueue(head);
        string[] first = lines[0].Split(' ');
        (int status, string body, string more) = Answer(new StubRequest(first[0], first[1], headers, Encoding.UTF8.GetString([.. bytes[(end + 4)..]])));
        await stream.WriteAsync(Encoding.UTF8.GetBytes($"HTTP/1.1 {status} Said\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\nConnection: close\r\n{more}\r\n{body}"), Stopped);
    }

    private async Task<Stream> OpenAsync(TcpClient client)
    {
        if (certificate is null) return client.GetStream();
        var tls = new SslStream(client.GetStream());
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, Stopped);
        return tls;
    }
}
