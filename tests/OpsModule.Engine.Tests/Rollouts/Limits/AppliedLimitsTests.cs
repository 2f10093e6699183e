using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Limits;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Engine.Tests.Rollouts.Lab;

namespace OpsModule.Engine.Tests.Rollouts.Limits;

/// <summary>Limits of containers, on a real engine.</summary>
[Collection(DockerCollection.Name)]
public sealed class AppliedLimitsTests
{
    [Fact]
    public async Task Processors_that_are_written_and_not_in_force_are_not_limited_already()
    {
        using var compose = new ComposeV2();
        await using RolloutLab lab = await RolloutLab.UpAsync();
        ServiceLimits limits = ServiceLimits.Of(null, "0.5", null, null, inCluster: false);
        var limiter = new ServiceLimiter(lab.Context);
        RolloutOptions options = new() { Proxy = "none", DrainTimeout = TimeSpan.FromSeconds(1) };
        ChangePlan plan = (await limiter.PlanAsync(await lab.Lab.FindAsync(RolloutLab.Api), limits, options, default))!;
        // As after a kill between the file and what brings it out.
        await new ChangeRunner(lab.Context).RunAsync(plan, default);

        ServiceRecord service = await lab.Lab.FindAsync(RolloutLab.Api);
        plan = (await limiter.PlanAsync(service, limits, options, default))!;
        Assert.NotNull(plan);
        await limiter.RunAsync(service, plan, options, default);

        Assert.Equal(500_000_000, Assert.Single(await lab.Rolling.ListAsync(RolloutLab.Api, default)).Settings.NanoCpus);
        Assert.Null(await limiter.PlanAsync(await lab.Lab.FindAsync(RolloutLab.Api), limits, options, default));
    }
}
