using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Areas.Recovery;

namespace OpsModule.Engine.Outlets.Reports.Sections;

/// <summary>Restores. What is only staged was never switched in, and takes space.</summary>
internal sealed class RestoreSection(int maximumRows) : ReportSection<RestoreRecord>("Restores", maximumRows)
{
    protected override ReportFinding? Take(RestoreRecord restore) => restore.State is not RestoreState.Staged ? null
        : new ReportFinding(HealthStatus.Degraded, $"restore {restore.Id}", $"{restore.ReplacedName} was built beside {restore.Schema ?? restore.Database} and never switched in.", "Remove it: Get-OpsRestore | Remove-OpsRestore");
}
