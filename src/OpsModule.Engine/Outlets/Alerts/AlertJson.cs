using System.Text.Encodings.Web;
using System.Text.Json;
using OpsModule.Engine.Signals;

namespace OpsModule.Engine.Outlets.Alerts;

/// <summary>An alert in this module's own JSON, as docs/concepts/alerts.md describes it.</summary>
internal static class AlertJson
{
    /// <summary>Raised only when a receiver that reads the old form could not read the new one.</summary>
    private const int Version = 1;
    private const int LongestText = 16_000;

    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(AlertNotice notice) => JsonSerializer.Serialize(new
    {
        version = Version,
        key = notice.Alert.Key,
        environment = notice.Alert.Environment,
        kind = notice.Alert.Kind.ToString().ToLowerInvariant(),
        source = notice.Alert.Source,
        target = notice.Alert.Target,
        severity = notice.Alert.Severity.ToString().ToLowerInvariant(),
        state = notice.State,
        title = AlertText.Cut(notice.Alert.Title, LongestText),
        message = AlertText.Cut(notice.Alert.Message, LongestText),
        remedy = notice.Alert.Remedy,
        fields = notice.Alert.Fields,
        time = notice.Alert.Time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture),
        folded = notice.Folded,
    }, Json);
}
