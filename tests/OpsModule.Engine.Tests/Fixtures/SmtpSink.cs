using System.Collections.Concurrent;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
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

    /// <summary>What a client is greeted with.</summary>
    public string Greeting { get; init; } = "220 sink ESMTP";

    /// <summary>What is answered to MAIL; null for what becomes of the login.</summary>
    public string? Sender { get; init; }

    /// <summary>What is answered to RCPT.</summary>
    public string Recipient { get; set; } = "250 ok";

    protected override async Task ServeAsync(TcpClient client)
    {
        Stream stream = client.GetStream();
        if (tlsAtOnce) stream = await EncryptAsync(stream);
        bool known = password is null;
        await SayAsync(Greeting);
        while (await HearAsync() is { } line)
        {
            string verb = line.Split(' ')[0].ToUpperInvariant();
            switch (verb)
            {
                case "EHLO":
                    bool offered = certificate is not null && stream is not SslStream;
                    await SayAsync("250-sink greets you" + (offered ? "\r\n250-STARTTLS" : "") + (password is not null && !offered && ways.Length > 0 ? $"\r\n250-AUTH {ways}" : "") + "\r\n250 SIZE 1000000");
                    break;
                case "STARTTLS" when certificate is not null:
                    await SayAsync("220 go on");
                    stream = await EncryptAsync(stream);
                    break;
                case "AUTH":
                    string[] words = line.Split(' ');
                    if (words[1] == "SCRAM-SHA-256")
                    {
                        known = await ProveAsync(Decode(words[2]));
                        await SayAsync(known ? "235 welcome" : "535 wrong");
                        break;
                    }
                    string given = words[1] == "PLAIN" ? Decode(words[2]) : $"\0{Decode(await AskAsync("VXNlcm5hbWU6"))}\0{Decode(await AskAsync("UGFzc3dvcmQ6"))}";
                    known = given == $"\0{User}\0{password}";
                    await SayAsync(known ? "235 welcome" : $"535 wrong: {given.Replace('\0', '/')}");
                    break;
                case "MAIL": await SayAsync(Sender ?? (known ? "250 ok" : "530 log in first")); break;
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

        // RFC 5802: the client proves that it knows the password, and is shown that the server does.
        async Task<bool> ProveAsync(string first)
        {
            const string Salt = "c2FsdA==";
            byte[] salted = Rfc2898DeriveBytes.Pbkdf2(password!, Convert.FromBase64String(Salt), 4096, HashAlgorithmName.SHA256, 32);
            string challenge = $"r={first.Split(",r=")[1]}more,s={Salt},i=4096";
            string answer = Decode(await AskAsync(Encode(challenge)));
            int at = answer.IndexOf(",p=", StringComparison.Ordinal);
            byte[] signed = Encoding.UTF8.GetBytes($"{first[3..]},{challenge},{answer[..at]}");
            byte[] key = HMACSHA256.HashData(salted, "Client Key"u8);
            byte[] proof = [.. HMACSHA256.HashData(SHA256.HashData(key), signed).Zip(key, (a, b) => (byte)(a ^ b))];
            if (!first.StartsWith($"n,,n={User},", StringComparison.Ordinal) || Convert.ToBase64String(proof) != answer[(at + 3)..]) return false;
            await AskAsync(Encode("v=" + Convert.ToBase64String(HMACSHA256.HashData(HMACSHA256.HashData(salted, "Server Key"u8), signed))));
            return true;
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

    private static string Encode(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static string Decode(string text) => Encoding.UTF8.GetString(Convert.FromBase64String(text));
}
