using OpsModule.Connections.Platforms.Compose;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Services.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Services;

/// <summary>Changes of services as plans: they hold or have drifted, and are taken back.</summary>
[Collection(DockerCollection.Name)]
public sealed class ServiceKindTests
{
    internal const string Two = "version: \"3\"\nservices:\n  api: { image: \"" + DockerFixture.Image + "\", command: [sh, -c, \"trap 'exit 0' TERM; sleep 3600 & wait\"], scale: 2 }\n";

    [Fact]
    public async Task What_has_ended_is_taken_back_to_what_it_was_and_nothing_more()
    {
        using var lab = new ServiceLab(Two);
        try
        {
            await BringToAsync(lab, running: 1);
            string one = (await lab.FindAsync("api")).Instances.Single(i => i.State == InstanceState.Running).Id;
            foreach (ServiceChange change in new[] { ServiceChange.Stop, ServiceChange.Start, ServiceChange.Restart, ServiceChange.Scale })
            {
                string id = await ChangeAsync(lab, change);
                await new ChangeRunner(lab.Context).UndoAsync(lab.Context.Journal.Find(id)!, default);
                ServiceRecord after = await lab.FindAsync("api");
                // The one that did not run before does not run now; a restart brings up all there is.
                if (change == ServiceChange.Restart) await DockerFixture.DockerAsync("stop", "-t", "0", after.Instances.Single(i => i.Id != one).Id);
                else Assert.Equal(one, Assert.Single(after.Instances, i => i.State == InstanceState.Running).Id);
                Assert.Equal(2, after.Instances.Count);
            }
        }
        finally { await DownAsync(lab); }
    }

    [Fact]
    public async Task A_plan_for_other_containers_is_not_carried_out_and_says_which()
    {
        using var lab = new ServiceLab();
        ServiceRecord api = await lab.RunAndFindAsync("api", DockerFixture.Stay);
        ChangePlan plan = new ServicePlanner(lab.Context).Plan(ServiceChange.Stop, api, new ServiceChangeOptions())!;
        Assert.Equal(("service.stop", "service/api", "Stop 1 instance"), (plan.Kind, plan.Target, plan.Summary));
        Assert.Empty(await new ChangeRunner(lab.Context).FindDriftAsync(plan, default));

        await DockerFixture.DockerAsync("rm", "-f", api.Instances[0].Id);
        await lab.RunAsync("api", DockerFixture.Stay);

        OpsException moved = await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(lab.Context).RunAsync(plan, default));
        Assert.Equal("DriftDetected", moved.ErrorId);
        Assert.Contains($"instances of api was {api.Instances[0].Id} and is ", moved.Message);
        Assert.Equal(ServiceState.Running, (await lab.FindAsync("api")).State);
    }

    [Theory]
    [InlineData("*")]
    [InlineData("API")]
    public async Task A_plan_for_a_pattern_or_a_name_in_another_case_is_refused(string name)
    {
        using var lab = new ServiceLab();
        ServiceRecord api = await lab.RunAndFindAsync("api", DockerFixture.Stay);
        ChangePlan plan = new ServicePlanner(lab.Context).Plan(ServiceChange.Stop, api with { Name = name }, new ServiceChangeOptions())!;
        Assert.Equal("PlanInvalid", (await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(lab.Context).RunAsync(plan, default))).ErrorId);
        Assert.Equal(ServiceState.Running, (await lab.FindAsync("api")).State);
    }

    /// <summary>How an instance is may change at any time, and is no reason to plan anew.</summary>
    [Fact]
    public async Task A_container_that_was_started_again_meanwhile_is_still_the_same()
    {
        using var lab = new ServiceLab();
        ServiceRecord api = await lab.RunAndFindAsync("api", DockerFixture.Stay);
        ChangePlan plan = new ServicePlanner(lab.Context).Plan(ServiceChange.Stop, api, new ServiceChangeOptions { Grace = TimeSpan.Zero })!;
        await DockerFixture.DockerAsync("restart", "-t", "0", api.Instances[0].Id);
        await new ChangeRunner(lab.Context).RunAsync(plan, default);
        Assert.Equal(InstanceState.Exited, (await lab.FindAsync("api")).Instances[0].State);
    }

    internal static async Task<string> ChangeAsync(ServiceLab lab, ServiceChange change, OpsContext? context = null)
    {
        OpsContext own = context ?? lab.Context;
        var options = new ServiceChangeOptions { Grace = TimeSpan.FromSeconds(2), Replicas = 3 };
        ChangePlan plan = new ServicePlanner(own).Plan(change, (await own.Platform().ListAsync(["api"], default))[0], options)!;
        await new ChangeRunner(own).RunAsync(plan, default);
        return new Journal(own.Environment, TimeProvider.System).Find(new JournalQuery { Last = 1 }, out _)[0].Id;
    }

    internal static async Task BringToAsync(ServiceLab lab, int running)
    {
        await new ServiceSequence(lab.Context, ServiceChange.Start) { Failed = e => throw e }.RunAsync([await lab.FindAsync("api")], default);
        ServiceRecord api = await lab.FindAsync("api");
        if (api.Instances.Count != 2) api = await new ServiceControl(lab.Context, lab.Platform).ScaleAsync(api, 2, default);
        foreach (ServiceInstance instance in api.Instances.Skip(running)) await DockerFixture.DockerAsync("stop", "-t", "0", instance.Id);
    }

    private static Task DownAsync(ServiceLab lab) =>
        ComposeProgram.RunAsync(new ComposeSource([Path.Combine(lab.Folder, "compose.yaml")], lab.Folder), lab.Project, ["down", "-t", "0", "-v"], default);
}
