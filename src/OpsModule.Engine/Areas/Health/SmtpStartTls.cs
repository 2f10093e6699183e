using System.Text;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Health;

/// <summary>Asks an SMTP server to begin TLS: the greeting, EHLO, STARTTLS (RFC 3207), and not a word more.</summary>
internal static class SmtpStartTls
{
    private const int MaxLine = 2048, MaxLines = 200;

    /// <exception cref="OpsException"><c>EndpointTls</c> when it does not want to, or is none.</exception>
    public static async Task AskAsync(Stream stream, CancellationToken cancellationToken)
    {
        await ExpectAsync(stream, 220, "greeted with", cancellationToken).ConfigureAwait(false);
        await SayAsync(stream, "EHLO ops.invalid", cancellationToken).ConfigureAwait(false);
        IReadOnlyList<string> offers = await ExpectAsync(stream, 250, "answered EHLO with", cancellationToken).ConfigureAwait(false);
        if (!offers.Skip(1).Any(o => o.Trim().Equals("STARTTLS", StringComparison.OrdinalIgnoreCase)))
            throw Failed("The mail server offers no STARTTLS.", "Give it a certificate and switch TLS on, or ask the port that begins with TLS (465) as an endpoint.");
        await SayAsync(stream, "STARTTLS", cancellationToken).ConfigureAwait(false);
        await ExpectAsync(stream, 220, "answered STARTTLS with", cancellationToken).ConfigureAwait(false);
    }

    private static Task SayAsync(Stream stream, string line, CancellationToken cancellationToken) => stream.WriteAsync(Encoding.ASCII.GetBytes(line + "\r\n"), cancellationToken).AsTask();

    /// <summary>The lines of one answer without their code.</summary>
    private static async Task<IReadOnlyList<string>> ExpectAsync(Stream stream, int code, string what, CancellationToken cancellationToken)
    {
        var lines = new List<string>();
        while (lines.Count < MaxLines)
        {
            string line = await ReadLineAsync(stream, cancellationToken).ConfigureAwait(false);
            if (line.Length < 3 || !line[..3].All(char.IsAsciiDigit) || (line.Length > 3 && line[3] is not (' ' or '-'))) throw Failed("What answers is no mail server.", "Correct host and port.");
            if (line[..3] != code.ToString(System.Globalization.CultureInfo.InvariantCulture)) throw Failed($"The mail server {what} {Shown(line)}.", "See the mail server's log.");
            lines.Add(line.Length > 4 ? line[4..] : "");
            if (line.Length == 3 || line[3] == ' ') return lines;
        }
        throw Failed("The mail server's answer has no end.", "Correct host and port.");
    }

    /// <summary>Byte by byte: what comes after the last line is TLS, and not for us.</summary>
    private static async Task<string> ReadLineAsync(Stream stream, CancellationToken cancellationToken)
    {
        var line = new StringBuilder();
        byte[] one = new byte[1];
        while (line.Length < MaxLine)
        {
            int read;
            try { read = await stream.ReadAsync(one, cancellationToken).ConfigureAwait(false); }
            catch (IOException e) when (!cancellationToken.IsCancellationRequested) { throw Failed($"The mail server broke the connection: {e.Message.TrimEnd('.')}.", "See the mail server's log."); }
            if (read == 0) throw Failed("The mail server closed the connection.", "See the mail server's log.");
            if (one[0] == '\n') return line.ToString().TrimEnd('\r');
            line.Append((char)one[0]);
        }
        throw Failed("What answers is no mail server.", "Correct host and port.");
    }

    private static string Shown(string line) => string.Concat(line.Take(120).Select(c => char.IsControl(c) ? '?' : c)).TrimEnd('.');

    private static OpsException Failed(string message, string remedy) => new("EndpointTls", OpsErrorCategory.InvalidData, message, remedy);
}
