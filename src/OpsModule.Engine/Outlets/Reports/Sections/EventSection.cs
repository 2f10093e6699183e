using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Outlets.Reports.Charts;

namespace OpsModule.Engine.Outlets.Reports.Sections;

/// <summary>Events of the platform: what happened when, and who ended badly.</summary>
internal sealed class EventSection(int maximumRows) : ReportSection<PlatformEvent>("Events", maximumRows)
{
    private const int MostServices = 1000;

    private readonly TimeCounts _times = new([.. Enum.GetValues<PlatformEventKind>().Select(k => new TimeSeries(ReportText.Words($"{k}"), "event-" + k.ToString().ToLowerInvariant()))]);
    private readonly Dictionary<string, (int Died, int OutOfMemory)> _bad = [];

    protected override ReportFinding? Take(PlatformEvent happened)
    {
        _times.Add(happened.Time, (int)happened.Kind);
        if (Mark(happened) is null || (_bad.Count == MostServices && !_bad.ContainsKey(happened.Service))) return null;
        (int died, int memory) = _bad.GetValueOrDefault(happened.Service);
        _bad[happened.Service] = happened.Kind is PlatformEventKind.OutOfMemory ? (died, memory + 1) : (died + 1, memory);
        return null;
    }

    protected override HealthStatus? Mark(PlatformEvent happened) => happened.Kind switch
    {
        PlatformEventKind.OutOfMemory => HealthStatus.Unhealthy,
        // 143 and 137 are how a container ends that was asked to stop.
        PlatformEventKind.Died when happened.ExitCode is not (null or 0 or 143 or 137) => HealthStatus.Degraded,
        _ => null,
    };

    public override IEnumerable<ReportFinding> Conclude() => _bad.Select(b => new ReportFinding(HealthStatus.Degraded, $"events of {b.Key}",
        "An instance " + string.Join(" and ", new[] { b.Value.Died > 0 ? $"ended with an error {ReportText.Count(b.Value.Died, "time")}" : "", b.Value.OutOfMemory > 0 ? $"ended for want of memory {ReportText.Count(b.Value.OutOfMemory, "time")}" : "" }.Where(t => t.Length > 0)) + ".",
        b.Value.OutOfMemory > 0 ? "Raise its memory limit, or find what takes the memory." : $"See why: Get-OpsLog {b.Key} -Tail 100"));

    public override IEnumerable<ReportChart> Charts() => [new StackChart("Events over time", null, _times)];
}
