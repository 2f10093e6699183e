using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Areas.Health;

/// <summary>All checks in one line, with the exit code that Nagios and what came after it understand.</summary>
public sealed record HealthSummary : IVerdict, IEnvironmentRecord
{
    /// <summary>The environment that it is of; null where that is not known.</summary>
    public string? Environment { get; init; }

    object IEnvironmentRecord.In(string environment) => this with { Environment = environment };

    private const int Named = 3;

    /// <summary>The worst that a check found. Unhealthy counts as worse than Unknown.</summary>
    public required HealthStatus Status { get; init; }

    /// <summary>0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.</summary>
    public int ExitCode => Status switch { HealthStatus.Healthy => 0, HealthStatus.Degraded => 1, HealthStatus.Unhealthy => 2, _ => 3 };

    /// <summary>The line: state, counts, and what is not well.</summary>
    public required string Text { get; init; }

    /// <summary>How many checks were made.</summary>
    public int Checks { get; init; }

    /// <summary>Sums up.</summary>
    public static HealthSummary Of(IReadOnlyList<HealthResult> results)
    {
        HealthResult[] bad = [.. InOrder(results.Where(r => r.Status != HealthStatus.Healthy))];
        ILookup<string, HealthResult> following = bad.Where(r => r.CausedBy is not null).ToLookup(r => r.CausedBy!);
        HealthResult[] roots = [.. bad.Where(r => r.CausedBy is null)];
        if (roots.Length == 0) roots = bad;
        HealthStatus worst = bad.Length > 0 ? bad[0].Status : results.Count == 0 ? HealthStatus.Unknown : HealthStatus.Healthy;
        string said = results.Count == 0 ? "no check was made"
            : bad.Length == 0 ? $"{results.Count} check{(results.Count == 1 ? "" : "s")}, all healthy"
            : $"{bad.Length} of {results.Count} check{(results.Count == 1 ? "" : "s")} not healthy: " + string.Join("; ",
                roots.Take(Named).Select(Told))
                + (roots.Length > Named ? $"; and {bad.Length - roots.Take(Named).Sum(r => 1 + following[r.Name].Count())} more" : "");
        return new HealthSummary { Status = worst, Text = Line(worst, said), Checks = results.Count };

        string Told(HealthResult root)
        {
            string[] names = [.. following[root.Name].Select(r => r.Name)];
            string more = names.Length > Named ? $" and {names.Length - Named} more" : "";
            return $"{root.Name}: {root.Message.TrimEnd('.')}" + (names.Length == 0 ? ""
                : $" (from which follows: {string.Join(", ", names.Take(Named))}{more})");
        }
    }

    /// <summary>The worst first, and among equals what follows from a result right after it.</summary>
    public static IReadOnlyList<HealthResult> InOrder(IEnumerable<HealthResult> results) =>
        [.. results.OrderByDescending(r => Rank(r.Status)).ThenBy(r => r.CausedBy ?? r.Name, StringComparer.Ordinal).ThenBy(r =>
            r.CausedBy is not null)
            .ThenBy(r => r.Name, StringComparer.Ordinal)];

    /// <summary>What is said when no check could be made at all.</summary>
    public static HealthSummary Failed(string why) => new() { Status = HealthStatus.Unknown, Text = Line(HealthStatus.Unknown, why) };

    bool IVerdict.IsBad() => Status != HealthStatus.Healthy;

    int IVerdict.ExitCode() => ExitCode;

    /// <inheritdoc/>
    public override string ToString() => Text;

    /// <summary>The order of statuses; the higher, the worse.</summary>
    public static int Rank(HealthStatus status) => status switch
    {
        HealthStatus.Unhealthy => 3,
        HealthStatus.Unknown => 2,
        HealthStatus.Degraded => 1,
        _ => 0,
    };

    // A bar begins performance data, and a line feed the next line.
    private static string Line(HealthStatus status, string text) => "OPS " + (status switch
    {
        HealthStatus.Healthy => "OK",
        HealthStatus.Degraded => "WARNING",
        HealthStatus.Unhealthy => "CRITICAL",
        _ => "UNKNOWN",
    }) + " - " + string.Join(' ', text.Replace('|', '/').Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
