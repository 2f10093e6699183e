using System.Diagnostics;
using System.Text.Json;
using OpsModule.Engine.Environments;

namespace OpsModule.Engine.Areas.Health;

/// <summary>Asks an HTTP endpoint, and holds its answer against what the environment says it must be.</summary>
internal static class EndpointCheck
{
    public const string Name = "service.http";
    public const string Percentile = "http.p95", Errors = "http.errors";

    /// <summary>The check of a service's health URL.</summary>
    public static HealthCheck Of(ServiceSettings service, HealthRequest request)
    {
        EndpointSettings endpoint = EndpointOf(service);
        return new HealthCheck(Name, service.Name, (report, token) => RunAsync(endpoint, report, request, token))
        {
            IsNeededByOthers = true,
            Checks = [Name, Percentile, Errors],
            Services = [service.Name],
            TimeoutRemedy = $"Look at the log of {service.Name}: does it still work, and do its database and cache answer it?",
        };
    }

    /// <summary>What a service's health URL must answer.</summary>
    public static EndpointSettings EndpointOf(ServiceSettings service) => service.Endpoint ?? new EndpointSettings { Url = service.Health! };

    private static async Task RunAsync(EndpointSettings endpoint, HealthReport report, HealthRequest request, CancellationToken cancellationToken)
    {
        using var client = new EndpointClient(endpoint, report.Await);
        EndpointAnswer first = await client.AskAsync(cancellationToken).ConfigureAwait(false);
        string? wrong = Judge(endpoint, first, out _);
        // nginx answers 400, IIS 403, and some the numbers that nginx has for it.
        if (wrong is not null && client.AskedForCertificate && first.Status is 400 or 403 or 495 or 496)
            wrong = $"{wrong.TrimEnd('.')}; the server asks for a client certificate, and this version has none to show.";
        report.Said(wrong is null ? HealthStatus.Healthy : HealthStatus.Unhealthy, wrong ?? $"{endpoint.Url} answers {first.Status}.",
            "Look at the service's log, or correct what the environment file expects of it.", first.Took, first.Status.ToString());
        if (wrong is null && request.Samples > 1 && (report.Wants(Percentile) || report.Wants(Errors))) await SampleAsync(client,
            endpoint, report, request, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What is wrong with an answer; null when nothing is.</summary>
    /// <param name="endpoint">What is expected.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="value">The value that the JSON path leads to, as text.</param>
    public static string? Judge(EndpointSettings endpoint, EndpointAnswer answer, out string? value)
    {
        value = null;
        if (answer.Status != endpoint.Status) return $"{endpoint.Url} answers {answer.Status}, not {endpoint.Status}.";
        if (endpoint.Contains is { } part && !answer.Body.Contains(part, StringComparison.Ordinal)) return $"The answer of {endpoint.Url} does not contain '{part}'.";
        if (endpoint.Json is not { } path) return null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(answer.Body);
            if (JsonValuePath.Find(document.RootElement, path) is not { } found) return $"The answer of {endpoint.Url} has nothing at {path}.";
            value = found;
        }
        catch (JsonException)
        {
            return $"The answer of {endpoint.Url} is no JSON{(answer.Cut ? $" of at most {EndpointClient.MaxBody / 1024} KiB" : "")}.";
        }
        if (endpoint.Expect is { } expected) return value == expected ? null : $"{path} is '{Shorten(value)}' in the answer of {endpoint.Url}, not '{expected}'.";
        return value is "false" or "null" ? $"{path} is {value} in the answer of {endpoint.Url}." : null;
    }

    private static string Shorten(string text) => text.Length <= 80 ? text : text[..80] + "...";

    /// <summary>Asks again and again, one after the other, for at most half of the time limit.</summary>
    private static async Task SampleAsync(EndpointClient client, EndpointSettings endpoint, HealthReport report, HealthRequest request, CancellationToken cancellationToken)
    {
        report.Check = report.Wants(Percentile) ? Percentile : Errors;
        report.Waiting = "stopped answering while samples were taken: nothing came";
        var times = new List<double>();
        int failures = 0;
        string last = "";
        long start = Stopwatch.GetTimestamp();
        while (times.Count + failures < request.Samples && Stopwatch.GetElapsedTime(start) < request.Timeout / 2)
        {
            EndpointAnswer answer = await client.AskAsync(cancellationToken).ConfigureAwait(false);
            if (Judge(endpoint, answer, out _) is { } wrong) (failures, last) = (failures + 1, wrong);
            else times.Add(answer.Took.TotalSeconds);
        }
        int all = failures + times.Count;
        if (failures > 0 || !report.Wants(Percentile))
            report.Measured(Errors, 100.0 * failures / Math.Max(all, 1), failures == 0 ? $"All of {all} answers were as they must be."
                : $"{failures} of {all} answers were not as they must be, the last: {last}", "Look at the service's log.");
        if (times.Count == 0) return;
        times.Sort();
        report.Measured(Percentile, At(times, 0.95), $"Of {times.Count} answers half came within {Show(At(times, 0.5))}, 95% within {Show(At(times, 0.95))}.",
            "Look for slow queries, and for CPU and memory of the service; scale it out when it is busy.");
    }

    /// <summary>The value that this share of a sorted list does not exceed.</summary>
    internal static double At(IReadOnlyList<double> sorted, double share) => sorted.Count == 0 ? double.NaN : sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Count) - 1)];

    private static string Show(double seconds) => LevelText.Show(seconds, FigureUnit.Duration);
}
