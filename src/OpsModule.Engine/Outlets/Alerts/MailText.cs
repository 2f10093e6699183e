using System.Globalization;
using System.Text;
using MimeKit;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Signals;

namespace OpsModule.Engine.Outlets.Alerts;

/// <summary>An alert as mail, every line of which is short and plain ASCII.</summary>
internal static class MailText
{
    private const int LongestSubject = 200;
    private const int LongestBody = 100_000;

    /// <summary>How a mail is written.</summary>
    public static FormatOptions Format { get; } = WithLineEnds();

    public static MimeMessage Write(SmtpSettings smtp, AlertNotice notice, DateTimeOffset now)
    {
        Alert alert = notice.Alert;
        string domain = Box(smtp.From).Split('@')[1];
        var mail = new MimeMessage
        {
            Subject = AlertText.Cut(AlertText.Clean(notice.Headline, lines: false), LongestSubject),
            Date = now.ToUniversalTime(),
            MessageId = $"{Guid.NewGuid():n}@{domain}",
            Body = new TextPart("plain") { ContentTransferEncoding = ContentEncoding.Base64, Text = Body(notice) },
        };
        mail.From.Add(Address(smtp.From));
        mail.To.AddRange(smtp.To.Select(Address));
        // All mail about one thing stands together, and nobody's holiday note answers it.
        mail.Headers.Add(HeaderId.References, $"<{alert.Key}@{domain}>");
        mail.Headers.Add("Auto-Submitted", "auto-generated");
        if (alert is { State: AlertState.Firing, Severity: AlertSeverity.Critical }) mail.Importance = MessageImportance.High;
        return mail;
    }

    /// <summary>An address as ops.yaml has it: alone, or in angle brackets behind a name.</summary>
    public static MailboxAddress Address(string address) =>
        new(Encoding.UTF8, address.IndexOf('<', StringComparison.Ordinal) is > 0 and var at ? address[..at].Trim() : null, Box(address));

    private static string Box(string address) => address.IndexOf('<', StringComparison.Ordinal) is >= 0 and var at ? address[(at + 1)..].TrimEnd('>') : address;

    private static FormatOptions WithLineEnds()
    {
        FormatOptions format = FormatOptions.Default.Clone();
        format.NewLineFormat = NewLineFormat.Dos;
        return format;
    }

    private static string Body(AlertNotice notice)
    {
        Alert alert = notice.Alert;
        var text = new StringBuilder();
        Paragraph(alert.Message.Length > 0 ? alert.Message : alert.Title);
        Paragraph(alert.Remedy);
        Paragraph(notice.FoldedText ?? "");
        Fact("Environment", alert.Environment);
        Fact("Source", alert.Source);
        Fact("Target", alert.Target);
        Fact("Severity", alert.Severity.ToString().ToLowerInvariant());
        Fact("State", notice.State);
        Fact("Time", alert.Time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        foreach ((string name, string value) in alert.Fields) Fact(name, value);
        return AlertText.Cut(text.ToString(), LongestBody).ReplaceLineEndings("\r\n");

        void Paragraph(string paragraph)
        {
            if (paragraph.Length > 0) text.Append(AlertText.Clean(paragraph, lines: true)).Append("\n\n");
        }

        void Fact(string name, string value) => text.Append(AlertText.Clean(name, lines: false)).Append(": ").Append(AlertText.Clean(value, lines: false)).Append('\n');
    }
}
