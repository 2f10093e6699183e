using System.Net.Security;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography.X509Certificates;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Network;
using AuthenticationException = System.Security.Authentication.AuthenticationException;

namespace OpsModule.Engine.Outlets.Alerts;

/// <summary>Speaks SMTP with one server, by MailKit. What is in the way is said in our own words, and nothing goes on without the TLS that is wanted.</summary>
internal sealed class MailSender : SmtpClient
{
    // The best first. CRAM-MD5 and NTLM are no better than what they were made to replace; -PLUS wants what not every TLS gives.
    private static readonly (string Name, Func<string, string, SaslMechanism> Make)[] Ways =
    [
        ("SCRAM-SHA-512", (user, password) => new SaslMechanismScramSha512(user, password)),
        ("SCRAM-SHA-256", (user, password) => new SaslMechanismScramSha256(user, password)),
        ("PLAIN", (user, password) => new SaslMechanismPlain(user, password)),
        ("LOGIN", (user, password) => new SaslMechanismLogin(user, password)),
    ];

    private readonly SmtpSettings _smtp;
    private readonly X509ChainPolicy? _trusted;
    private string? _problem;
    private string _step = "the connection";

    private MailSender(SmtpSettings smtp)
    {
        _smtp = smtp;
        _trusted = smtp.Tls == SmtpTls.None ? null : TrustedRoots.Policy(smtp.CaFile);
        string name = new([.. System.Environment.MachineName.Where(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.')]);
        LocalDomain = name.Length > 0 ? name : "localhost";
        ServerCertificateValidationCallback = (_, certificate, chain, errors) => (_problem = TlsProblem.Of(certificate, chain, errors)) is null;
    }

    /// <summary>Sends one mail.</summary>
    /// <exception cref="OpsException"><c>MailRefused</c>, <c>MailTls</c>, <c>CredentialsInClear</c>, <c>SecretNotFound</c>.</exception>
    public static async Task SendAsync(SmtpSettings smtp, MimeMessage mail, CancellationToken cancellationToken)
    {
        using var sender = new MailSender(smtp);
        await sender.OpenAsync(cancellationToken).ConfigureAwait(false);
        await sender.GuardAsync("what was sent", () => sender.SendAsync(MailText.Format, mail, MailText.Address(smtp.From), smtp.To.Select(MailText.Address), cancellationToken)).ConfigureAwait(false);
        await sender.LeaveAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Connects and logs in, and sends nothing. Says what was agreed on.</summary>
    public static async Task<string> TryAsync(SmtpSettings smtp, CancellationToken cancellationToken)
    {
        using var sender = new MailSender(smtp);
        await sender.OpenAsync(cancellationToken).ConfigureAwait(false);
        string agreed = (sender.IsSecure ? $"it speaks {sender.SslProtocol}" : "it speaks no TLS") + (smtp.User is null ? "" : " and lets the user in");
        await sender.LeaveAsync(cancellationToken).ConfigureAwait(false);
        return agreed;
    }

    /// <inheritdoc/>
    protected override SslClientAuthenticationOptions GetSslClientAuthenticationOptions(string host, RemoteCertificateValidationCallback remoteCertificateValidationCallback) => new()
    {
        TargetHost = host,
        CertificateChainPolicy = _trusted,
        RemoteCertificateValidationCallback = remoteCertificateValidationCallback,
    };

    private async Task OpenAsync(CancellationToken cancellationToken)
    {
        SecureSocketOptions tls = _smtp.Tls switch { SmtpTls.Tls => SecureSocketOptions.SslOnConnect, SmtpTls.StartTls => SecureSocketOptions.StartTls, _ => SecureSocketOptions.None };
        await GuardAsync("the connection", () => ConnectAsync(_smtp.Host, _smtp.Port, tls, cancellationToken)).ConfigureAwait(false);
        if (_smtp.User is not { } user) return;
        if (!IsSecure && !HttpTargets.IsLoopback(_smtp.Host))
            throw new OpsException("CredentialsInClear", OpsErrorCategory.PermissionDenied, $"a password would go to {_smtp} without TLS", "Say 'tls: starttls' or 'tls: tls'.");
        // One way and one attempt: each that fails counts against the account.
        Func<string, string, SaslMechanism> make = Ways.FirstOrDefault(w => AuthenticationMechanisms.Contains(w.Name)).Make
            ?? throw new OpsException("MailRefused", OpsErrorCategory.PermissionDenied, $"{_smtp} offers no login with a password", "Leave out user and password, or use the port for clients.");
        SaslMechanism way = make(user, _smtp.Password!.Resolve());
        await GuardAsync("the login of " + user, () => AuthenticateAsync(way, cancellationToken)).ConfigureAwait(false);
    }

    private async Task LeaveAsync(CancellationToken cancellationToken)
    {
        try { await DisconnectAsync(quit: true, cancellationToken).ConfigureAwait(false); }
        catch (Exception e) when (e is ProtocolException or CommandException or IOException) { /* the mail is taken; who hangs up first does not matter */ }
    }

    /// <summary>Runs a step; what MailKit says of its failure becomes what we say.</summary>
    private async Task GuardAsync(string step, Func<Task> body)
    {
        _step = step;
        try { await body().ConfigureAwait(false); }
        catch (SslHandshakeException e)
        {
            if (_problem is null && e.InnerException is not (AuthenticationException or null)) ExceptionDispatchInfo.Throw(e.InnerException);
            throw new OpsException("MailTls", OpsErrorCategory.InvalidData, $"no trusted TLS connection to {_smtp}: {_problem ?? TlsProblem.Of(e.InnerException as AuthenticationException ?? new(e.Message)).Problem}", TlsProblem.Remedy, null, e);
        }
        catch (NotSupportedException e) when (_smtp.Tls == SmtpTls.StartTls && !IsSecure)
        {
            // Without it a stranger in the middle would only have to leave the offer out.
            throw new OpsException("MailTls", OpsErrorCategory.PermissionDenied, $"{_smtp} does not offer STARTTLS, and nothing is sent without it", "Use the port that offers it, or say 'tls: none' where no login is needed.", null, e);
        }
        catch (MailKit.Security.AuthenticationException e)
        {
            // What a server says to a login may repeat it: its number alone.
            throw Refused(new string([.. e.Message.TakeWhile(char.IsAsciiDigit)]), e);
        }
        catch (SmtpCommandException e)
        {
            string said = $"{(int)e.StatusCode} {AlertText.Clean(e.Message.Split('\n')[^1], lines: false)}".TrimEnd();
            throw Refused(step.StartsWith("the login", StringComparison.Ordinal) ? said.Split(' ')[0] : AlertText.Cut(said, 200), e);
        }
        catch (ProtocolException e)
        {
            throw new OpsException("MailRefused", OpsErrorCategory.ResourceUnavailable, $"{_smtp} hung up, or does not speak SMTP", "Correct host, port and tls of the receiver.", null, e);
        }
    }

    private OpsException Refused(string said, Exception cause)
    {
        string what = cause switch
        {
            SmtpCommandException { ErrorCode: SmtpErrorCode.RecipientNotAccepted, Mailbox: { } to } => $"RCPT TO:<{to.Address}>",
            SmtpCommandException { ErrorCode: SmtpErrorCode.SenderNotAccepted, Mailbox: { } from } => $"MAIL FROM:<{from.Address}>",
            _ => _step,
        };
        return new OpsException("MailRefused", OpsErrorCategory.ResourceUnavailable, $"{_smtp} answers to {what}: {(said.Length == 0 ? "nothing" : said)}", "Correct the settings of the receiver.", null, cause);
    }
}
