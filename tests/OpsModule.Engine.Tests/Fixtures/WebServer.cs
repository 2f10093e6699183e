using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;

namespace OpsModule.Engine.Tests.Fixtures;

/// <summary>A small web server on loopback that answers well, badly, in circles, or not at all; with or without TLS.</summary>
public sealed class WebServer(X509Certificate2? certificate = null) : LoopbackServer
{
    public string Url(string path, string host = "127.0.0.1") => $"{(certificate is null ? "http" : "https")}://{host}:{Port}{path}";

    /// <summary>Everything that was asked, whole requests.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>Where <c>/elsewhere</c> redirects to.</summary>
    public string Elsewhere { get; set; } = "/ok";

    /// <summary>What is answered first, one after another, whatever is asked: a status, and headers that each end their line.</summary>
    public ConcurrentQueue<(string Status, string Headers)> First { get; } = new();

    /// <summary>A certificate of its own issuing.</summary>
    public static X509Certificate2 SelfSigned(string name, int days, params IPAddress[] addresses)
    {
        using RSA key = RSA.Create(2048);
        var request = new CertificateRequest("CN=" + name, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        foreach (IPAddress address in addresses) names.AddIpAddress(address);
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(Math.Min(-1, days - 10)), DateTimeOffset.UtcNow.AddDays(days));
    }

    protected override async Task ServeAsync(TcpClient client)
    {
        await using Stream stream = await OpenAsync(client);
        while (await ReadRequestAsync(stream) is { } request)
        {
            if (!char.IsAsciiLetterUpper(request[0]))
            {
                // TLS or another protocol on a plain port is answered as web servers do.
                await stream.WriteAsync("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"u8.ToArray(), Stopped);
                return;
            }
            Requests.Enqueue(request);
            string path = request.Split(' ')[1];
            if (path == "/never") await Task.Delay(Timeout.Infinite, Stopped);
            (string status, string body, string headers) = First.TryDequeue(out (string Status, string Headers) first) ? (first.Status, "", first.Headers) : Answer(path);
            await stream.WriteAsync(Encoding.UTF8.GetBytes($"HTTP/1.1 {status}\r\nContent-Length: {(path == "/broken" ? 1000 : Encoding.UTF8.GetByteCount(body))}\r\n{headers}\r\n{body}"), Stopped);
            if (path == "/broken") return;
        }
    }

    private async Task<Stream> OpenAsync(TcpClient client)
    {
        if (certificate is null) return client.GetStream();
        var tls = new SslStream(client.GetStream());
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, Stopped);
        return tls;
    }

    private (string Status, string Body, string Headers) Answer(string path) => path switch
    {
        "/ok" => ("200 OK", """{"status": "ok", "deep": {"items": [{"lag": 7}, {"lag": 42}], "ready": false}}""", "Content-Type: application/json\r\n"),
        "/page" => ("200 OK", "<h1>All systems go</h1>", ""),
        "/bad" => ("503 Service Unavailable", "no database", ""),
        "/queues" => ("200 OK", """[{"name": "mail", "messages_ready": 7}, {"name": "billing", "messages_ready": 1200}]""", "Content-Type: application/json\r\n"),
        "/loop" => ("302 Found", "", "Location: /pool\r\n"),
        "/pool" => ("302 Found", "", "Location: /loop\r\n"),
        "/file" => ("302 Found", "", "Location: file:///etc/passwd\r\n"),
        "/elsewhere" => ("307 Temporary Redirect", "", $"Location: {Elsewhere}\r\n"),
        // Promises more than it sends.
        "/broken" => ("200 OK", "half", ""),
        _ => ("404 Not Found", "", ""),
    };

    /// <summary>A whole request, with the body that its length tells of.</summary>
    private async Task<string?> ReadRequestAsync(Stream stream)
    {
        var bytes = new List<byte>();
        byte[] buffer = new byte[4096];
        while (true)
        {
            string text = Encoding.UTF8.GetString([.. bytes]);
            if (text.Length > 0 && !char.IsAsciiLetterUpper(text[0])) return text;
            int end = Encoding.Latin1.GetString([.. bytes]).IndexOf("\r\n\r\n", StringComparison.Ordinal);
            Match length = Regex.Match(text, "\r\nContent-Length: ([0-9]+)\r\n", RegexOptions.IgnoreCase);
            if (end >= 0 && bytes.Count >= end + 4 + (length.Success ? int.Parse(length.Groups[1].Value) : 0)) return text;
            int read = await stream.ReadAsync(buffer, Stopped);
            if (read == 0) return null;
            bytes.AddRange(buffer.AsSpan(0, read));
        }
    }
}
