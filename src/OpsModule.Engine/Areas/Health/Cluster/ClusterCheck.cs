using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Nodes;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Services;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Health.Cluster;

/// <summary>What a cluster tells beside its workloads: how its nodes are, and whether anybody answers behind the names inside it.</summary>
internal static class ClusterCheck
{
    public const string Nodes = "node.state";
    public const string Endpoints = "service.endpoints";

    private const string Forbidden = "ClusterForbidden";

    /// <summary>The checks of an environment on Kubernetes; elsewhere none.</summary>
    public static IEnumerable<HealthCheck> AllNodes(OpsContext context) => Of(context, Nodes, ReportNodesAsync);

    /// <summary>The same of the names.</summary>
    public static IEnumerable<HealthCheck> AllEndpoints(OpsContext context) => Of(context, Endpoints, ReportEndpointsAsync);

    private static IEnumerable<HealthCheck> Of(OpsContext context, string name,
        Func<IServicePlatform, HealthReport, CancellationToken, Task> look)
    {
        if (context.Environment.Platform.Kind != PlatformKind.Kubernetes) return [];
        return [new HealthCheck(name, context.Environment.Platform.Namespace ?? context.Environment.Name, async (report, token) =>
        {
            using IServicePlatform platform = context.OpenPlatform();
            try { await look(platform, report, token).ConfigureAwait(false); }
            catch (OpsException e)
            {
                if (await IsToldOrNobodysAsync(platform, report, name, e, token).ConfigureAwait(false))
                    context.Reporter.Verbose($"{e.Message} {name} is left out.");
                else if (e.ErrorId == Forbidden) report.Said(HealthStatus.Unknown, e.Message, e.RecommendedAction);
                else throw;
            }
        })
        {
            TimeoutRemedy = context.Environment.Platform.FirstQuestion,
        }];
    }

    /// <summary>
    /// Whether nothing is to be told: who may see his namespace alone has no nodes to look after, unless he asked for them; and that the
    /// cluster gives no answer is told once, by <see cref="ServiceCheck.State"/>.
    /// </summary>
    private static async Task<bool> IsToldOrNobodysAsync(IServicePlatform platform, HealthReport report, string name, OpsException error,
        CancellationToken cancellationToken)
    {
        if (!report.Wants(ServiceCheck.State)) return false;
        if (name == Nodes && error.ErrorId == Forbidden) return true;
        try { await platform.ListAsync(null, cancellationToken).ConfigureAwait(false); }
        catch (OpsException e) { return e.ErrorId == error.ErrorId; }
        return false;
    }

    private static async Task ReportNodesAsync(IServicePlatform platform, HealthReport report, CancellationToken cancellationToken)
    {
        foreach (NodeRecord node in await platform.ReadNodesAsync(false, cancellationToken).ConfigureAwait(false) ?? [])
        {
            report.Target = node.Node;
            report.Said(!node.IsReady ? HealthStatus.Unhealthy : node.Problem is not null ? HealthStatus.Degraded : HealthStatus.Healthy,
                node.IsReady && node.Problem is null ? $"It is {node.State}." : $"It says {node.Problem}.",
                $"See what it says (kubectl describe node {node.Node}); does its kubelet run, is there memory and disk?");
        }
    }

    private static async Task ReportEndpointsAsync(IServicePlatform platform, HealthReport report, CancellationToken cancellationToken)
    {
        Dictionary<string, ServiceRecord> services = (await platform.ListAsync(null, cancellationToken).ConfigureAwait(false))
            .ToDictionary(s => s.Name, StringComparer.Ordinal);
        foreach (ClusterAddress address in await platform.ReadAddressesAsync(cancellationToken).ConfigureAwait(false) ?? [])
        {
            if (address.IsElsewhere) continue;
            report.Target = "service/" + address.Name;
            Report(address, [.. address.Services.Select(services.GetValueOrDefault).OfType<ServiceRecord>()], report);
        }
    }

    private static void Report(ClusterAddress address, ServiceRecord[] behind, HealthReport report)
    {
        string names = string.Join(", ", behind.Select(s => s.Name));
        if (address.Ready > 0)
            report.Said(HealthStatus.Healthy, $"{address.Ready} of {address.Ready + address.NotReady} behind it answer.");
        else if (address.Selector is null)
            report.Said(HealthStatus.Degraded, "Nobody is behind it: it has no selector, and nobody has written addresses for it.",
                "Give it a selector, write its Endpoints, or remove it.");
        else if (behind.Length == 0)
            report.Said(HealthStatus.Unhealthy, $"Nobody is behind it: no pod has the labels {address.Selector}.",
                $"Correct the selector of the Service {address.Name}, or the labels of the pods that it is for.");
        else if (behind.All(s => s.State == ServiceState.Stopped))
            report.Said(HealthStatus.Healthy, $"Nobody is behind it, for nothing of {names} is wanted.");
        else
            report.Said(behind.Any(s => s.State == ServiceState.Starting) ? HealthStatus.Degraded : HealthStatus.Unhealthy,
                $"None of {address.NotReady} behind it is ready: {names} is {string.Join("; ", behind.Select(ServiceText.Of))}.",
                $"Mend what is behind it first: Get-OpsService {names}.");
    }
}
