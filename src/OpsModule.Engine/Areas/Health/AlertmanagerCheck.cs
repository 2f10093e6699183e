using System.Globalization;
using System.Text.Json;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Health;

/// <summary>The alerts that fire in an Alertmanager, without those that somebody has silenced or that another one explains.</summary>
internal static class AlertmanagerCheck
{
    private const int ShownNames = 5;
    private static readonly string[] Bad = ["critical", "page", "error", "emergency", "fatal", "high"], Harmless = ["none", "info", "informational"];

    public static async Task RunAsync(CheckSettings own, HealthReport report, CancellationToken cancellationToken)
    {
        string filter = own.Severity is { } severity ? "&filter=" + Uri.EscapeDataString($"severity=\"{severity.Replace("\\", "\\\\").Replace("\"", "\\\"")}\"") : "";
        EndpointSettings endpoint = own.Endpoint! with { Url = $"{own.Subject.TrimEnd('/')}/api/v2/alerts?active=true&silenced=false&inhibited=false{filter}" };
        using var client = new EndpointClient(endpoint, report.Await);
        EndpointAnswer answer = await client.AskAsync(cancellationToken).ConfigureAwait(false);
        IReadOnlyList<(string Name, string Severity)> firing = Read(answer, own.Subject);
        Report(own, firing, answer.Took, report);
    }

    private static IReadOnlyList<(string Name, string Severity)> Read(EndpointAnswer answer, string url)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(answer.Body);
            if (answer.Status == 200)
                return [.. document.RootElement.EnumerateArray().Where(a => a.GetProperty("status").GetProperty("state").GetString() != "suppressed")
                    .Select(a => a.GetProperty("labels")).Select(l => (Label(l, "alertname") ?? "an alert without a name", Label(l, "severity") ?? ""))];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            if (answer.Cut) throw Failed($"The Alertmanager at {url} has more alerts than fit into {EndpointClient.MaxBody / 1024} KiB", "Look at only one severity, and find out why there are so many.", url);
        }
        throw Failed($"What answers at {url} with {answer.Status} is no Alertmanager of version 0.16 or later", "Name the Alertmanager as its own pages are reached, with its path prefix when it has one.", url);
    }

    private static void Report(CheckSettings own, IReadOnlyList<(string Name, string Severity)> firing, TimeSpan took, HealthReport report)
    {
        string which = own.Severity is { } only ? $" of severity {only}" : "";
        string message = firing.Count == 0 ? $"No alert{which} fires." : $"{(firing.Count == 1 ? $"1 alert{which} fires" : $"{firing.Count} alerts{which} fire")}: {Names(firing)}.";
        string remedy = own.Remedy ?? $"Look at {own.Subject}; silence there what somebody is working on.";
        if ((own.Levels.Warning ?? own.Levels.Critical) is not null) report.Measured(own.Name, Limits.Of(own.Levels), firing.Count, message, remedy, took);
        else report.Said(firing.Select(a => StatusOf(a.Severity)).DefaultIfEmpty(HealthStatus.Healthy).Max(), message, remedy, took, firing.Count.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>An alert without a severity asks for somebody as a warning does.</summary>
    private static HealthStatus StatusOf(string severity) => Bad.Contains(severity, StringComparer.OrdinalIgnoreCase) ? HealthStatus.Unhealthy
        : Harmless.Contains(severity, StringComparer.OrdinalIgnoreCase) ? HealthStatus.Healthy : HealthStatus.Degraded;

    /// <summary>The worst first; how often, where one fires for several things.</summary>
    private static string Names(IEnumerable<(string Name, string Severity)> firing)
    {
        string[] names = [.. firing.GroupBy(a => a).OrderByDescending(g => StatusOf(g.Key.Severity)).ThenBy(g => g.Key.Name, StringComparer.Ordinal)
            .Select(g => g.Key.Name + (g.Key.Severity.Length > 0 ? $" ({g.Key.Severity})" : "") + (g.Count() > 1 ? $" {g.Count()} times" : ""))];
        return string.Join(", ", names.Take(ShownNames)) + (names.Length > ShownNames ? $", and {names.Length - ShownNames} more" : "");
    }

    private static string? Label(JsonElement labels, string name) => labels.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;

    private static OpsException Failed(string message, string todo, string url) => new("QueryFailed", OpsErrorCategory.InvalidData, message + ".", todo, url);
}
