using System.Globalization;
using System.Text;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Outlets.Forwarding;

/// <summary>Writes a change as a message of RFC 5424: its data as structured data, the summary or error as text.</summary>
internal static class SyslogText
{
    // Facility 13 is the audit log. 32473 is the number that is nobody's (RFC 5612).
    private const int Facility = 13, LongestValue = 1000, LongestMessage = 4000;
    private const string Id = "opsmodule@32473", Cut = "... (cut)";

    /// <summary>The message's bytes.</summary>
    public static byte[] Write(ForwardedChange change)
    {
        JournalEntry entry = change.Entry;
        int severity = entry.Outcome switch { JournalOutcome.Failed => 3, JournalOutcome.Cancelled => 4, _ => 5 };
        string time = change.End.Time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture,
            $"<{Facility * 8 + severity}>1 {time} {Word(change.End.Actor.Host, 255)} OpsModule {entry.ProcessId} change [{Id}");
        Add(text, "id", entry.Id);
        Add(text, "action", entry.Action);
        Add(text, "target", entry.Target);
        Add(text, "outcome", entry.Outcome.ToString().ToLowerInvariant());
        Add(text, "user", entry.User);
        Add(text, "environment", change.Environment);
        Add(text, "startedAt", entry.StartedAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        if (entry.ErrorId is not null) Add(text, "error", entry.ErrorId);
        Add(text, "journal", change.Journal);
        Add(text, "anchor", change.Anchor);
        // The mark says that the text is UTF-8.
        text.Append("] \uFEFF").Append(Shortened(Plain(entry.Message ?? ""), LongestMessage));
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static void Add(StringBuilder text, string name, string value)
    {
        text.Append(' ').Append(name).Append("=\"");
        foreach (char c in Shortened(Plain(value), LongestValue))
        {
            if (c is '"' or '\\' or ']') text.Append('\\');
            text.Append(c);
        }
        text.Append('"');
    }

    /// <summary>One line: what reads line by line must not take a part for a message of its own.</summary>
    private static string Plain(string value) => string.Concat(value.Select(c => char.IsControl(c) ? ' ' : c));

    private static string Shortened(string value, int longest) => value.Length <= longest ? value : value[..(longest - Cut.Length)] + Cut;

    private static string Word(string value, int longest)
    {
        string word = string.Concat(value.Where(c => c is > ' ' and < (char)127));
        return word.Length == 0 ? "-" : word.Length <= longest ? word : word[..longest];
    }
}
