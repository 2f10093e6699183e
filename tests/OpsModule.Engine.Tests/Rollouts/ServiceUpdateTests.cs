using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Areas.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Changing;
using OpsModule.Engine.Areas.Rollouts.Revisions;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments.Rollouts;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Engine.Tests.Rollouts.Lab;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Rollouts;

/// <summary>Updates of a compose service on a real engine, by both Composes.</summary>
[Collection(DockerCollection.Name)]
public sealed class ServiceUpdateTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_new_version_takes_the_place_of_the_old_one_and_gives_it_back(bool second)
    {
        using ComposeV2? compose = second ? new ComposeV2() : null;
        await using RolloutLab lab = await RolloutLab.UpAsync(replicas: 2);
        string[] before = await lab.IdsAsync();

        RolloutResult made = await lab.UpdateAsync(new RolloutOptions { Tag = "2", Reason = "ticket 7" });

        Assert.Equal((RolloutOutcome.Done, RolloutStrategy.StartFirst, 2), (made.Outcome, made.Strategy, made.Instances));
        Assert.Equal("ops-test-http:2 Running, ops-test-http:2 Running", await lab.LookAsync());
        Assert.Empty(before.Intersect(await lab.IdsAsync()));
        Assert.StartsWith("2 ", await lab.AskAsync());
        Assert.Null(await lab.Rolling.FindLockAsync(RolloutLab.Api, default));
        ServiceRevision[] revisions = [.. await new RevisionLister(lab.Context).ListAsync(RolloutLab.Api, default)];
        Assert.Equal([(2, true, "ticket 7"), (1, false, null)], revisions.Select(r => (r.Revision, r.IsCurrent, r.Reason)));
        Assert.Equal(ServiceRevision.Others, revisions[1].By);
        Assert.Null(await lab.PlanAsync(new RolloutOptions { Tag = "2" }));

        RolloutResult back = await lab.UpdateAsync(new RolloutOptions { ToRevision = 1 });

        Assert.Equal((RolloutOutcome.Done, 2), (back.Outcome, back.Instances));
        Assert.Equal("ops-test-http:1 Running, ops-test-http:1 Running", await lab.LookAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Going_back_brings_variables_and_their_files_back(bool second)
    {
        using ComposeV2? compose = second ? new ComposeV2() : null;
        await using RolloutLab lab = await RolloutLab.UpAsync();
        lab.Write("1", "blue", "second-secret");
        ChangePlan plan = (await lab.PlanAsync(new RolloutOptions()))!;
        Assert.Contains(plan.Figures, f => f.Name == "variable API_SECRET");
        Assert.DoesNotContain("secret\"", System.Text.Encoding.UTF8.GetString(PlanFile.Write(plan)));
        Assert.DoesNotContain("second-secret", System.Text.Encoding.UTF8.GetString(PlanFile.Write(plan)));
        await new ChangeRunner(lab.Context).RunAsync(plan, default);
        Assert.Equal("second-secret", await lab.VariableAsync("API_SECRET"));
        lab.Write("1", "green", "third-secret");
        Assert.Equal(RolloutOutcome.Done, (await lab.UpdateAsync(new RolloutOptions())).Outcome);
        Assert.Equal(("green", "third-secret"), (await lab.VariableAsync("COLOUR"), await lab.VariableAsync("API_SECRET")));

        // Revision 2 was made here, so that its files are known.
        await lab.UpdateAsync(new RolloutOptions { ToRevision = 2 });

        Assert.Equal(("blue", "second-secret"), (await lab.VariableAsync("COLOUR"), await lab.VariableAsync("API_SECRET")));
        Assert.Equal("API_SECRET=second-secret\n", File.ReadAllText(Path.Combine(lab.Lab.Folder, "api.env")));
        Assert.Contains("COLOUR=blue", File.ReadAllText(Path.Combine(lab.Lab.Folder, ".env")));
        // Of the first one only the instance was known: its variables come back, and the files stay.
        await lab.UpdateAsync(new RolloutOptions { ToRevision = 1 });
        Assert.Equal(("red", "first-secret"), (await lab.VariableAsync("COLOUR"), await lab.VariableAsync("API_SECRET")));
        foreach (string file in Directory.EnumerateFiles(lab.Context.Environment.StateDirectory, "*.sealed", SearchOption.AllDirectories))
            Assert.DoesNotContain("second-secret", File.ReadAllText(file));
        Assert.DoesNotContain("second-secret",
            string.Concat(Directory.EnumerateFiles(lab.Context.Environment.StateDirectory, "*.jsonl",
            SearchOption.AllDirectories).Select(File.ReadAllText)));
    }

    [Fact]
    public async Task A_crash_is_told_with_its_last_lines_and_the_old_version_serves_on()
    {
        using var compose = new ComposeV2();
        await using RolloutLab lab = await RolloutLab.UpAsync(replicas: 2);
        await HttpServiceImage.MakeAsync("crash", ["CRASH_AFTER_MS=0"]);
        string[] before = await lab.IdsAsync();

        OpsException failed = await Assert.ThrowsAsync<OpsException>(() => lab.UpdateAsync(new RolloutOptions { Tag = "crash" }));

        Assert.Equal("InstanceCrashed", failed.ErrorId);
        Assert.Contains("exit code 3", failed.Message);
        Assert.Contains("The old version serves as before, as 2 instances", failed.Message);
        Assert.Equal(RolloutOutcome.RolledBack, Assert.IsType<RolloutResult>(failed.Target).Outcome);
        Assert.Equal(before, await lab.IdsAsync());
        Assert.Null(await lab.Rolling.FindLockAsync(RolloutLab.Api, default));
        Assert.Empty(lab.Context.Journal.FindUnfinished());
    }

    [Fact]
    public async Task One_that_is_never_healthy_is_taken_away_again()
    {
        using var compose = new ComposeV2();
        await using RolloutLab lab = await RolloutLab.UpAsync();
        await HttpServiceImage.MakeAsync("never", ["HEALTH_NEVER=1"]);
        string[] before = await lab.IdsAsync();

        OpsException failed = await Assert.ThrowsAsync<OpsException>(() =>
            lab.UpdateAsync(new RolloutOptions { Tag = "never", HealthTimeout = TimeSpan.FromSeconds(3) }));

        Assert.Equal("InstanceNotReady", failed.ErrorId);
        Assert.Equal(before, await lab.IdsAsync());
    }

    [Fact]
    public async Task One_that_fails_while_it_is_watched_is_rolled_back()
    {
        using var compose = new ComposeV2();
        await using RolloutLab lab = await RolloutLab.UpAsync();
        await HttpServiceImage.MakeAsync("later", ["HEALTH_FAILS_AFTER_MS=2500"]);

        OpsException failed = await Assert.ThrowsAsync<OpsException>(() => lab.UpdateAsync(new RolloutOptions
        {
            Tag = "later", Watch = TimeSpan.FromSeconds(15), Probe = "http://{instance}:8080/health",
        }));

        Assert.Equal("WatchFailed", failed.ErrorId);
        Assert.Equal("ops-test-http:1 Running", await lab.LookAsync());
        Assert.Equal("first-secret", await lab.VariableAsync("API_SECRET"));
    }

    [Fact]
    public async Task A_watch_with_too_few_requests_proves_nothing_and_says_so()
    {
        using var compose = new ComposeV2();
        await using RolloutLab lab = await RolloutLab.UpAsync();

        RolloutResult made = await lab.UpdateAsync(new RolloutOptions { Tag = "2", Watch = TimeSpan.FromSeconds(2) });
        Assert.Equal((RolloutOutcome.NotProven, 0), (made.Outcome, made.Requests));

        RolloutResult proven = await lab.UpdateAsync(new RolloutOptions { Tag = "1", Watch = TimeSpan.FromSeconds(3),
            Probe = "http://{instance}:8080/health", MinRequests = 20 });
        Assert.Equal((RolloutOutcome.Done, 0), (proven.Outcome, proven.FailedRequests));
        Assert.InRange(proven.Requests, 20, 200);
    }

    [Theory]
    [InlineData("image", "RegistryUnreachable")]
    [InlineData("shared", "SharedByOthers")]
    public async Task What_forbids_an_update_is_told_before_anything_is_changed(string what, string code)
    {
        using var compose = new ComposeV2();
        await using RolloutLab lab = await RolloutLab.UpAsync(what == "shared" ? RolloutLab.Plain
            + "\n  side: { image: ops-test-http:1, network_mode: \"service:api\", environment: { PORT: \"9090\" } }\n" : RolloutLab.Plain);
        // Nobody listens there, so that nobody outside is asked.
        RolloutOptions options = what == "image" ? new RolloutOptions { Image = "127.0.0.1:9/ops-test-http:missing" }
            : new RolloutOptions { Tag = "2" };
        string[] before = await lab.IdsAsync();

        IReadOnlyList<RolloutFinding> findings = await new RolloutPlanner(lab.Context).CheckAsync(RolloutLab.Api,
            options with { Proxy = "none" }, default);
        OpsException refused = await Assert.ThrowsAsync<OpsException>(() => lab.PlanAsync(options));

        Assert.Equal(code, Assert.Single(findings, f => f.Effect == RolloutEffect.Refused).Code);
        Assert.Equal("RolloutRefused", refused.ErrorId);
        Assert.Equal(before, await lab.IdsAsync());
    }

    [Theory]
    [InlineData("ports: [\"127.0.0.1:PORT:8080\"]", "HostPort", true)]
    [InlineData("ports: [\"127.0.0.1:PORT:8080\"]", "HostPort", false)]
    [InlineData("container_name: NAME", "ContainerName", true)]
    public async Task What_two_instances_cannot_share_makes_the_old_one_stop_first(string line, string code, bool second)
    {
        using ComposeV2? compose = second ? new ComposeV2() : null;
        int port = FreePorts.Take();
        line = line.Replace("PORT", port.ToString()).Replace("NAME", "ops-named-" + Guid.NewGuid().ToString("N")[..8]);
        await using RolloutLab lab = await RolloutLab.UpAsync(RolloutLab.Plain + "\n    " + line + "\n");
        await HttpServiceImage.MakeAsync("crash", ["CRASH_AFTER_MS=0"]);
        string name = (await lab.Lab.FindAsync(RolloutLab.Api)).Instances[0].Name;
        string[] before = await lab.IdsAsync();

        Assert.Equal("InstanceCrashed",
            (await Assert.ThrowsAsync<OpsException>(() => lab.UpdateAsync(new RolloutOptions { Tag = "crash" }))).ErrorId);
        Assert.Equal(before, await lab.IdsAsync());
        Assert.Equal("ops-test-http:1 Running", await lab.LookAsync());

        RolloutResult made = await lab.UpdateAsync(new RolloutOptions { Tag = "2" });
        Assert.Equal((RolloutOutcome.Done, RolloutStrategy.StopFirst), (made.Outcome, made.Strategy));
        Assert.NotNull(made.Words);
        Assert.Equal("ops-test-http:2 Running", await lab.LookAsync());
        if (code == "ContainerName") Assert.Equal(name, (await lab.Lab.FindAsync(RolloutLab.Api)).Instances[0].Name);
    }

    [Fact]
    public async Task Of_two_machines_only_one_brings_a_service_out()
    {
        using var compose = new ComposeV2();
        await using RolloutLab lab = await RolloutLab.UpAsync();
        ChangePlan plan = (await lab.PlanAsync(new RolloutOptions { Tag = "2" }))!;
        var other = new RolloutHolder("c-77", "somebody", "elsewhere", DateTimeOffset.UtcNow);
        Assert.Null(await lab.Rolling.TryLockAsync(TestScope.Instance, RolloutLab.Api, other, default));

        OpsException refused = await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(lab.Context).RunAsync(plan, default));
        Assert.Equal("RolloutUnderWay", refused.ErrorId);
        Assert.Contains("somebody on elsewhere", refused.Message);
        Assert.Contains(await new RolloutPlanner(lab.Context).CheckAsync(RolloutLab.Api, new RolloutOptions { Tag = "2", Proxy = "none" },
            default), f => f.Code == "RolloutUnderWay");
        // The same change takes its own lock over, and nobody else gives it back.
        Assert.Null(await lab.Rolling.TryLockAsync(TestScope.Instance, RolloutLab.Api, other, default));
        await lab.Rolling.UnlockAsync(TestScope.Instance, RolloutLab.Api, "c-78", default);
        Assert.NotNull(await lab.Rolling.FindLockAsync(RolloutLab.Api, default));
        await lab.Rolling.UnlockAsync(TestScope.Instance, RolloutLab.Api, "c-77", default);

        Assert.Equal(RolloutOutcome.Done, (await lab.UpdateAsync(new RolloutOptions { Tag = "2" })).Outcome);
    }

    [Fact]
    public async Task A_plan_whose_files_have_changed_since_is_not_made()
    {
        using var compose = new ComposeV2();
        await using RolloutLab lab = await RolloutLab.UpAsync();
        ChangePlan plan = (await lab.PlanAsync(new RolloutOptions { Tag = "2" }))!;
        lab.Write("1", "red", "other-secret");
        string[] before = await lab.IdsAsync();

        OpsException drifted = await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(lab.Context).RunAsync(plan, default));

        Assert.Equal("DriftDetected", drifted.ErrorId);
        Assert.DoesNotContain("other-secret", drifted.Message);
        Assert.Equal(before, await lab.IdsAsync());
    }

    [Fact]
    public async Task All_new_instances_are_there_before_an_old_one_goes_where_that_is_asked()
    {
        using var compose = new ComposeV2();
        await using RolloutLab lab = await RolloutLab.UpAsync(replicas: 2);
        RolloutResult made = await lab.UpdateAsync(new RolloutOptions { Tag = "2", Strategy = RolloutStrategy.BlueGreen });
        Assert.Equal((RolloutOutcome.Done, 2), (made.Outcome, made.Instances));
        Assert.Equal("ops-test-http:2 Running, ops-test-http:2 Running", await lab.LookAsync());
    }
}
