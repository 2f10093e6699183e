using System.Text.Json.Nodes;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Areas.Rollouts;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Rollouts.Clusters;

/// <summary>Workloads of Kubernetes get another image, and go back; the real kubectl asks, reduced controllers replace the pods.</summary>
public sealed class WorkloadRolloutTests : IDisposable
{
    private readonly WorkloadLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Theory]
    [InlineData("Deployment")]
    [InlineData("StatefulSet")]
    [InlineData("DaemonSet")]
    public async Task A_workload_gets_an_image_is_followed_to_the_end_and_taken_back_hours_later(string kind)
    {
        await _lab.KeepAsync(kind);
        string wanted = $"registry.example.net/shop/api@{WorkloadLab.Digest}";
        (RolloutResult result, string change) = await _lab.UpdateAsync(new RolloutOptions { Digest = WorkloadLab.Digest, Reason = "a fix" });

        Assert.Equal((RolloutOutcome.Done, WorkloadLab.Old, wanted, 1, 2), (result.Outcome, result.FromImage, result.ToImage, result.FromRevision!.Value, result.ToRevision!.Value));
        Assert.Equal((2, change, "a fix"), (result.Instances, result.Change, result.Reason));
        Assert.Equal(["lock", "edit", "roll-out"], result.Steps.Select(s => s.Name));
        Assert.Equal(wanted, _lab.Image(kind));
        Assert.All(_lab.Store.List("pods"), p => Assert.Equal(wanted, (string)p["spec"]!["containers"]![0]!["image"]!));
        Assert.Equal("", (string?)_lab.Store.Find("leases", "opsmodule-api")!["spec"]!["holderIdentity"]);
        IReadOnlyList<ServiceRevision> revisions = await _lab.RevisionsAsync();
        Assert.Equal([(2, change, true), (1, null, false)], revisions.Select(r => (r.Revision, r.Change, r.IsCurrent)));
        Assert.Contains("a fix", revisions[0].Reason);
        Assert.Equal(ServiceRevision.Others, revisions[1].By);

        using OpsContext context = _lab.Cluster.Context();
        ChangeResult undone = await new ChangeRunner(context).UndoAsync(context.Journal.Find(change)!, default);
        Assert.Equal(RolloutOutcome.Done, Assert.IsType<RolloutResult>(undone.Value).Outcome);
        Assert.Equal(WorkloadLab.Old, _lab.Image(kind));
        Assert.All(_lab.Store.List("pods"), p => Assert.Equal(WorkloadLab.Old, (string)p["spec"]!["containers"]![0]!["image"]!));
        // The same specification is the same revision, under a new number.
        Assert.Equal([(3, true), (2, false)], (await _lab.RevisionsAsync()).Select(r => (r.Revision, r.IsCurrent)));
    }

    [Theory]
    [InlineData("Deployment")]
    [InlineData("StatefulSet")]
    [InlineData("DaemonSet")]
    public async Task An_image_that_is_not_there_is_told_at_once_and_the_revision_before_serves(string kind)
    {
        await _lab.KeepAsync(kind);
        _lab.Api.Controllers.Fates[WorkloadLab.New] = WorkloadLab.Waiting("ImagePullBackOff", "Back-off pulling image: manifest unknown");
        (OpsException error, RolloutResult result) = await _lab.FailAsync(new RolloutOptions { Image = WorkloadLab.New, HealthTimeout = TimeSpan.FromHours(1) });

        Assert.Equal("InstanceNotReady", error.ErrorId);
        Assert.Contains("ImagePullBackOff: Back-off pulling image: manifest unknown", error.Message);
        Assert.Equal((RolloutOutcome.RolledBack, 2), (result.Outcome, result.Instances));
        Assert.Equal(WorkloadLab.Old, _lab.Image(kind));
        WorkloadProgress now = await _lab.SettledAsync();
        Assert.Equal((2, 0), (now.New.Count, now.Old.Count));
        using OpsContext context = _lab.Cluster.Context();
        Assert.Empty(context.Journal.FindUnfinished());
        Assert.Equal(JournalOutcome.Failed, context.Journal.Find(result.Change!)!.Outcome);
    }

    [Fact]
    public async Task A_crash_is_told_with_the_last_lines_of_its_log()
    {
        await _lab.KeepAsync("Deployment");
        _lab.Api.Controllers.Fates[WorkloadLab.New] = pod =>
        {
            WorkloadLab.Waiting("CrashLoopBackOff", "back-off 10s restarting failed container", restarts: 2)(pod);
            _lab.Api.Output.Write((string)pod["metadata"]!["name"]!, "app", DateTimeOffset.UtcNow, "FATAL no DATABASE_URL");
        };
        (OpsException error, _) = await _lab.FailAsync(new RolloutOptions { Image = WorkloadLab.New, HealthTimeout = TimeSpan.FromHours(1) });
        Assert.Equal("InstanceCrashed", error.ErrorId);
        Assert.Contains("FATAL no DATABASE_URL", error.Message);
        Assert.Equal(WorkloadLab.Old, _lab.Image());
    }

    [Fact]
    public async Task What_may_still_come_is_waited_for_and_then_told()
    {
        await _lab.KeepAsync("Deployment");
        _lab.Api.Controllers.Fates[WorkloadLab.New] = WorkloadLab.Unschedulable;
        (OpsException error, RolloutResult result) = await _lab.FailAsync(new RolloutOptions { Image = WorkloadLab.New, HealthTimeout = TimeSpan.FromSeconds(3) });
        Assert.Equal("InstanceNotReady", error.ErrorId);
        Assert.Contains("Insufficient memory", error.Message);
        Assert.Contains("no further for", error.Message);
        Assert.Equal(RolloutOutcome.RolledBack, result.Outcome);
    }

    [Fact]
    public async Task A_plan_does_not_hold_for_what_somebody_else_has_changed_since()
    {
        await _lab.KeepAsync("Deployment");
        using OpsContext context = _lab.Cluster.Context();
        ChangePlan plan = (await _lab.PlanAsync(context, new RolloutOptions { Tag = "2" }))!;
        Assert.Equal("registry.example.net/shop/api:2", plan.Arguments["image"]);
        _lab.ByOthers("registry.example.net/shop/api:7");
        OpsException drift = await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(context).RunAsync(plan, default));
        Assert.Equal("DriftDetected", drift.ErrorId);
        Assert.Equal("registry.example.net/shop/api:7", _lab.Image());
    }

    [Fact]
    public async Task What_somebody_else_asks_for_meanwhile_is_left_to_them()
    {
        await _lab.KeepAsync("Deployment");
        _lab.Api.Controllers.Fates[WorkloadLab.New] = pod => Task.Run(() => _lab.ByOthers("registry.example.net/shop/api:7"));
        OpsException error = await Assert.ThrowsAsync<OpsException>(() => _lab.UpdateAsync(new RolloutOptions { Image = WorkloadLab.New }));
        Assert.Equal("WorkloadMoved", error.ErrorId);
        Assert.Equal("registry.example.net/shop/api:7", _lab.Image());
    }

    [Fact]
    public async Task A_change_that_others_have_gone_beyond_is_not_taken_back()
    {
        await _lab.KeepAsync("Deployment");
        (_, string change) = await _lab.UpdateAsync(new RolloutOptions { Image = WorkloadLab.New });
        _lab.ByOthers("registry.example.net/shop/api:7");
        using OpsContext context = _lab.Cluster.Context();
        OpsException error = await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(context).UndoAsync(context.Journal.Find(change)!, default));
        Assert.Equal("WorkloadMoved", error.ErrorId);
        Assert.Equal("registry.example.net/shop/api:7", _lab.Image());
    }

    [Fact]
    public async Task A_variable_that_others_have_set_since_is_not_taken_back_with_the_image()
    {
        await _lab.KeepAsync("Deployment");
        (_, string change) = await _lab.UpdateAsync(new RolloutOptions { Image = WorkloadLab.New });
        SetByOthers("ON");
        await _lab.SettledAsync();
        using OpsContext context = _lab.Cluster.Context();
        OpsException error = await Assert.ThrowsAsync<OpsException>(() =>
            new ChangeRunner(context).UndoAsync(context.Journal.Find(change)!, default));
        Assert.Equal("WorkloadMoved", error.ErrorId);
        Assert.Equal((WorkloadLab.New, "ON"), (_lab.Image(), (string?)_lab.Container()["env"]![0]!["value"]));
    }

    [Fact]
    public async Task What_others_change_while_it_is_watched_is_left_to_them()
    {
        await _lab.KeepAsync("Deployment");
        using OpsContext context = _lab.Cluster.Context();
        var journal = new Fixtures.StepJournal(context.Journal, "watch", () =>
        {
            SetByOthers("ON");
            return Task.CompletedTask;
        });
        ChangePlan plan = (await _lab.PlanAsync(context, new RolloutOptions { Image = WorkloadLab.New, Watch = TimeSpan.FromSeconds(3) }))!;
        OpsException error = await Assert.ThrowsAsync<OpsException>(() =>
            new ChangeRunner(context with { Journal = journal }).RunAsync(plan, default));
        Assert.Equal("WorkloadMoved", error.ErrorId);
        Assert.Equal((WorkloadLab.New, "ON"), (_lab.Image(), (string?)_lab.Container()["env"]![0]!["value"]));
    }

    [Fact]
    public async Task A_change_is_taken_back_after_the_one_that_came_later()
    {
        await _lab.KeepAsync("Deployment");
        (_, string first) = await _lab.UpdateAsync(new RolloutOptions { Image = WorkloadLab.New });
        (_, string second) = await _lab.UpdateAsync(new RolloutOptions { Image = "registry.example.net/shop/api:3" });
        using OpsContext context = _lab.Cluster.Context();
        await new ChangeRunner(context).UndoAsync(context.Journal.Find(second)!, default);
        Assert.Equal(WorkloadLab.New, _lab.Image());
        await new ChangeRunner(context).UndoAsync(context.Journal.Find(first)!, default);
        Assert.Equal(WorkloadLab.Old, _lab.Image());
    }

    private void SetByOthers(string value) => _lab.Store.Change("deployments", "api", w =>
        w["spec"]!["template"]!["spec"]!["containers"]![0]!["env"] =
            new JsonArray(new JsonObject { ["name"] = "FLAG", ["value"] = value }));

    [Fact]
    public async Task One_that_was_stopped_goes_on_in_the_cluster_and_is_gone_on_with_here()
    {
        await _lab.KeepAsync("Deployment");
        using var stop = new CancellationTokenSource();
        _lab.Api.Controllers.Fates[WorkloadLab.New] = pod =>
        {
            WorkloadLab.Unschedulable(pod);
            stop.Cancel();
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _lab.UpdateAsync(new RolloutOptions { Image = WorkloadLab.New }, stop.Token));
        Assert.Equal(WorkloadLab.New, _lab.Image());
        // A node has come.
        _lab.Api.Controllers.Fates.Clear();
        foreach (JsonObject pod in _lab.Store.List("pods").Where(p => p["metadata"]!["annotations"] is not null)) _lab.Store.Remove("pods", (string)pod["metadata"]!["name"]!);
        using OpsContext context = _lab.Cluster.Context();
        UnfinishedChange open = Assert.Single(context.Journal.FindUnfinished());
        ChangeResult resumed = (await new ChangeRunner(context).ResumeAsync(context.Journal.Find(open.Id)!, default))!;
        Assert.Equal((RolloutOutcome.Done, 2), (((RolloutResult)resumed.Value!).Outcome, ((RolloutResult)resumed.Value!).Instances));
        Assert.Equal(WorkloadLab.Old, ((RolloutResult)resumed.Value!).FromImage);
    }

    [Fact]
    public async Task Revisions_of_others_are_revisions_and_can_be_gone_back_to()
    {
        await _lab.KeepAsync("Deployment", more: w => w["spec"]!["template"]!["spec"]!["containers"]![0]!["env"] = new JsonArray(new JsonObject { ["name"] = "PASSWORD", ["value"] = "hunter2" }));
        (_, string change) = await _lab.UpdateAsync(new RolloutOptions { Image = WorkloadLab.New });
        _lab.ByOthers("registry.example.net/shop/api:7");
        await _lab.SettledAsync();
        IReadOnlyList<ServiceRevision> revisions = await _lab.RevisionsAsync();
        // The cluster copies our note to the revision that others made; it is not believed there.
        Assert.Equal([(3, null, "others (kubectl-set)"), (2, change, revisions[1].By), (1, null, "others")], revisions.Select(r => (r.Revision, r.Change, r.By)));
        Assert.Null(revisions[0].Reason);

        (RolloutResult back, _) = await _lab.UpdateAsync(new RolloutOptions { ToRevision = 1 });
        Assert.Equal((RolloutOutcome.Done, 4, WorkloadLab.Old), (back.Outcome, back.ToRevision!.Value, back.ToImage));
        Assert.Equal("hunter2", (string)_lab.Container()["env"]![0]!["value"]!);
        string journal = string.Concat(Directory.GetFiles(Path.Combine(_lab.Cluster.Folder, ".ops"), "*", SearchOption.AllDirectories).Select(File.ReadAllText));
        Assert.DoesNotContain("hunter2", journal);
        Assert.Equal("RevisionNotFound", (await Assert.ThrowsAsync<OpsException>(() => _lab.UpdateAsync(new RolloutOptions { ToRevision = 99 }))).ErrorId);
    }

    [Fact]
    public async Task Nothing_is_planned_for_an_image_that_is_asked_for_already()
    {
        await _lab.KeepAsync("Deployment");
        using OpsContext context = _lab.Cluster.Context();
        Assert.Null(await _lab.PlanAsync(context, new RolloutOptions { Tag = "1" }));
        Assert.Equal("RolloutRefused", (await Assert.ThrowsAsync<OpsException>(() => _lab.PlanAsync(context, new RolloutOptions()))).ErrorId);
    }

    [Fact]
    public async Task What_was_not_seen_is_not_called_done()
    {
        await _lab.KeepAsync("Deployment", more: w => w["spec"]!["template"]!["spec"]!["containers"]![0]!.AsObject().Remove("readinessProbe"));
        (RolloutResult result, _) = await _lab.UpdateAsync(new RolloutOptions { Image = WorkloadLab.New });
        Assert.Equal(RolloutOutcome.NotProven, result.Outcome);
        Assert.Contains("no readiness probe", result.Words);
    }

    [Fact]
    public async Task Limits_are_set_and_promises_do_not_exceed_them()
    {
        await _lab.KeepAsync("Deployment", more: w => w["spec"]!["template"]!["spec"]!["containers"]![0]!["resources"] = new JsonObject
        {
            ["limits"] = new JsonObject { ["memory"] = "512Mi", ["cpu"] = "1" }, ["requests"] = new JsonObject { ["memory"] = "256Mi" },
        });
        using OpsContext context = _lab.Cluster.Context();
        var planner = new Areas.Rollouts.Clusters.WorkloadPlanner(context, (IWorkloadRollout)context.Platform().Rolling!);
        ChangePlan plan = (await planner.PlanLimitsAsync("api", "128Mi", null, new RolloutOptions(), default))!;
        Assert.Contains("memory 512Mi -> 128Mi", plan.Summary);
        await new ChangeRunner(context).RunAsync(plan, default);
        Assert.Equal("""{"limits":{"memory":"128Mi","cpu":"1"},"requests":{"memory":"128Mi"}}""", _lab.Container()["resources"]!.ToJsonString());
        Assert.Null(await planner.PlanLimitsAsync("api", "128Mi", null, new RolloutOptions(), default));
    }
}
