using System.Text.Encodings.Web;
using System.Text.Json;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Signals;

namespace OpsModule.Engine.Outlets.Alerts;

/// <summary>An alert as Slack takes it, and what understands the same: a text, and an attachment with a colour and fields.</summary>
internal static class SlackText
{
    private const int LongestTitle = 250;
    private const int LongestText = 3000;
    private const int LongestField = 500;
    private const int MostFields = 12;

    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(AlertNotice notice)
    {
        Alert alert = notice.Alert;
        string body = string.Join('\n', new[] { alert.Message, alert.Remedy, notice.FoldedText }.Where(t => !string.IsNullOrWhiteSpace(t)));
        IEnumerable<(string, string)> fields = [("Environment", alert.Environment), ("Source", alert.Source), ("Target", alert.Target), .. alert.Fields.Select(f => (f.Key, f.Value))];
        string headline = Escape(notice.Headline, LongestTitle);
        return JsonSerializer.Serialize(new
        {
            text = headline,
            attachments = new[]
            {
                new
                {
                    color = alert.State == AlertState.Well ? "good" : alert.Severity switch { AlertSeverity.Critical => "danger", AlertSeverity.Warning => "warning", _ => "#439fe0" },
                    fallback = headline,
                    text = Escape(body, LongestText),
                    fields = fields.Where(f => f.Item2.Length > 0).Take(MostFields)
                        .Select(f => new { title = Escape(f.Item1, LongestField), value = Escape(f.Item2, LongestField), @short = f.Item2.Length < 40 }).ToArray(),
                    ts = alert.Time.ToUnixTimeSeconds(),
                },
            },
        }, Json);
    }

    /// <summary>Slack reads these three as markup: without this an error message could call everybody, or hide a link. Cut first, so that none is cut in two.</summary>
    private static string Escape(string text, int most) =>
        AlertText.Cut(AlertText.Clean(text, lines: true), most).Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);
}
