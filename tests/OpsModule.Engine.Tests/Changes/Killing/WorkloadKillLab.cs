using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Areas.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Clusters;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Rollouts.Clusters;

namespace OpsModule.Engine.Tests.Changes.Killing;

/// <summary>A Deployment of two pods on the imitation of an API server, which lives on while the process that changes it dies.</summary>
internal sealed class WorkloadKillLab : KilledLab
{
    private readonly WorkloadLab _lab = new();
    private bool _made;

    public override string Folder => _lab.Cluster.Folder;

    public override async Task PrepareAsync()
    {
        File.WriteAllText(Path.Combine(Folder, "ops.yaml"), "environment: lab\n" + _lab.Cluster.PlatformSection);
        if (!_made) await _lab.KeepAsync("Deployment");
        _made = true;
        if (_lab.Image() != WorkloadLab.Old) _lab.ByOthers(WorkloadLab.Old);
        await _lab.SettledAsync();
    }

    public override async Task<ChangePlan> PlanAsync()
    {
        IServicePlatform platform = Context.Platform();
        return (await new WorkloadPlanner(Context, (IWorkloadRollout)platform.Rolling!).PlanAsync("api",
            new RolloutOptions { Image = WorkloadLab.New }, "Update-OpsService", default))!;
    }

    public override async Task<string> LookAsync()
    {
        WorkloadProgress now = await _lab.Rollout.LookAsync("api", default);
        return $"{_lab.Image()}, {now.Words}, Lease {(string?)_lab.Store.Find("leases", "opsmodule-api")?["spec"]!["holderIdentity"]}";
    }

    public override ValueTask DisposeAsync()
    {
        _lab.Dispose();
        return ValueTask.CompletedTask;
    }
}
