using OpsModule.Cmdlets.Tests.Running;
using OpsModule.Connections.Platforms.Compose;
using OpsModule.Engine.Areas.Rollouts;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Engine.Tests.Rollouts.Lab;

namespace OpsModule.Cmdlets.Tests.Rollouts;

/// <summary>The cmdlets and the examples on a project that Compose has brought up.</summary>
[Collection(DockerCollection.Name)]
public sealed class RolloutCmdletTests
{
    [Fact]
    public async Task A_service_is_looked_at_brought_out_listed_compared_and_brought_back()
    {
        using var project = await Project.UpAsync();

        ChangePlan plan = Assert.Single(project.Run("Update-OpsService api -Tag 2 -WhatIf").Objects.OfType<ChangePlan>());
        Assert.Contains(plan.Figures, f => f.Name == "image api");
        Assert.All(project.Run("Test-OpsServiceUpdate api -Tag 2").Objects.Cast<RolloutFinding>(), f => Assert.Equal(RolloutEffect.Told, f.Effect));

        RolloutResult made = Assert.IsType<RolloutResult>(Assert.Single(project.Run("Update-OpsService api -Tag 2 -Reason release").Objects));
        Assert.Equal((RolloutOutcome.Done, "release"), (made.Outcome, made.Reason));
        Assert.Equal(RolloutOutcome.Unchanged, Assert.IsType<RolloutResult>(Assert.Single(project.Run("Update-OpsService api -Tag 2").Objects)).Outcome);
        Assert.Equal([2, 1], project.Run("Get-OpsServiceUpdate api").Objects.Cast<ServiceRevision>().Select(r => r.Revision));
        Assert.Equal("image", Assert.Single(project.Run("Get-OpsServiceUpdate api | Where-Object Revision -eq 1 | Compare-OpsServiceRevision -To 2").Objects.Cast<RevisionDifference>()).What);

        await HttpServiceImage.MakeAsync("crash", ["CRASH_AFTER_MS=0"]);
        PwshRun failed = project.Run("Update-OpsService api -Tag crash");
        Assert.Equal(RolloutOutcome.RolledBack, Assert.IsType<RolloutResult>(Assert.Single(failed.Objects)).Outcome);
        Assert.Equal("InstanceCrashed", Assert.Single(failed.Errors).ErrorId);

        Assert.Equal(RolloutOutcome.Done, Assert.IsType<RolloutResult>(Assert.Single(project.Run("Undo-OpsServiceUpdate api -Confirm:$false").Objects)).Outcome);
        Assert.Contains("ops-test-http:1", await DockerFixture.DockerAsync("ps", "--filter", "label=com.docker.compose.project=" + project.Name));
    }

    [Fact]
    public async Task The_examples_bring_a_version_and_a_configuration_out_and_back()
    {
        using var project = await Project.UpAsync();
        string examples = Path.Combine(ContractTests.Root, "examples");

        PwshRun deployed = project.Run($"& '{examples}/deploy.ps1' -Service api -Tag 2 -Watch 2s -Environment ops.yaml", environment: false);
        Assert.Empty(deployed.ErrorRecords);
        Assert.Equal(RolloutOutcome.Done, Assert.Single(deployed.Objects.OfType<RolloutResult>()).Outcome);

        File.WriteAllText(Path.Combine(project.Folder, ".env"), "TAG=1\nCOLOUR=blue\n");
        PwshRun changed = project.Run($"& '{examples}/update-and-rollback.ps1' -Service api -Environment ops.yaml", environment: false);
        Assert.Empty(changed.ErrorRecords);
        Assert.Contains(changed.Objects.OfType<RevisionDifference>(), d => d is { What: "variable", Name: "COLOUR" });

        PwshRun back = project.Run($"& '{examples}/update-and-rollback.ps1' -Service api -Back -Environment ops.yaml", environment: false);
        Assert.Empty(back.ErrorRecords);
        Assert.Equal(RolloutOutcome.Done, Assert.Single(back.Objects.OfType<RolloutResult>()).Outcome);
        Assert.Contains("COLOUR=red", File.ReadAllText(Path.Combine(project.Folder, ".env")));
    }

    private sealed class Project : IDisposable
    {
        private readonly ComposeV2 _compose = new();

        public string Name { get; } = "p" + Guid.NewGuid().ToString("N")[..10];

        public string Folder { get; } = Directory.CreateTempSubdirectory("ops-rollout-").FullName;

        public static async Task<Project> UpAsync()
        {
            await HttpServiceImage.MakeAsync("1");
            await HttpServiceImage.MakeAsync("2");
            var project = new Project();
            File.WriteAllText(Path.Combine(project.Folder, "compose.yaml"), "services:\n  api: { image: \"ops-test-http:${TAG}\", environment: { COLOUR: \"${COLOUR}\" } }\n");
            File.WriteAllText(Path.Combine(project.Folder, ".env"), "TAG=1\nCOLOUR=red\n");
            File.WriteAllText(Path.Combine(project.Folder, "ops.yaml"), $$"""
                environment: shop
                platform: { compose: { file: compose.yaml, project: {{project.Name}} } }
                services: { api: { rollout: { probe: "http://{instance}:8080/health", drain: 2s, health: 30s, minRequests: 10 } } }
                """);
            await ComposeProgram.RunAsync(new ComposeSource([Path.Combine(project.Folder, "compose.yaml")], project.Folder), project.Name, ["up", "-d"], default);
            return project;
        }

        public PwshRun Run(string script, bool environment = true) => PwshRun.Of(environment ? $"$PSDefaultParameterValues['*-Ops*:Environment'] = '{Folder}'; {script}" : script, Folder);

        public void Dispose()
        {
            foreach (string id in DockerFixture.DockerAsync("ps", "-aq", "--filter", "label=com.docker.compose.project=" + Name).GetAwaiter().GetResult().Split('\n', StringSplitOptions.RemoveEmptyEntries))
                DockerFixture.DockerAsync("rm", "-f", "-v", id).GetAwaiter().GetResult();
            Directory.Delete(Folder, recursive: true);
            _compose.Dispose();
        }
    }
}
