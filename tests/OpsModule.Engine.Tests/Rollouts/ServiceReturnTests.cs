using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Areas.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Revisions;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Engine.Tests.Rollouts.Lab;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Rollouts;

/// <summary>What there is to go back to, and what of others stays on the way, on a real engine.</summary>
[Collection(DockerCollection.Name)]
public sealed class ServiceReturnTests
{
    [Fact]
    public async Task What_was_taken_back_is_not_what_there_is_to_go_back_to()
    {
        using var compose = new ComposeV2();
        await using RolloutLab lab = await RolloutLab.UpAsync();
        await HttpServiceImage.MakeAsync("3");
        RolloutResult second = await lab.UpdateAsync(new RolloutOptions { Tag = "2", Keep = 1 });
        await new ChangeRunner(lab.Context).UndoAsync(lab.Find(second.Change!), default);

        await lab.UpdateAsync(new RolloutOptions { Tag = "3", Keep = 1 });

        var lister = new RevisionLister(lab.Context);
        int previous = await lister.FindPreviousAsync(RolloutLab.Api, default);
        ServiceRevision back = Assert.Single(await lister.ListAsync(RolloutLab.Api, default), r => r.Revision == previous);
        Assert.Equal(("ops-test-http:1", true), (back.Image?.Split('@')[0], back.IsKept));
        await lab.UpdateAsync(new RolloutOptions { ToRevision = previous });
        Assert.Equal("ops-test-http:1 Running", await lab.LookAsync());
    }

    [Fact]
    public async Task What_somebody_has_written_into_files_since_stays_when_a_killed_way_back_is_taken_back()
    {
        using var compose = new ComposeV2();
        await using RolloutLab lab = await RolloutLab.UpAsync();
        lab.Write("1", "blue", "second-secret");
        await lab.UpdateAsync(new RolloutOptions());
        lab.Write("1", "green", "third-secret");
        await lab.UpdateAsync(new RolloutOptions());
        JournalEntry stopped = await lab.StopAtAsync("files-done", new RolloutOptions { ToRevision = 2 });
        string own = Path.Combine(lab.Lab.Folder, "api.env"), project = Path.Combine(lab.Lab.Folder, ".env");
        Assert.Contains("COLOUR=blue", File.ReadAllText(project));
        File.AppendAllText(own, "MORE=1\n");

        await new ChangeRunner(lab.Context).UndoAsync(stopped, default);

        Assert.Equal("API_SECRET=second-secret\nMORE=1\n", File.ReadAllText(own));
        Assert.Contains("COLOUR=green", File.ReadAllText(project));
        Assert.Contains(lab.Lab.Reporter.Warnings, w => w.Contains(own) && w.Contains("stays as it is"));
        Assert.Equal("third-secret", await lab.VariableAsync("API_SECRET"));
    }

    [Fact]
    public async Task Nothing_is_run_once_of_an_image_that_was_not_planned()
    {
        using var compose = new ComposeV2();
        await using RolloutLab lab = await RolloutLab.UpAsync();
        InstanceModel model = await lab.Rolling.ReadAsync(RolloutLab.Api, default);
        string name = "ops-once-" + Guid.NewGuid().ToString("N")[..8];
        var making = new InstanceMaking(model, 1)
        {
            ImageId = (await lab.Rolling.FindImageAsync("ops-test-http:2", default))!.Id, Folder = Path.Combine(lab.Lab.Folder, "made"),
        };

        OpsException refused = await Assert.ThrowsAsync<OpsException>(() =>
            lab.Rolling.RunOnceAsync(TestScope.Instance, making, ["/bin/sh", "-c", "exit 0"], name, default));

        Assert.Equal("InstancesNotMade", refused.ErrorId);
        Assert.Null(await lab.Rolling.LookAsync(name, default));
    }
}
