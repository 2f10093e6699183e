using System.Diagnostics;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Logs;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Health;

/// <summary>Counts the log entries of a service, or of all, that match a pattern: what somebody should see though no level says so.</summary>
internal static class LogCheck
{
    private const int ShownText = 160;

    private static readonly TimeSpan Usual = TimeSpan.FromDays(1);

    public static async Task RunAsync(OpsContext context, CheckSettings own, HealthReport report, CancellationToken cancellationToken)
    {
        using IServicePlatform platform = context.OpenPlatform();
        OpsException? failed = null;
        var reader = new LogReader(platform, context.Reporter, context.Time, e => failed ??= e);
        TimeSpan back = own.Since ?? Usual;
        var query = new LogQuery { Services = own.Service is { } service ? [service] : null, Since = report.Now - back, Pattern = own.Subject };
        report.Waiting = "gave its logs, which could not all be read";
        long start = Stopwatch.GetTimestamp(), count = 0;
        LogEntry? last = null;
        await foreach (IReadOnlyList<LogEntry> batch in reader.ReadAsync(query, cancellationToken).ConfigureAwait(false))
        {
            if (batch.Count == 0) continue;
            count += batch.Count;
            last = batch[^1];
        }
        // A log that could not be read is not one without such lines.
        if (failed is not null) throw failed;
        // Unlike a figure without levels, which must be there, such a line must not.
        ThresholdSettings levels = own.Levels is { Warning: null, Critical: null } ? new ThresholdSettings("1", null) : own.Levels;
        string since = FormattableString.Invariant($"since {query.Since:yyyy-MM-dd HH:mm}Z");
        report.Measured(own.Name, Limits.Of(levels, FigureUnit.Count, higherIsWorse: true), count, last is null ? $"No entry matches {since}."
            : $"{count} {(count == 1 ? "entry matches" : "entries match")} {since}, the last of {last.Service}: {Short(last.Message)}", own.Remedy ?? "Read them: Get-OpsLog -Pattern with the pattern of the check.", Stopwatch.GetElapsedTime(start));
    }

    private static string Short(string message)
    {
        string line = message.Split('\n')[0].Trim();
        return line.Length <= ShownText ? line : line[..ShownText] + " ...";
    }
}
