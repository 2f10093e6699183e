using OpsModule.Cmdlets.Tests.Running;
using OpsModule.Engine.Areas.Rollouts;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Fixtures.Kubernetes;

namespace OpsModule.Cmdlets.Tests.Rollouts;

/// <summary>The cmdlets of updates on Kubernetes: the real kubectl, and an API server of this process.</summary>
public sealed class WorkloadCmdletTests : IDisposable
{
    private readonly KubeLab _lab = new();

    public WorkloadCmdletTests() => File.WriteAllText(Path.Combine(_lab.Folder, "ops.yaml"), "environment: shop\n" + _lab.PlatformSection);

    public void Dispose() => _lab.Dispose();

    private PwshRun Run(string pipeline) => PwshRun.Of(pipeline, _lab.Folder);

    [Fact]
    public async Task A_workload_is_looked_at_brought_out_listed_compared_and_brought_back()
    {
        await _lab.Api.Controllers.Keep(KubeSamples.Workload("Deployment", "api", 2));
        ChangePlan plan = Assert.Single(Run("Update-OpsService api -Tag 2 -WhatIf").Objects.OfType<ChangePlan>());
        Assert.Contains("example/app:2", plan.Summary);
        Assert.Contains(Run("Test-OpsServiceUpdate api -Tag 2").Objects.Cast<RolloutFinding>(), f => f.Code == "TagOnly");
        RolloutResult made = Assert.IsType<RolloutResult>(Assert.Single(Run("Update-OpsService api -Tag 2 -Reason release").Objects));
        Assert.Equal((RolloutOutcome.Done, "release", "example/app:2"), (made.Outcome, made.Reason, made.ToImage));
        Assert.Equal(RolloutOutcome.Unchanged, Assert.IsType<RolloutResult>(Assert.Single(Run("Update-OpsService api -Tag 2").Objects)).Outcome);
        Assert.Equal([2, 1], Run("Get-OpsServiceUpdate api").Objects.Cast<ServiceRevision>().Select(r => r.Revision));
        RevisionDifference differs = Assert.Single(Run("Compare-OpsServiceRevision api -Revision 1 -To 2").Objects.Cast<RevisionDifference>());
        Assert.Equal(("image", "example/app:1", "example/app:2"), (differs.What, differs.From, differs.To));
        Assert.Equal(RolloutOutcome.Done, Assert.IsType<RolloutResult>(Assert.Single(Run("Undo-OpsServiceUpdate api -Confirm:$false").Objects)).Outcome);
    }

    [Fact]
    public async Task Limits_are_brought_out_and_what_a_node_decides_is_refused()
    {
        await _lab.Api.Controllers.Keep(KubeSamples.Workload("Deployment", "api", 2));
        RolloutResult made = Assert.IsType<RolloutResult>(Assert.Single(Run("Set-OpsService api -Memory 256m -Cpu 0.5 -PassThru").Objects));
        Assert.Equal(RolloutOutcome.Done, made.Outcome);
        Assert.Equal("""{"memory":"256Mi","cpu":"500m"}""",
            _lab.Store.Find("deployments", "api")!["spec"]!["template"]!["spec"]!["containers"]![0]!["resources"]!["limits"]!.ToJsonString());
        Assert.Equal("LimitUnsupported", Assert.Single(Run("Set-OpsService api -LogMaxSize 10m").Errors).ErrorId);
        Assert.Equal("LimitInvalid", Assert.Single(Run("Set-OpsService api -Memory lots").Errors).ErrorId);
        Assert.Equal("RolloutUnsupported", Assert.Single(Run("Update-OpsService api -Build").Errors).ErrorId);
    }
}
