using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;
using OpsModule.Engine.Outlets.Alerts;
using OpsModule.Engine.Signals;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Alerts;

public sealed class MailTests : IDisposable
{
    private readonly AlertLab _lab = new();
    private readonly TestAuthority _authority = new();

    public MailTests() => _lab.Folder.Write("ca.pem", _authority.Pem);

    public void Dispose()
    {
        _authority.Dispose();
        _lab.Dispose();
    }

    [Theory]
    [InlineData(false, "PLAIN LOGIN")]
    [InlineData(false, "CRAM-MD5 LOGIN")]
    [InlineData(true, "PLAIN")]
    [InlineData(false, "LOGIN PLAIN SCRAM-SHA-256")]
    public async Task MailIsSentOverTlsToAServerThatAsksForALogin(bool tlsAtOnce, string ways)
    {
        await using var sink = new SmtpSink(Certificate(), tlsAtOnce, AlertLab.Secret, ways);
        Assert.Equal("Delivered: firing, to a@example.net, b@example.net by 127.0.0.1:" + sink.Port, await SendAsync(Server(sink, tlsAtOnce ? "tls" : "starttls", login: true)));
        string mail = Assert.Single(sink.Mails);
        Assert.Equal(["RCPT TO:<a@example.net>", "RCPT TO:<b@example.net>"], sink.Lines.Where(l => l.Contains("RCPT")).Select(l => l[1..]));
        Assert.All(sink.Lines.Where(l => l.Contains("AUTH") || l.Contains("MAIL FROM")), l => Assert.StartsWith("-", l));
        Assert.Contains("From: Lab <lab@example.net>\r\n", mail);
        Assert.Contains("To: a@example.net, b@example.net\r\n", mail);
        Assert.Contains("Date: Sat, 21 Nov 2026 03:00:00 +0000\r\n", mail);
        Assert.All(mail.Split("\r\n"), l => Assert.True(l.Length <= 78 && l.All(c => c is >= ' ' and < (char)127), l));
        Assert.StartsWith("It is full.\r\n\r\nClear it.\r\n\r\nEnvironment: lab\r\n", Body(mail));
    }

    [Fact]
    public async Task ASubjectInAnyScriptIsEncodedAndCannotBecomeAHeader()
    {
        await using var sink = new SmtpSink(Certificate());
        await SendAsync(Server(sink, "starttls"), AlertLab.Bad("Müller & Söhne 日本 😀\r\nBcc: evil@example.net " + new string('ü', 150), message: ".\r\n..dots\r\n\x1b[31mred\0"));
        string mail = Assert.Single(sink.Mails);
        string headers = mail.Split("\r\n\r\n")[0];
        Assert.DoesNotContain("\r\nBcc:", headers);
        string subject = Regex.Match(headers, "Subject: ([^\r\n]*(?:\r\n [^\r\n]*)*)").Groups[1].Value;
        // Between two encoded words a blank is none.
        string decoded = Regex.Replace(Regex.Replace(subject.Replace("\r\n", ""), @"\?= =\?", "?==?"), @"=\?utf-8\?b\?([^?]*)\?=", w => Encoding.UTF8.GetString(Convert.FromBase64String(w.Groups[1].Value)), RegexOptions.IgnoreCase);
        Assert.StartsWith("[CRITICAL] lab: Müller & Söhne 日本 😀 Bcc: evil@example.net üüü", decoded);
        Assert.DoesNotContain('\ufffd', decoded);
        Assert.StartsWith(".\r\n..dots\r\n [31mred ", Body(mail));
    }

    [Fact]
    public async Task WithoutTlsNothingIsSentUnlessItIsSaid()
    {
        await using var sink = new SmtpSink();
        Assert.Equal($"Failed: 127.0.0.1:{sink.Port} does not offer STARTTLS, and nothing is sent without it", await SendAsync(Server(sink, "starttls")));
        Assert.Equal("Delivered", (await SendAsync(Server(sink, "none"))).Split(':')[0]);
    }

    [Fact]
    public async Task ACertificateThatIsNotTrustedEndsItBeforeTheLogin()
    {
        await using var sink = new SmtpSink(WebServer.SelfSigned("127.0.0.1", 100, IPAddress.Loopback), password: AlertLab.Secret);
        Assert.Contains("no trusted TLS connection", await SendAsync(Server(sink, "starttls", login: true)));
        Assert.DoesNotContain(sink.Lines, l => l.Contains("AUTH"));
    }

