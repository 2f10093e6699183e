using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Outlets.Reports;
using OpsModule.Engine.Records;
using OpsModule.Foundations.Reporting;

namespace OpsModule;

/// <summary>Says of a result whether it is bad, for scripts: <c>[OpsModule.Verdict]::IsBad($result)</c>.</summary>
/// <remarks>
/// <para>The results' own types stand in a load context of their own, where a script cannot name them. What came out of a job, another session, CLIXML,
/// CSV, JSON or a selection is judged as where it was made. What only looks like a result, or holds some (a selection without its Status, a group, a
/// table, a formatted object) or stands in its place (an error, a job), was not understood: it is Unknown, and bad.</para>
/// </remarks>
public static class Verdict
{
    /// <summary>How well it is, as a report says it: Healthy, Degraded, Unhealthy or Unknown; null for what judges nothing, such as a backup's record. Of several the worst.</summary>
    /// <param name="result">What a cmdlet of this module emitted.</param>
    public static string? Of(object? result)
    {
        HealthStatus[] all = [.. PipedObject.Each(result).Select(one => Judge<HealthStatus>(one, RecordVerdict.Of, HealthStatus.Unknown)).OfType<HealthStatus>()];
        return all.Length == 0 ? null : $"{all.MaxBy(HealthSummary.Rank)}";
    }

    /// <summary>True when something is not as it must be: a check that is Unhealthy or Unknown, a test that did not pass, a service that is down, a restore or change without its end.</summary>
    /// <param name="result">What a cmdlet of this module emitted; anything that passes no judgement is not bad.</param>
    public static bool IsBad(object? result) => PipedObject.Each(result).Any(one => Judge<bool>(one, IsBadItself, notUnderstood: true) is true);

    /// <summary>What a script should end with because of it: 0, 1, or what the result itself asks for (Nagios's 0 to 3 of <c>Test-OpsHealth -Quiet</c>). Of several the highest.</summary>
    /// <param name="result">As of <see cref="IsBad"/>.</param>
    public static int ExitCode(object? result) =>
        PipedObject.Each(result).Select(one => Judge<int>(one, r => (r as IVerdict)?.ExitCode() ?? (IsBadItself(r) is { } bad ? bad ? 1 : 0 : null), notUnderstood: 1) ?? 0).DefaultIfEmpty().Max();

    /// <summary>A status or Passed that was taken out of its result judges as the result did.</summary>
    private static bool? IsBadItself(object record) => record switch
    {
        IVerdict verdict => verdict.IsBad(),
        HealthStatus status => status is HealthStatus.Unhealthy or HealthStatus.Unknown,
        false => true,
        _ => null,
    };

    /// <summary>What a record says of itself, or what counts for one that only looks like a result; null for what judges nothing.</summary>
    private static T? Judge<T>(object? one, Func<object, T?> said, T notUnderstood) where T : struct
    {
        RecordRead? read = PipedObject.Read(one);
        if ((read?.Record ?? PipedObject.Of(one)) is not { } record) return null;
        if (said(record) is { } judged) return judged;
        return read is null && ReportBuilder.LikenessOf(record, PipedObject.TypeName(one!), PipedObject.Within(one)) is not null ? notUnderstood : null;
    }
}
