using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Health;

/// <summary>A mail server of a few lines, which is all that its certificate takes.</summary>
public sealed class SmtpStartTlsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static async Task<CertificateRecord> ReadAsync(string greeting, string offers, string answer)
    {
        using X509Certificate2 certificate = WebServer.SelfSigned("mail.example.net", 90);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Task<string> served = ServeAsync(listener, certificate, greeting, offers, answer);
        try
        {
            CertificateRecord record = await new CertificateReader(TimeProvider.System).ReadMailServerAsync($"127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}", Patience, default);
            Assert.Equal("EHLO ops.invalid\r\nSTARTTLS\r\n", await served);
            return record;
        }
        finally
        {
            // A certificate that is disposed while a handshake uses it ends the whole process.
            listener.Stop();
            await Task.WhenAny(served);
        }
    }

    private static async Task<string> ServeAsync(TcpListener listener, X509Certificate2 certificate, string greeting, string offers, string answer)
    {
        using TcpClient client = await listener.AcceptTcpClientAsync();
        NetworkStream stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(greeting));
        string heard = await HearAsync(stream);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(offers));
        heard += await HearAsync(stream);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(answer));
        await using var tls = new SslStream(stream);
        await tls.AuthenticateAsServerAsync(certificate);
        return heard;
    }

    private static async Task<string> HearAsync(Stream stream)
    {
        var text = new StringBuilder();
        byte[] one = new byte[1];
        while (!text.ToString().EndsWith("\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one) == 1) text.Append((char)one[0]);
        return text.ToString();
    }

    [Theory]
    [InlineData("220 mail ESMTP\r\n", "250-mail\r\n250-SIZE 1000\r\n250 STARTTLS\r\n", "220 go on\r\n")]
    [InlineData("220-mail\r\n220 well\r\n", "250-mail\r\n250-starttls\r\n250 8BITMIME\r\n", "220\r\n")]
    public async Task What_it_serves_after_STARTTLS_is_read(string greeting, string offers, string answer) =>
        Assert.Equal("CN=mail.example.net", (await ReadAsync(greeting, offers, answer)).Subject);

    [Theory]
    [InlineData("220 mail\r\n", "250-mail\r\n250 SIZE 1000\r\n", "", "offers no STARTTLS")]
    [InlineData("220 mail\r\n", "250 STARTTLS\r\n", "", "offers no STARTTLS")]
    [InlineData("554 go away\r\n", "", "", "greeted with 554 go away")]
    [InlineData("220 mail\r\n", "250-mail\r\n250 STARTTLS\r\n", "454 not now.\r\n", "answered STARTTLS with 454 not now.")]
    [InlineData("HTTP/1.1 400 Bad Request\r\n", "", "", "no mail server")]
    public async Task What_does_not_begin_TLS_says_why(string greeting, string offers, string answer, string expected)
    {
        var error = await Assert.ThrowsAsync<OpsException>(() => ReadAsync(greeting, offers, answer));
        Assert.Equal("EndpointTls", error.ErrorId);
        Assert.Contains(expected, error.Message);
    }
}
