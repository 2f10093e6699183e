using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Outlets.Reports.Charts;

namespace OpsModule.Engine.Outlets.Reports.Sections;

/// <summary>Services: which are ready, and how often they were started again.</summary>
internal sealed class ServiceSection(int maximumRows) : ReportSection<ServiceRecord>("Services", maximumRows)
{
    private readonly Most<ReportTile> _tiles = new(200, t => t.Status is { } s ? HealthSummary.Rank(s) : 0);
    private readonly Most<ReportBar> _restarts = new(12, b => b.Value);
    private int _running;

    public override string Summary => $"{ReportText.Number(_running)} of {ReportText.Count(Table.Count, "service")} {(_running == 1 ? "runs" : "run")} as wanted.";

    protected override HealthStatus? Mark(ServiceRecord service) => service.State switch
    {
        ServiceState.Running => HealthStatus.Healthy,
        ServiceState.Starting or ServiceState.Degraded => HealthStatus.Degraded,
        ServiceState.Down => HealthStatus.Unhealthy,
        ServiceState.Unknown => HealthStatus.Unknown,
        _ => null,
    };

    protected override ReportFinding? Take(ServiceRecord service)
    {
        HealthStatus? status = Mark(service);
        if (service.State == ServiceState.Running) _running++;
        string ready = $"{service.State.ToString().ToLowerInvariant()}, {service.Ready} of {service.Wanted} ready";
        _tiles.Add(new ReportTile("", ReportText.Cut(service.Name), ready, status));
        if (service.Restarts > 0) _restarts.Add(new ReportBar(ReportText.Cut(service.Name), "", service.Restarts, 0, ReportText.Number(service.Restarts)));
        // Once is enough: service.state has said it, with more words.
        return status is not { } judged || Known.JudgesService(service.Environment ?? "", service.Name) ? null
            : new ReportFinding(judged, $"service {service.Name}", $"The service is {ready}.", judged is HealthStatus.Healthy ? "" : $"See why: Get-OpsLog {service.Name} -Tail 100");
    }

    public override IEnumerable<ReportChart> Charts()
    {
        yield return new TileChart("All services", null, _tiles.Items, _tiles.Total);
        yield return new BarChart("Restarts", "How often the platform has started instances again.", [.. _restarts.Items.Select(b => b with { Full = _restarts.Items[0].Value })], _restarts.Total);
    }
}