    [Fact]
    public async Task WhatTheServerRefusesIsSaidAndALoginIsNot()
    {
        await using var sink = new SmtpSink(Certificate(), password: "another") { Recipient = "550 no such user" };
        string refused = await SendAsync(Server(sink, "starttls", login: true));
        Assert.Equal($"Failed: 127.0.0.1:{sink.Port} answers to the login of ops: 535", refused);
        await using var open = new SmtpSink(Certificate()) { Recipient = "550 no such user" };
        Assert.Equal($"Failed: 127.0.0.1:{open.Port} answers to RCPT TO:<a@example.net>: 550 no such user", await SendAsync(Server(open, "starttls")));
    }

    [Theory]
    [InlineData("none", "554 5.7.1 go away", null, "SERVER answers to the connection: 554 5.7.1 go away")]
    [InlineData("none", "hello there", null, "SERVER hung up, or does not speak SMTP")]
    [InlineData("none", "220 sink ESMTP", "550 not you", "SERVER answers to MAIL FROM:<lab@example.net>: 550 not you")]
    [InlineData("tls", "220 sink ESMTP", null, "no trusted TLS connection to SERVER: what answers does not speak TLS")]
    public async Task WhatAServerSaysInPlaceOfTakingTheMailIsNamed(string tls, string greeting, string? sender, string expected)
    {
        await using var sink = new SmtpSink { Greeting = greeting, Sender = sender };
        Assert.Equal("Failed: " + expected.Replace("SERVER", $"127.0.0.1:{sink.Port}"), await SendAsync(Server(sink, tls)));
        Assert.Empty(sink.Mails);
    }

    [Fact]
    public async Task NobodyThereIsSaid()
    {
        string server;
        await using (var sink = new SmtpSink()) server = Server(sink, "none");
        Assert.Equal("Failed: the connection is refused, nothing listens there", await SendAsync(server));
    }

    [Theory]
    [InlineData("GSSAPI CRAM-MD5")]
    [InlineData("")]
    public async Task AServerThatOffersNoLoginWithAPasswordIsToldNone(string ways)
    {
        await using var sink = new SmtpSink(Certificate(), password: AlertLab.Secret, ways: ways);
        Assert.Equal($"Failed: 127.0.0.1:{sink.Port} offers no login with a password", await SendAsync(Server(sink, "starttls", login: true)));
        Assert.DoesNotContain(sink.Lines, l => l.Contains("AUTH"));
    }

    [Fact]
    public void WhatOnlyEncryptedMailNeedsIsNotThere()
    {
        string[] here = [.. Directory.GetFiles(AppContext.BaseDirectory, "*.dll").Select(f => Path.GetFileName(f)!)];
        Assert.Contains("MailKit.dll", here);
        Assert.DoesNotContain(here, f => f is "BouncyCastle.Cryptography.dll" or "System.Security.Cryptography.Pkcs.dll" or "Microsoft.Bcl.Cryptography.dll");
    }

    [Fact]
    public async Task AServerThatSaysNothingCostsNoMoreThanItsTime()
    {
        await using var silent = new SilentServer();
        Assert.Equal("Failed: no answer in 1 s", await SendAsync($"{{ host: 127.0.0.1, port: {silent.Port}, tls: none, from: lab@example.net, to: [ a@example.net ] }}, timeout: 1s"));
    }

    private X509Certificate2 Certificate() => _authority.Issue("mail.test", 100, IPAddress.Loopback);

    private string Server(SmtpSink sink, string tls, bool login = false)
    {
        _lab.Folder.Write("mail.secret", AlertLab.Secret);
        return $"{{ host: 127.0.0.1, port: {sink.Port}, tls: {tls}, ca: ca.pem, {(login ? "user: ops, password: \"file:mail.secret\", " : "")}from: \"Lab <lab@example.net>\", to: [ a@example.net, b@example.net ] }}";
    }

    private async Task<string> SendAsync(string smtp, Alert? alert = null)
    {
        AlertDelivery delivery = Assert.Single(await new AlertService(_lab.Context($"alerts: {{ repeat: 0s, receivers: {{ mail: {{ smtp: {smtp} }} }} }}")).SendAsync(alert ?? AlertLab.Bad(), null, default));
        return $"{delivery.Outcome}: {delivery.Message}";
    }

    private static string Body(string mail) => Encoding.UTF8.GetString(Convert.FromBase64String(mail.Split("\r\n\r\n")[1]));

    private sealed class SilentServer : LoopbackServer
    {
        protected override Task ServeAsync(System.Net.Sockets.TcpClient client) => Task.Delay(Timeout.Infinite, Stopped);
    }
}
