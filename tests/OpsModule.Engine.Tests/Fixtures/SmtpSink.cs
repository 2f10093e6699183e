using System.Collections.Concurrent;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace OpsModule.Engine.Tests.Fixtures;

/// <summary>A mail server that keeps what it is given. With a certificate it speaks STARTTLS, or TLS from the first byte; it can ask for a login.</summary>
public sealed class SmtpSink(X509Certificate2? certificate = null, bool tlsAtOnce = false, string? password = null, string ways = "PLAIN LOGIN") : LoopbackServer
{
    public const string User = "ops";

    /// <summary>Whole mails, as they were sent.</summary>
    public ConcurrentQueue<string> Mails { get; } = new();

    /// <summary>Every line that was said, with - in front where it came over TLS.</summary>
    public ConcurrentQueue<string> Lines { get; } = new();

    /// <summary>What is answered to RCPT.</summary>
    public string Recipient { get; set; } = "250 ok";

    protected override async Task ServeAsync(TcpClient client)
    {
        Stream stream = client.GetStream();
        if (tlsAtOnce) stream = await EncryptAsync(stream);
        bool known = password is null;
        await SayAsync("220 sink ESMTP");
        while (await HearAsync() is { } line)
        {
            string verb = line.Split(' ')[0].ToUpperInvariant();
            switch (verb)
            {
                case "EHLO":
                    bool offered = certificate is not null && stream is not SslStream;
                    await SayAsync("250-sink greets you" + (offered ? "\r\n250-STARTTLS" : "") + (password is not null && !offered ? $"\r\n250-AUTH {ways}" : "") + "\r\n250 SIZE 1000000");
                    break;
                case "STARTTLS" when certificate is not null:
                    await SayAsync("220 go on");
                    stream = await EncryptAsync(stream);
                    break;
                case "AUTH":
                    string[] words = line.Split(' ');
                    string given = words[1] == "PLAIN" ? Decode(words[2]) : $"\0{Decode(await AskAsync("VXNlcm5hbWU6"))}\0{Decode(await AskAsync("UGFzc3dvcmQ6"))}";
                    known = given == $"\0{User}\0{password}";
                    await SayAsync(known ? "235 welcome" : $"535 wrong: {given.Replace('\0', '/')}");
                    break;
                case "MAIL": await SayAsync(known ? "250 ok" : "530 log in first"); break;
                case "RCPT": await SayAsync(Recipient); break;
                case "DATA":
                    await SayAsync("354 go on");
                    Mails.Enqueue(await ReadMailAsync());
                    await SayAsync("250 taken");
                    break;
                case "QUIT":
                    await SayAsync("221 bye");
                    return;
                default: await SayAsync("502 what?"); break;
            }
        }

        async Task<string> AskAsync(string what)
        {
            await SayAsync("334 " + what);
            return (await HearAsync())!;
        }

        async Task SayAsync(string text) => await stream.WriteAsync(Encoding.ASCII.GetBytes(text + "\r\n"), Stopped);

        async Task<string?> HearAsync()
        {
            var bytes = new List<byte>();
            byte[] one = new byte[1];
            while (await stream.ReadAsync(one, Stopped) == 1)
            {
                if (one[0] == '\n')
                {
                    string line = Encoding.UTF8.GetString([.. bytes]).TrimEnd('\r');
                    Lines.Enqueue((stream is SslStream ? "-" : "") + line);
                    return line;
                }
                bytes.Add(one[0]);
            }
            return null;
        }

        async Task<string> ReadMailAsync()
        {
            var mail = new StringBuilder();
            while (await HearAsync() is { } line && line != ".") mail.Append(line.StartsWith('.') ? line[1..] : line).Append("\r\n");
            return mail.ToString();
        }
    }

    private async Task<SslStream> EncryptAsync(Stream stream)
    {
        var tls = new SslStream(stream);
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, Stopped);
        return tls;
    }

    private static string Decode(string text) => Encoding.UTF8.GetString(Convert.FromBase64String(text));
}
