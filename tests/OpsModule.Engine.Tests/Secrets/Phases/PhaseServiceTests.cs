using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Areas.Secrets;
using OpsModule.Engine.Areas.Secrets.Keeping;
using OpsModule.Engine.Areas.Secrets.Phases;
using OpsModule.Engine.Areas.Secrets.Showing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Changes.Killing;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Engine.Tests.Rollouts.Lab;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Secrets.Phases;

/// <summary>A rotation in phases of what a service of a real compose project reads.</summary>
[Collection(DockerCollection.Name)]
public sealed class PhaseServiceTests
{
    [Fact]
    public async Task Each_phase_replaces_the_service_and_no_instance_signs_what_another_does_not_accept()
    {
        await using RolloutLab lab = await RolloutLab.UpAsync(replicas: 2);
        using OpsContext context = Declare(lab);
        string[] before = await lab.IdsAsync();
        var runner = new ChangeRunner(context);
        ChangePlan plan = await new PhasePlanner(context).PlanAsync("jwt", new RotationOptions(), default);

        Assert.Null(await runner.RunAsync(plan, default));

        string[] signing = await lab.IdsAsync();
        Assert.Empty(before.Intersect(signing));
        Assert.Equal(RotationOutcome.Waiting, Assert.Single(new RotationReport(context).Of(runner.Latest!)).Outcome);
        foreach (InstanceFacts instance in await lab.Rolling.ListAsync(RolloutLab.Api, default))
        {
            Assert.Equal("first-secret", instance.Variables["API_SECRET_PREVIOUS"]);
            Assert.NotEqual("first-secret", instance.Variables["API_SECRET"]);
        }
        // Two replacements: between them every instance had accepted the new value, and used the old one.
        Assert.Equal(2, Updates(context));

        string now = new SecretStore(context).Read("jwt").Pending!.Value;
        foreach (string file in Directory.EnumerateFiles(context.Environment.StateDirectory, "*", SearchOption.AllDirectories))
            Assert.All((string[])["first-secret", now], value => Assert.DoesNotContain(value, File.ReadAllText(file)));

        await runner.UndoAsync(context.Journal.Find(runner.Latest!)!, default);

        foreach (InstanceFacts instance in await lab.Rolling.ListAsync(RolloutLab.Api, default))
            Assert.Equal(("first-secret", "first-secret"), (instance.Variables["API_SECRET"], instance.Variables["API_SECRET_PREVIOUS"]));
        Assert.Equal(4, Updates(context));
        Assert.Empty(context.Journal.FindUnfinished());
    }

    [Fact]
    public async Task At_once_it_is_replaced_once_and_no_instance_has_the_old_value()
    {
        await using RolloutLab lab = await RolloutLab.UpAsync();
        using OpsContext context = Declare(lab);
        ChangePlan plan = await new PhasePlanner(context).PlanAsync("jwt", new RotationOptions { OverlapFor = TimeSpan.Zero }, default);

        ChangeResult done = (await new ChangeRunner(context).RunAsync(plan, default))!;

        Assert.Equal(1, Updates(context));
        InstanceFacts instance = Assert.Single(await lab.Rolling.ListAsync(RolloutLab.Api, default));
        Assert.DoesNotContain("first-secret", instance.Variables.Values);
        Assert.Equal(RotationOutcome.Done, Assert.Single(new RotationReport(context).Of(done.Change!)).Outcome);
    }

    [Fact]
    public async Task An_update_that_fails_or_is_stopped_in_a_later_phase_is_made_again_and_no_phase_is_passed_over()
    {
        await using RolloutLab lab = await RolloutLab.UpAsync();
        using OpsContext loaded = Declare(lab);
        var time = new ShiftedTime();
        OpsContext context = loaded with { Time = time, Journal = new Journal(loaded.Environment, time) };
        ChangePlan plan = await new PhasePlanner(context).PlanAsync("jwt", new RotationOptions(), default);
        int updates = 0;
        var failing = new StepJournal(context.Journal, "ready-1", () => ++updates == 2
            ? throw new OpsException("EngineRefused", OpsErrorCategory.InvalidOperation, "The test says no.", "Try again.") : Task.CompletedTask);

        await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(context with { Journal = failing }).RunAsync(plan, default));

        string id = Assert.Single(context.Journal.FindUnfinished()).Id, now = new SecretStore(context).Read("jwt").Pending!.Value;
        // The version before serves: it signs with the old value, and accepts the new one.
        Assert.Equal(("first-secret", now), await LookAsync(lab));

        Assert.Null(await new ChangeRunner(context).ResumeAsync(context.Journal.Find(id)!, default));
        Assert.Equal((now, "first-secret"), await LookAsync(lab));

        time.Later = TimeSpan.FromHours(2);
        using var stop = new CancellationTokenSource();
        var stopping = new StepJournal(context.Journal, "start-1", () => stop.CancelAsync());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            new ChangeRunner(context with { Journal = stopping }).ResumeAsync(context.Journal.Find(id)!, stop.Token));
        Assert.Equal(2, context.Journal.FindUnfinished().Count);

        Assert.NotNull(await new ChangeRunner(context).ResumeAsync(context.Journal.Find(id)!, default));
        Assert.Equal((now, now), await LookAsync(lab));
        Assert.Empty(context.Journal.FindUnfinished());
    }

    private static async Task<(string, string)> LookAsync(RolloutLab lab)
    {
        InstanceFacts instance = Assert.Single(await lab.Rolling.ListAsync(RolloutLab.Api, default), i => i.Runs);
        return (instance.Variables["API_SECRET"], instance.Variables["API_SECRET_PREVIOUS"]);
    }

    /// <summary>How often the service was brought out.</summary>
    private static int Updates(OpsContext context) => new Journal(context.Environment, TimeProvider.System)
        .Find(new JournalQuery { Targets = ["service/api"] }, out _).Count(e => e.Kind == "service.update");

    private static OpsContext Declare(RolloutLab lab)
    {
        File.WriteAllText(Path.Combine(lab.Lab.Folder, "ops.yaml"), $$"""
            environment: lab
            platform: { compose: { file: compose.yaml, project: {{lab.Lab.Project}} } }
            services: { api: { rollout: { drain: 1s, health: 30s } } }
            secrets:
              jwt: { jwt: { lifetime: 1h }, uses: [ { file: api.env, key: API_SECRET, previous: API_SECRET_PREVIOUS, services: [ api ] } ] }
            """);
        return KilledLab.ContextOf(lab.Lab.Folder);
    }
}
