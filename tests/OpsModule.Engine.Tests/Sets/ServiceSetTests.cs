using OpsModule.Connections.Platforms.Compose;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Services.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Procedures.Sets;
using OpsModule.Engine.Procedures.Sets.Changing;
using OpsModule.Engine.Procedures.Sets.Planning;
using OpsModule.Engine.Tests.Configuration;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Bytes;

namespace OpsModule.Engine.Tests.Sets;

/// <summary>Services that are stopped while a set is restored, on a real engine.</summary>
[Collection(DockerCollection.Name)]
public sealed class ServiceSetTests
{
    [Fact]
    public async Task A_restore_that_stopped_services_is_taken_back_and_they_run_again()
    {
        using ConfigurationLab lab = await ConfigurationLab.MakeAsync();
        string project = "p" + Guid.NewGuid().ToString("N")[..10];
        lab.Write("ops.yaml", File.ReadAllText(lab["ops.yaml"]).Replace("project: lab", $"project: {project}"));
        lab.Write("compose.yaml", $"version: \"3\"\nservices:\n  api: {{ image: \"{DockerFixture.Image}\", "
            + $"command: [sh, -c, \"{DockerFixture.Stay}\"] }}\n");
        try
        {
            await new ServiceSequence(lab.Context, ServiceChange.Start) { Failed = e => throw e }.RunAsync(await ListAsync(lab), default);
            ChangePlan backup = await new EnvironmentBackupPlanner(lab.Context).PlanAsync(null, [], new Dictionary<string, string>(),
                Compression.Auto, default);
            ChangeResult made = (await new ChangeRunner(lab.Context).RunAsync(backup, default))!;
            BackupSetRecord set = Assert.Single((IReadOnlyList<BackupSetRecord>)made.Value!);
            lab.Write("api.env", "lost");
            ChangePlan plan = (await new EnvironmentRestorePlanner(lab.Context).PlanAsync(
                new EnvironmentRestoreRequest { Set = set }, default))!;
            Assert.Equal(["service.stop", "restore.configuration", ReleaseService.KindName], plan.Parts.Select(p => p.Kind));
            Assert.All(plan.Parts, p => Assert.NotNull(p.Undo));
            var runner = new ChangeRunner(lab.Context);
            await runner.RunAsync(plan, default);
            Assert.NotEqual("lost", File.ReadAllText(lab["api.env"]));
            ServiceRecord restored = Assert.Single(await ListAsync(lab));
            Assert.Equal(ServiceState.Running, restored.State);

            await runner.UndoAsync(lab.Context.Journal.Find(runner.Latest!)!, default);
            Assert.Equal("lost", File.ReadAllText(lab["api.env"]));
            ServiceRecord after = Assert.Single(await ListAsync(lab));
            Assert.Equal(ServiceState.Running, after.State);
            // It did not run while the files were put back.
            Assert.True(after.Instances[0].StartedAt > restored.Instances[0].StartedAt);
        }
        finally
        {
            await ComposeProgram.RunAsync(new ComposeSource([lab["compose.yaml"]], lab.Folder), project, ["down", "-t", "0", "-v"],
                default);
        }
    }

    private static Task<IReadOnlyList<ServiceRecord>> ListAsync(ConfigurationLab lab) => lab.Context.Platform().ListAsync(null, default);
}
