using OpsModule.Connections.Platforms.Compose;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Services.Changing;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Procedures.Sets.Changing;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Changes.Killing;

/// <summary>A service of two busybox containers.</summary>
internal sealed class ComposeLab(ServiceChange change, bool isRelease = false) : KilledLab
{
    private readonly ServiceLab _lab = new(Services.ServiceKindTests.Two);

    public override string Folder => _lab.Folder;

    /// <summary>A restart leaves it as it was.</summary>
    public override bool IsSeen => change is not (ServiceChange.Restart or ServiceChange.Recreate);

    public override async Task PrepareAsync()
    {
        File.WriteAllText(Path.Combine(Folder, "ops.yaml"), $"environment: lab\nplatform: {{ compose: {{ file: compose.yaml, project: {_lab.Project} }} }}\n");
        await Services.ServiceKindTests.BringToAsync(_lab, running: isRelease ? 0 : change == ServiceChange.Start ? 1 : 2);
    }

    public override async Task<ChangePlan> PlanAsync()
    {
        ChangePlan plan = new ServicePlanner(Context).Plan(change, await _lab.FindAsync("api"), new ServiceChangeOptions { Grace = TimeSpan.FromSeconds(2), Replicas = 3 })!;
        return isRelease ? plan with { Kind = ReleaseService.KindName, Undo = "it is stopped again", Identities = [] } : plan;
    }

    public override async Task<string> LookAsync() => $"{(await _lab.FindAsync("api")).Ready} ready";

    public override async ValueTask DisposeAsync()
    {
        await ComposeProgram.RunAsync(new ComposeSource([Path.Combine(Folder, "compose.yaml")], Folder), _lab.Project, ["down", "-t", "0", "-v"], default);
        await base.DisposeAsync();
    }
}
