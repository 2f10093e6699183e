using OpsModule.Engine.Areas.Rollouts.Building;
using OpsModule.Engine.Areas.Rollouts.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Changes.Killing;

/// <summary>The kinds of change that are made to services, killed everywhere.</summary>
[Collection(DockerCollection.Name)]
public sealed class ServiceKindKillTests
{
    /// <summary>Updates and builds take minutes, each of them: they are killed in 'prove foundations'.</summary>
    public static TheoryData<string, int, int> Kinds => KilledKinds.Rows(KilledKinds.OfServices.Keys, UpdateService.KindName, BuildImage.KindName);

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_kind_is_gone_on_with_and_taken_back_wherever_it_was_killed(string kind, int share, int of)
    {
        await using KilledLab lab = KilledKinds.OfServices[kind]();
        await KilledKinds.ProveAsync(lab, share, of);
    }

    [Fact]
    public async Task An_update_that_goes_on_after_it_had_given_its_lock_back_gives_it_back_again()
    {
        await using var lab = new RolloutKillLab();
        await lab.PrepareAsync();
        File.WriteAllBytes(Path.Combine(lab.Folder, "plan.json"), PlanFile.Write(await lab.PlanAsync()));
        Assert.Equal(137, await Probe.RunPlanAsync("unlock-done", lab.Folder));

        await new ChangeRunner(lab.Context).ResumeAsync(lab.Context.Journal.Find(Assert.Single(lab.Context.Journal.FindUnfinished()).Id)!, default);

        Assert.EndsWith("lock free", await lab.LookAsync());
    }
}
