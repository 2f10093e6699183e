using System.Globalization;
using System.Text;
using OpsModule.Engine.Environments;

namespace OpsModule.Engine.Outlets.Alerts;

/// <summary>An alert as mail: RFC 5322, with encoded words (RFC 2047) and base64, so that every line is short and plain ASCII.</summary>
internal static class MailText
{
    private const int LongestSubject = 200;
    private const int LongestBody = 100_000;

    public static string Write(SmtpSettings smtp, AlertNotice notice, DateTimeOffset now)
    {
        Alert alert = notice.Alert;
        var mail = new StringBuilder();
        Header("From", Address(smtp.From));
        Header("To", string.Join(",\r\n ", smtp.To.Select(Address)));
        Header("Subject", Words(AlertText.Cut(AlertText.Clean(notice.Headline, lines: false), LongestSubject)));
        Header("Date", now.ToString("ddd, dd MMM yyyy HH:mm:ss '+0000'", CultureInfo.InvariantCulture));
        Header("Message-ID", $"<{Guid.NewGuid():n}@{Domain(smtp.From)}>");
        // All mail about one thing stands together, and nobody's holiday note answers it.
        Header("References", $"<{alert.Key}@{Domain(smtp.From)}>");
        Header("Auto-Submitted", "auto-generated");
        if (alert is { State: AlertState.Firing, Severity: AlertSeverity.Critical }) Header("Importance", "high");
        Header("MIME-Version", "1.0");
        Header("Content-Type", "text/plain; charset=utf-8");
        Header("Content-Transfer-Encoding", "base64");
        mail.Append("\r\n").Append(Convert.ToBase64String(Encoding.UTF8.GetBytes(Body(notice)), Base64FormattingOptions.InsertLineBreaks)).Append("\r\n");
        return mail.ToString();

        void Header(string name, string value) => mail.Append(name).Append(": ").Append(value).Append("\r\n");
    }

    /// <summary>The address alone, as SMTP wants it.</summary>
    public static string Box(string address) => address.IndexOf('<', StringComparison.Ordinal) is >= 0 and var at ? address[(at + 1)..].TrimEnd('>') : address;

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

    private static string Address(string address) => address.IndexOf('<', StringComparison.Ordinal) is > 0 and var at ? $"{Words(address[..at].Trim())} <{Box(address)}>" : Box(address);

    private static string Domain(string from) => Box(from).Split('@')[1];

    /// <summary>As it is when it is short and plain; else in encoded words of at most 75 characters, none of which cuts a character in two.</summary>
    private static string Words(string text)
    {
        if (text.Length < 60 && text.All(c => c is >= ' ' and < (char)127) && !text.Contains("=?", StringComparison.Ordinal)) return text;
        var words = new List<string>();
        var word = new List<byte>();
        foreach (Rune rune in text.EnumerateRunes())
        {
            byte[] bytes = Encoding.UTF8.GetBytes(rune.ToString());
            if (word.Count + bytes.Length > 42) Close();
            word.AddRange(bytes);
        }
        Close();
        return string.Join("\r\n ", words);

        void Close()
        {
            if (word.Count > 0) words.Add($"=?utf-8?B?{Convert.ToBase64String([.. word])}?=");
            word.Clear();
        }
    }
}
