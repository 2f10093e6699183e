using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Network;

namespace OpsModule.Engine.Outlets.Alerts;

/// <summary>
/// Speaks SMTP (RFC 5321) with one server. .NET's own client knows no TLS from the first byte, cannot only log in, and goes on without
/// TLS when it is not told otherwise; this one is small and stops.
/// </summary>
internal sealed class MailSender : IAsyncDisposable
{
    private const int LongestReply = 64 * 1024;

    private readonly SmtpSettings _smtp;
    private readonly TcpClient _client = new() { NoDelay = true };
    private Stream _stream = Stream.Null;
    private string[] _offers = [];

    private MailSender(SmtpSettings smtp) => _smtp = smtp;

    /// <summary>Sends one mail.</summary>
    /// <exception cref="OpsException"><c>MailRefused</c>, <c>MailTls</c>, <c>CredentialsInClear</c>, <c>SecretNotFound</c>.</exception>
    public static async Task SendAsync(SmtpSettings smtp, string mail, CancellationToken cancellationToken)
    {
        await using MailSender sender = await OpenAsync(smtp, cancellationToken).ConfigureAwait(false);
        await sender.SayAsync($"MAIL FROM:<{MailText.Box(smtp.From)}>", "250", cancellationToken).ConfigureAwait(false);
        foreach (string to in smtp.To) await sender.SayAsync($"RCPT TO:<{MailText.Box(to)}>", "25", cancellationToken).ConfigureAwait(false);
        await sender.SayAsync("DATA", "354", cancellationToken).ConfigureAwait(false);
        // A dot at the beginning of a line is doubled: alone on a line it ends the mail.
        await sender.SayAsync(mail.Replace("\r\n.", "\r\n..", StringComparison.Ordinal) + ".", "250", cancellationToken, "what was sent").ConfigureAwait(false);
        await sender.LeaveAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Connects and logs in, and sends nothing. Says what was agreed on.</summary>
    public static async Task<string> TryAsync(SmtpSettings smtp, CancellationToken cancellationToken)
    {
        await using MailSender sender = await OpenAsync(smtp, cancellationToken).ConfigureAwait(false);
        await sender.LeaveAsync(cancellationToken).ConfigureAwait(false);
        return (sender._stream is SslStream tls ? $"it speaks {tls.SslProtocol}" : "it speaks no TLS") + (smtp.User is null ? "" : " and lets the user in");
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return _stream.DisposeAsync();
    }

    private static async Task<MailSender> OpenAsync(SmtpSettings smtp, CancellationToken cancellationToken)
    {
        var sender = new MailSender(smtp);
        try
        {
            await sender._client.ConnectAsync(smtp.Host, smtp.Port, cancellationToken).ConfigureAwait(false);
            sender._stream = sender._client.GetStream();
            if (smtp.Tls == SmtpTls.Tls) await sender.BeginTlsAsync(cancellationToken).ConfigureAwait(false);
            await sender.HearAsync("220", "the connection", cancellationToken).ConfigureAwait(false);
            await sender.GreetAsync(cancellationToken).ConfigureAwait(false);
            if (smtp.Tls == SmtpTls.StartTls) await sender.StartTlsAsync(cancellationToken).ConfigureAwait(false);
            if (smtp.User is not null) await sender.LogInAsync(smtp.User, cancellationToken).ConfigureAwait(false);
            return sender;
        }
        catch
        {
            await sender.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task GreetAsync(CancellationToken cancellationToken)
    {
        string name = new([.. System.Environment.MachineName.Where(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.')]);
        _offers = await SayAsync($"EHLO {(name.Length > 0 ? name : "localhost")}", "250", cancellationToken).ConfigureAwait(false);
    }

    private async Task StartTlsAsync(CancellationToken cancellationToken)
    {
        // Without it a stranger in the middle would only have to leave the offer out.
        if (!_offers.Any(o => o.Equals("STARTTLS", StringComparison.OrdinalIgnoreCase)))
            throw new OpsException("MailTls", OpsErrorCategory.PermissionDenied, $"{_smtp} does not offer STARTTLS, and nothing is sent without it", "Use the port that offers it, or say 'tls: none' where no login is needed.");
        await SayAsync("STARTTLS", "220", cancellationToken).ConfigureAwait(false);
        await BeginTlsAsync(cancellationToken).ConfigureAwait(false);
        // What was offered before is not to be believed.
        await GreetAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task BeginTlsAsync(CancellationToken cancellationToken)
    {
        string? problem = null;
        var tls = new SslStream(_stream);
        _stream = tls;
        try
        {
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = _smtp.Host,
                CertificateChainPolicy = TrustedRoots.Policy(_smtp.CaFile),
                RemoteCertificateValidationCallback = (_, certificate, chain, errors) => (problem = TlsProblem.Of(certificate, chain, errors)) is null,
            }, cancellationToken).ConfigureAwait(false);
        }
        catch (AuthenticationException e)
        {
            throw new OpsException("MailTls", OpsErrorCategory.InvalidData, $"no trusted TLS connection to {_smtp}: {problem ?? TlsProblem.Of(e).Problem}", TlsProblem.Remedy, null, e);
        }
    }

    private async Task LogInAsync(string user, CancellationToken cancellationToken)
    {
        if (_stream is not SslStream && !HttpTargets.IsLoopback(_smtp.Host))
            throw new OpsException("CredentialsInClear", OpsErrorCategory.PermissionDenied, $"a password would go to {_smtp} without TLS", "Say 'tls: starttls' or 'tls: tls'.");
        string password = _smtp.Password!.Resolve();
        string[] ways = _offers.FirstOrDefault(o => o.StartsWith("AUTH ", StringComparison.OrdinalIgnoreCase))?.ToUpperInvariant().Split(' ')[1..] ?? [];
        if (ways.Contains("PLAIN"))
            await SayAsync("AUTH PLAIN " + Base64($"\0{user}\0{password}"), "235", cancellationToken, "the login of " + user).ConfigureAwait(false);
        else if (ways.Contains("LOGIN"))
        {
            await SayAsync("AUTH LOGIN", "334", cancellationToken).ConfigureAwait(false);
            await SayAsync(Base64(user), "334", cancellationToken, "the login of " + user).ConfigureAwait(false);
            await SayAsync(Base64(password), "235", cancellationToken, "the login of " + user).ConfigureAwait(false);
        }
        else throw new OpsException("MailRefused", OpsErrorCategory.PermissionDenied, $"{_smtp} offers no login with a password", "Leave out user and password, or use the port for clients.");
    }

    private async Task LeaveAsync(CancellationToken cancellationToken)
    {
        try { await SayAsync("QUIT", "221", cancellationToken).ConfigureAwait(false); }
        catch (Exception e) when (e is OpsException or IOException) { /* the mail is taken; who hangs up first does not matter */ }
    }

    private async Task<string[]> SayAsync(string line, string expected, CancellationToken cancellationToken, string? name = null)
    {
        await _stream.WriteAsync(Encoding.UTF8.GetBytes(line + "\r\n"), cancellationToken).ConfigureAwait(false);
        await _stream.FlushAsync(cancellationToken).ConfigureAwait(false);
        return await HearAsync(expected, name ?? line, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads a reply of one or several lines; returns what stands behind the number.</summary>
    private async Task<string[]> HearAsync(string expected, string what, CancellationToken cancellationToken)
    {
        var lines = new List<string>();
        do lines.Add(await ReadLineAsync(cancellationToken).ConfigureAwait(false));
        while (lines[^1].Length > 3 && lines[^1][3] == '-' && lines.Count < 200);
        if (lines[^1].StartsWith(expected, StringComparison.Ordinal)) return [.. lines.Select(l => l.Length > 4 ? l[4..] : "")];
        // What a server says to a login may repeat it.
        string said = what.StartsWith("the login", StringComparison.Ordinal) ? AlertText.Cut(lines[^1], 6).Split(' ')[0] : AlertText.Cut(AlertText.Clean(lines[^1], lines: false), 200);
        throw new OpsException("MailRefused", OpsErrorCategory.ResourceUnavailable, $"{_smtp} answers to {what}: {(said.Length == 0 ? "nothing" : said)}", "Correct the settings of the receiver.");
    }

    private async Task<string> ReadLineAsync(CancellationToken cancellationToken)
    {
        // Byte by byte: behind the answer to STARTTLS nothing may be read ahead.
        var line = new List<byte>();
        byte[] one = new byte[1];
        while (line.Count < LongestReply && await _stream.ReadAsync(one, cancellationToken).ConfigureAwait(false) == 1)
        {
            if (one[0] == '\n') return Encoding.Latin1.GetString([.. line]).TrimEnd('\r');
            line.Add(one[0]);
        }
        throw new OpsException("MailRefused", OpsErrorCategory.ResourceUnavailable, $"{_smtp} hung up, or does not speak SMTP", "Correct host, port and tls of the receiver.");
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
