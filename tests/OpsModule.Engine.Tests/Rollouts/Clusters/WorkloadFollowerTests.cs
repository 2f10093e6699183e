using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Rollouts.Clusters;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Rollouts.Clusters;

/// <summary>When a rollout has come no further, by what a cluster says that is made here.</summary>
public sealed class WorkloadFollowerTests
{
    [Fact]
    public async Task One_that_is_ready_now_and_then_comes_no_further()
    {
        using var folder = new TempFolder();
        using OpsContext context = OpsContextFactory.Create(new OpsEnvironment
        {
            Name = "lab", Directory = folder.Path, StateDirectory = folder["state"],
        }, new RecordingReporter());
        await using IJournaledChange journal = await context.Journal.BeginAsync("Update-OpsService", "service/api");
        var plan = new ChangePlan { Environment = "lab", Kind = RollOutWorkload.KindName, Action = "Update-OpsService",
            Target = "service/api", Summary = "", PlannedAt = DateTimeOffset.UtcNow };
        var cluster = new Flapping();
        var follower = new WorkloadFollower(new ChangeRun(context, plan, journal), cluster, "api", TimeSpan.FromSeconds(2));
        // Without an end of its own it would go on as long as this.
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));

        OpsException failed = await Assert.ThrowsAsync<OpsException>(() =>
            follower.FollowAsync(Flapping.Workload, frees: false, limit.Token));

        Assert.Equal("InstanceNotReady", failed.ErrorId);
        Assert.Contains("has come no further", failed.Message);
        Assert.True(cluster.Looks > 3);
    }

    /// <summary>A cluster with one new instance that is ready at each second look, and two old ones.</summary>
    private sealed class Flapping : IWorkloadRollout
    {
        public static readonly WorkloadRecord Workload = new()
        {
            Service = "api", Kind = "Deployment", Name = "api", Uid = "u", Version = "1", Template = "t",
        };

        public int Looks { get; private set; }

        public string Description => "a cluster";

        public Task<WorkloadProgress> LookAsync(string service, CancellationToken cancellationToken)
        {
            bool ready = ++Looks % 2 == 0;
            return Task.FromResult(new WorkloadProgress
            {
                Service = new ServiceRecord { Name = "api", Environment = "lab", Kind = "Deployment" }, Workload = Workload, Wanted = 2,
                IsObserved = true,
                New = [One("new", ready)],
                Old = ready ? [One("a", true), One("b", true)] : [One("a", true), One("b", true), One("c", true)],
            });
        }

        public Task<string> ExplainAsync(ServiceInstance instance, CancellationToken cancellationToken) => Task.FromResult("It flaps.");

        public Task<WorkloadRecord> ReadAsync(string service, CancellationToken cancellationToken) => Task.FromResult(Workload);

        public Task<IReadOnlyList<WorkloadFinding>> CheckAsync(WorkloadRecord workload, WorkloadEdit edit,
            CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<WorkloadRecord> EditAsync(ChangeScope scope, WorkloadRecord workload, WorkloadEdit edit, WorkloadNote note,
            CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IReadOnlyList<WorkloadRevision>> RevisionsAsync(WorkloadRecord workload, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public IReadOnlyList<WorkloadDifference> Compare(WorkloadRevision older, WorkloadRevision newer) =>
            throw new NotSupportedException();

        public Task<WorkloadRecord> ReturnAsync(ChangeScope scope, WorkloadRecord workload, WorkloadRevision revision, WorkloadNote note,
            CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IReadOnlyList<string>> FreeAsync(ChangeScope scope, string service, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task<LeaseRecord?> ReadLeaseAsync(string name, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<LeaseRecord?> WriteLeaseAsync(ChangeScope scope, LeaseRecord lease, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        private static ServiceInstance One(string name, bool ready) => new()
        {
            Id = name, Name = name, Service = "api", State = InstanceState.Running,
            Health = ready ? InstanceHealth.Healthy : InstanceHealth.Unhealthy,
        };
    }
}
