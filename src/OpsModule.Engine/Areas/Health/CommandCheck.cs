using System.Diagnostics;
using System.Text;
using System.Text.Json;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Services;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;

namespace OpsModule.Engine.Areas.Health;

/// <summary>Runs a program in a service, and holds what it writes against what it must be. The program is to look, and to change nothing.</summary>
internal static class CommandCheck
{
    private const int MaxOutput = 64 * 1024;
    private const int ShownErrors = 200;

    public static async Task RunAsync(OpsContext context, CheckSettings own, HealthReport report, CancellationToken cancellationToken)
    {
        using IServicePlatform platform = context.OpenPlatform();
        ServiceRecord service = (await platform.ListAsync([own.Service!], cancellationToken).ConfigureAwait(false))[0];
        ServiceInstance instance = ServiceCommand.Choose(service, null);
        report.Waiting = $"runs {own.Command[0]}, which did not end";
        using MemoryStream output = new(), errors = new();
        long start = Stopwatch.GetTimestamp();
        int exitCode = await platform.ExecuteAsync(instance, new ExecuteRequest(own.Command), (isError, bytes) =>
        {
            MemoryStream kept = isError ? errors : output;
            kept.Write(bytes.Span[..(int)Math.Min(bytes.Length, MaxOutput - kept.Length)]);
            return ValueTask.CompletedTask;
        }, cancellationToken).ConfigureAwait(false);
        Report(own, instance, exitCode, Text(output), Text(errors), Stopwatch.GetElapsedTime(start), report);
    }

    private static void Report(CheckSettings own, ServiceInstance instance, int exitCode, string output, string errors, TimeSpan took, HealthReport report)
    {
        if (exitCode != 0)
        {
            string said = (errors.Length > 0 ? errors : output).Split('\n')[^1].Trim();
            report.Said(HealthStatus.Unhealthy, $"{own.Command[0]} in {instance.Name} ended with exit code {exitCode}{(said.Length == 0 ? "" : ": " + (said.Length > ShownErrors ? said[..ShownErrors] : said)).TrimEnd('.')}.",
                own.Remedy ?? $"Run it by hand: Invoke-OpsServiceCommand {own.Service} {own.Subject}", took, $"exit code {exitCode}");
        }
        else if (own.Json is { } path)
        {
            if (Find(output, path, out string? value)) OwnCheck.Judge(own, report, value, took);
            else report.Said(HealthStatus.Unhealthy, $"{own.Command[0]} wrote {(value is null ? "no JSON" : $"nothing at {path}")}.", own.Remedy ?? "Correct the program, or the check in the environment file.", took);
        }
        else if (output.Length == 0 && own is { Expect: null, Levels: { Warning: null, Critical: null } })
            report.Said(HealthStatus.Healthy, $"{own.Command[0]} ended with exit code 0.", latency: took);
        else OwnCheck.Judge(own, report, output.Length == 0 ? null : output, took);
    }

    /// <param name="text">What was written.</param>
    /// <param name="path">Where the value stands.</param>
    /// <param name="value">The value; empty when there is nothing there, null when the text is no JSON.</param>
    private static bool Find(string text, string path, out string? value)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            string? found = JsonValuePath.Find(document.RootElement, path);
            value = found ?? "";
            return found is not null;
        }
        catch (JsonException)
        {
            value = null;
            return false;
        }
    }

    private static string Text(MemoryStream bytes) => Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length).Trim();
}
