using OpsModule.Engine.Areas.Secrets;
using OpsModule.Engine.Areas.Secrets.Changing;
using OpsModule.Engine.Areas.Secrets.Keeping;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Changes.Killing;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Engine.Tests.Secrets.Load;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Secrets.Faults;

/// <summary>Two rotations of one secret at the same time: one proceeds, and the other one changes nothing.</summary>
public sealed class TwoAtOnceTests : IAsyncDisposable
{
    private readonly LoadedSecret _secret = new("secrets: { app: { random: { length: 24 }, uses: [ { file: app.env, key: SESSION } ] } }", "SESSION=" + LoadedSecret.First)
    {
        Overlaps = true, LogIn = _ => Task.FromResult<string?>(null),
    };

    public ValueTask DisposeAsync() => _secret.DisposeAsync();

    [Theory]
    [InlineData("create")]
    [InlineData("write-1-done")]
    [InlineData("drop")]
    public async Task The_other_process_is_told_who_is_at_it_and_the_first_one_ends_well(string step)
    {
        ChangePlan plan = await _secret.PlanAsync(), late = await _secret.PlanAsync();
        File.WriteAllBytes(Path.Combine(_secret.Folder, "plan.json"), PlanFile.Write(late));
        string? said = null, planned = null;
        var journal = new StepJournal(_secret.Context.Journal, step, async () =>
        {
            // A real process of its own, while this one is in the middle of it.
            said = (await Assert.ThrowsAsync<InvalidOperationException>(() => Probe.RunPlanAsync("never", _secret.Folder))).Message;
            using OpsContext other = KilledLab.ContextOf(_secret.Folder);
            if (step != "create")
                planned = (await Assert.ThrowsAsync<OpsException>(() => new RotationPlanner(other).PlanAsync([LoadedSecret.Name], new RotationOptions(), default))).ErrorId;
        });

        await new ChangeRunner(_secret.Context with { Journal = journal }).RunAsync(plan, default);

        Assert.Contains($"(process {Environment.ProcessId}) works on secret/app", said);
        Assert.Contains("Invoke-OpsSecretRotation of", said);
        Assert.Equal(step == "create" ? null : "RotationUnderWay", planned);
        Assert.Equal(_secret.Kept.Current!.Value, _secret.Read().Value);
        Assert.Equal(LoadedSecret.First, _secret.Kept.Previous!.Value);
        // The plan that was kept is of the value before.
        string now = _secret.Read().Value;
        Assert.Equal("DriftDetected", (await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(_secret.Context).RunAsync(late, default))).ErrorId);
        Assert.Equal(now, _secret.Read().Value);
    }

    [Theory]
    [InlineData("create-done")]
    [InlineData("set-done")]
    public async Task A_plan_that_was_kept_does_not_take_the_place_of_values_of_a_rotation_that_was_killed(string step)
    {
        ChangePlan plan = await _secret.PlanAsync(), late = await _secret.PlanAsync();
        File.WriteAllBytes(Path.Combine(_secret.Folder, "plan.json"), PlanFile.Write(plan));
        Assert.Equal(137, await Probe.RunPlanAsync(step, _secret.Folder));
        KeptSecret killed = _secret.Kept;
        Assert.NotNull(killed.Pending);

        var runner = new ChangeRunner(_secret.Context);
        Assert.Equal("RotationUnderWay", (await Assert.ThrowsAsync<OpsException>(() => runner.RunAsync(late, default))).ErrorId);

        Assert.Equal(killed.Pending, _secret.Kept.Pending);
        Assert.Equal(LoadedSecret.First, _secret.Read().Value);
        JournalEntry open = Assert.Single(_secret.Context.Journal.FindUnfinished().Select(u => _secret.Context.Journal.Find(u.Id)!), c => c.Parent is null);
        await runner.ResumeAsync(open, default);
        Assert.Equal(killed.Pending!.Value, _secret.Read().Value);
        Assert.Empty(_secret.Context.Journal.FindUnfinished());
    }
}
