using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Secrets;
using OpsModule.Engine.Areas.Secrets.Phases;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Changes.Killing;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Engine.Tests.Rollouts.Lab;

namespace OpsModule.Engine.Tests.Secrets.Phases;

/// <summary>Clients of two instances that sign tokens and accept each other's, while what they sign with is rotated.</summary>
[Collection(DockerCollection.Name)]
public sealed class TokenLoadTests
{
    /// <summary>So long a token is used by its client, as ops.yaml says.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(4);

    public static TheoryData<int> Rounds => [.. Enumerable.Range(1, Proof.Cases(20, 1))];

    /// <summary>Each round is a test of its own: all of them together take longer than the runner lets one test go on.</summary>
    [Theory]
    [MemberData(nameof(Rounds))]
    public async Task No_token_is_refused_before_its_end_while_the_services_are_replaced_in_phases(int round)
    {
        await using RolloutLab lab = await RolloutLab.UpAsync(replicas: 2);
        using OpsContext context = Declare(lab);
        await using var load = new TokenLoad(lab, Lifetime);
        var runner = new ChangeRunner(context);
        ChangeResult? done = await runner.RunAsync(await new PhasePlanner(context).PlanAsync("jwt", new RotationOptions(), default), default);
        JournalEntry entry = context.Journal.Find(runner.Latest!)!;
        // It waits for the last token, which is only seconds here.
        for (int attempt = 0; done is null; attempt++)
        {
            Assert.True(attempt < 60, entry.Message);
            await Task.Delay(TimeSpan.FromSeconds(1));
            done = await runner.ResumeAsync(context.Journal.Find(entry.Id)!, default);
        }
        await load.StopAsync();
        Assert.True(load is { Signed: > 20, Accepted: > 100 }, $"{load}");
        Assert.True(load.Refused == 0, $"round {round}: {load}");
    }

    /// <summary>The proof can fail: without phases tokens are refused, as the plan says.</summary>
    [Fact]
    public async Task Without_an_overlap_tokens_are_refused()
    {
        await using RolloutLab lab = await RolloutLab.UpAsync(replicas: 2);
        using OpsContext context = Declare(lab);
        await using var load = new TokenLoad(lab, TimeSpan.FromSeconds(30));
        await load.UntilAsync(() => load.Signed > 20);

        ChangePlan plan = await new PhasePlanner(context).PlanAsync("jwt", new RotationOptions { OverlapFor = TimeSpan.Zero }, default);
        await new ChangeRunner(context).RunAsync(plan, default);

        Assert.StartsWith("All sessions end", plan.Warnings[0]);
        await load.UntilAsync(() => load.Refused > 0);
    }

    private static OpsContext Declare(RolloutLab lab)
    {
        File.WriteAllText(Path.Combine(lab.Lab.Folder, "ops.yaml"), $$"""
            environment: lab
            platform: { compose: { file: compose.yaml, project: {{lab.Lab.Project}} } }
            services: { api: { rollout: { drain: 1s, health: 60s } } }
            secrets:
              jwt: { jwt: { lifetime: 4s, skew: 1s }, uses: [ { file: api.env, key: API_SECRET, previous: API_SECRET_PREVIOUS, services: [ api ] } ] }
            """);
        return KilledLab.ContextOf(lab.Lab.Folder);
    }
}
