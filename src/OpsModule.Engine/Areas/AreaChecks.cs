using System.Runtime.CompilerServices;
using OpsModule.Engine.Areas.Configuration.Checking;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Areas.Health.Cluster;
using OpsModule.Engine.Areas.Health.Configuration;
using OpsModule.Engine.Areas.Schedules;
using OpsModule.Engine.Areas.Secrets.Showing;
using OpsModule.Engine.Areas.Tenants.Showing;

namespace OpsModule.Engine.Areas;

/// <summary>The health checks that areas make of their own. A new one is one more line here.</summary>
internal static class AreaChecks
{
    // As with the sections of ops.yaml: health does not know these areas.
#pragma warning disable CA2255
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Register() => HealthPlan.OfAreas =
    [
        (ScheduleCheck.Name, ScheduleCheck.All), (SecretCheck.Name, SecretCheck.All), (ConfigurationCheck.Name, ConfigurationCheck.All),
        (ClusterCheck.Nodes, ClusterCheck.AllNodes), (ClusterCheck.Endpoints, ClusterCheck.AllEndpoints),
        (TenantCheck.Name, TenantCheck.All), (DriftCheck.Name, DriftCheck.All),
    ];
}
