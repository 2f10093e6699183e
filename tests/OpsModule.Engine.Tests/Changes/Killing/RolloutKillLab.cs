using OpsModule.Engine.Areas.Rollouts;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Engine.Tests.Rollouts.Lab;

namespace OpsModule.Engine.Tests.Changes.Killing;

/// <summary>A service that is brought to its second version.</summary>
internal sealed class RolloutKillLab : KilledLab
{
    private readonly ComposeV2 _compose = new();
    private readonly RolloutLab _lab = RolloutLab.UpAsync().GetAwaiter().GetResult();

    public override string Folder => _lab.Lab.Folder;

    /// <summary>Whatever an earlier round left, version 1 runs once more, as Compose makes it.</summary>
    public override async Task PrepareAsync()
    {
        File.WriteAllText(Path.Combine(Folder, "ops.yaml"),
            $"environment: lab\nplatform: {{ compose: {{ file: compose.yaml, project: {_lab.Lab.Project} }} }}\n");
        await _lab.BringAnewAsync();
    }

    public override async Task<ChangePlan> PlanAsync() =>
        (await _lab.PlanAsync(new RolloutOptions { Tag = "2", DrainTimeout = TimeSpan.FromSeconds(1) }))!;

    public override async Task<string> LookAsync() =>
        $"{await _lab.LookAsync()}; lock {(await _lab.Rolling.FindLockAsync(RolloutLab.Api, default))?.ToString() ?? "free"}";

    public override async ValueTask DisposeAsync()
    {
        await _lab.DisposeAsync();
        _compose.Dispose();
    }
}
