using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Building;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Processes;

namespace OpsModule.Engine.Tests.Changes.Killing;

/// <summary>A service whose image Compose builds of one that is there.</summary>
internal sealed class BuildLab : KilledLab
{
    private const string Compose = "services:\n  api:\n    build: .\n    image: IMAGE\n    command: [sleep, '600']\n";

    private readonly ServiceLab _lab = new(Compose);

    public override string Folder => _lab.Folder;

    private string Image => $"ops-build-{_lab.Project}:1";

    private IInstanceRollout Rolling => (IInstanceRollout)Context.Platform().Rolling!;

    public override async Task PrepareAsync()
    {
        File.WriteAllText(Path.Combine(Folder, "ops.yaml"), $"environment: lab\nplatform: {{ compose: {{ file: compose.yaml, project: {_lab.Project} }} }}\n");
        File.WriteAllText(Path.Combine(Folder, "compose.yaml"), Compose.Replace("IMAGE", Image));
        Write("one");
        await new ChangeRunner(Context).RunAsync(await PlanAsync(), default);
        Write("two");
    }

    public override Task<ChangePlan> PlanAsync() => new BuildPlanner(Context).PlanAsync("api", noCache: false, "Update-OpsService", default);

    public override async Task<string> LookAsync() => (await Rolling.FindImageAsync(Image, default))?.Id ?? "none";

    public override async ValueTask DisposeAsync()
    {
        await ProgramRunner.RunAsync(new ProgramCall("docker", "image", "rm", "--force", Image), null, default);
        await base.DisposeAsync();
    }

    private void Write(string what) => File.WriteAllText(Path.Combine(Folder, "Dockerfile"), $"FROM {DockerFixture.Image}\nLABEL what={what}\n");
}
