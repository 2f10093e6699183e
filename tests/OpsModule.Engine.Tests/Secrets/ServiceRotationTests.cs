using OpsModule.Engine.Areas.Secrets;
using OpsModule.Engine.Areas.Secrets.Changing;
using OpsModule.Engine.Areas.Secrets.Showing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Engine.Tests.Rollouts.Lab;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Secrets;

/// <summary>Rotations of a secret that a running service reads, in a real compose project.</summary>
[Collection(DockerCollection.Name)]
public sealed class ServiceRotationTests
{
    [Fact]
    public async Task The_service_is_replaced_once_with_the_new_value_and_no_old_instance_is_left()
    {
        await using RolloutLab lab = await RolloutLab.UpAsync();
        using OpsContext context = RotationLab.Declare(lab);
        string[] before = await lab.IdsAsync();
        ChangePlan plan = await new RotationPlanner(context).PlanAsync([RotationLab.Name], new RotationOptions(), default);
        Assert.Equal(["secret.set", "service.update", "secret.finish"], plan.Parts.Select(p => p.Kind));
        var runner = new ChangeRunner(context);

        ChangeResult? done = await runner.RunAsync(plan, default);

        string now = RotationLab.InFile(lab);
        Assert.NotEqual(RotationLab.First, now);
        Assert.Equal(40, now.Length);
        Assert.Equal(now, await lab.VariableAsync("API_SECRET"));
        Assert.Empty(before.Intersect(await lab.IdsAsync()));
        RotationResult result = Assert.Single(new RotationReport(context).Of(done!.Change!));
        Assert.Equal((RotationOutcome.Done, 0, "api"), (result.Outcome, result.OldSessions, Assert.Single(result.Services)));
        Assert.Contains(result.Proofs, p => p.Contains("1 instance of api has it, and none the old one"));
        Assert.True((await new SecretTester(context).TestAsync(RotationLab.Name, default)).Passed);
        // Whoever may ask the engine sees the new one, and the old one in nothing that is left: no container, and no image.
        string[] left = (await DockerFixture.DockerAsync("ps", "-aq", "--filter", "label=com.docker.compose.project=" + lab.Lab.Project)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string[] images = (await DockerFixture.DockerAsync("images", "-aq")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string inspected = await DockerFixture.DockerAsync(["inspect", .. left, .. images.Distinct()]);
        Assert.Contains(now, inspected);
        Assert.DoesNotContain(RotationLab.First, inspected);
        // Nothing that is kept in the clear has one of the values.
        foreach (string file in Directory.EnumerateFiles(context.Environment.StateDirectory, "*", SearchOption.AllDirectories))
            Assert.False(Text(file).Contains(now) || Text(file).Contains(RotationLab.First), file);
        OpsException error = await Assert.ThrowsAsync<OpsException>(() => runner.UndoAsync(context.Journal.Find(done.Change!)!, default));
        Assert.Equal("ChangeNotUndoable", error.ErrorId);
        Assert.Contains("its old value was dropped", error.Message);
    }

    [Fact]
    public async Task A_rotation_whose_old_value_is_valid_still_is_taken_back_with_files_and_instances()
    {
        await using RolloutLab lab = await RolloutLab.UpAsync();
        using OpsContext context = RotationLab.Declare(lab);
        byte[] file = File.ReadAllBytes(Path.Combine(lab.Lab.Folder, "api.env"));
        var runner = new ChangeRunner(context);
        ChangePlan plan = await new RotationPlanner(context).PlanAsync([RotationLab.Name], new RotationOptions { OverlapFor = TimeSpan.FromHours(1) }, default);

        Assert.Null(await runner.RunAsync(plan, default));

        Assert.Equal(RotationLab.InFile(lab), await lab.VariableAsync("API_SECRET"));
        Assert.NotEqual(RotationLab.First, RotationLab.InFile(lab));
        Assert.Equal(RotationOutcome.Waiting, Assert.Single(new RotationReport(context).Of(runner.Latest!)).Outcome);
        await runner.UndoAsync(context.Journal.Find(runner.Latest!)!, default);

        Assert.Equal(file, File.ReadAllBytes(Path.Combine(lab.Lab.Folder, "api.env")));
        Assert.Equal(RotationLab.First, await lab.VariableAsync("API_SECRET"));
        Assert.Empty(context.Journal.FindUnfinished());
    }

    private static string Text(string file) => System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(file));
}
