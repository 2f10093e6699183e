using System.Text.Json.Nodes;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Areas.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Clusters;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Fixtures.Kubernetes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Rollouts.Clusters;

/// <summary>A workload on the imitation of an API server, which the real kubectl talks to, and rollouts of it.</summary>
internal sealed class WorkloadLab : IDisposable
{
    public const string Old = "registry.example.net/shop/api:1", New = "registry.example.net/shop/api:2";

    public static readonly string Digest = "sha256:" + new string('a', 64);

    public KubeLab Cluster { get; } = new();

    public KubeStore Store => Cluster.Store;

    public KubeApi Api => Cluster.Api;

    public IWorkloadRollout Rollout => (IWorkloadRollout)Cluster.Open().Rolling!;

    public void Dispose() => Cluster.Dispose();

    public async Task KeepAsync(string kind, int replicas = 2, Action<JsonObject>? more = null)
    {
        JsonObject workload = KubeSamples.Workload(kind, "api", replicas, Old);
        workload["metadata"]!["annotations"] = new JsonObject();
        more?.Invoke(workload);
        await Api.Controllers.Keep(workload);
    }

    public static string Resource(string kind) => kind.ToLowerInvariant() + "s";

    public JsonObject Container(string kind = "Deployment") =>
        Store.Find(Resource(kind), "api")!["spec"]!["template"]!["spec"]!["containers"]![0]!.AsObject();

    public string Image(string kind = "Deployment") => (string)Container(kind)["image"]!;

    public Task<ChangePlan?> PlanAsync(OpsContext context, RolloutOptions options) =>
        new WorkloadPlanner(context, (IWorkloadRollout)context.Platform().Rolling!).PlanAsync("api", options, "Update-OpsService", default);

    /// <summary>Plans and makes.</summary>
    public async Task<(RolloutResult Result, string Change)> UpdateAsync(RolloutOptions options, CancellationToken ct = default)
    {
        using OpsContext context = Cluster.Context();
        ChangeResult made = (await new ChangeRunner(context).RunAsync((await PlanAsync(context, options))!, ct))!;
        return ((RolloutResult)made.Value!, made.Change!);
    }

    /// <summary>The same of what fails: the error, and what it says of the service.</summary>
    public async Task<(OpsException Error, RolloutResult Result)> FailAsync(RolloutOptions options)
    {
        OpsException error = await Assert.ThrowsAsync<OpsException>(() => UpdateAsync(options));
        return (error, Assert.IsType<RolloutResult>(error.Target));
    }

    public async Task<IReadOnlyList<RolloutFinding>> CheckAsync(RolloutOptions? options = null)
    {
        using OpsContext context = Cluster.Context();
        return await new WorkloadPlanner(context, Rollout).CheckAsync("api", options ?? new RolloutOptions { Image = New }, default);
    }

    public async Task<IReadOnlyList<ServiceRevision>> RevisionsAsync()
    {
        using OpsContext context = Cluster.Context();
        return await new WorkloadRevisions(context, Rollout).ListAsync("api", default);
    }

    /// <summary>Somebody else, with kubectl set image, who is known by his program's name.</summary>
    public void ByOthers(string image, string kind = "Deployment", string manager = "kubectl-set") => Store.Change(Resource(kind), "api", w =>
    {
        w["spec"]!["template"]!["spec"]!["containers"]![0]!["image"] = image;
        w["metadata"]!["managedFields"] = new JsonArray(new JsonObject
        {
            ["manager"] = manager, ["time"] = KubeSamples.Time(DateTimeOffset.UtcNow),
            ["fieldsV1"] = new JsonObject { ["f:spec"] = new JsonObject { ["f:template"] = new JsonObject { ["f:spec"] = new JsonObject() } } },
        });
    });

    /// <summary>Waits until all instances are of what is asked for, and serve.</summary>
    public async Task<WorkloadProgress> SettledAsync()
    {
        while (true)
        {
            WorkloadProgress now = await Rollout.LookAsync("api", default);
            if (now.IsDone) return now;
            await Task.Delay(100);
        }
    }

    public static Action<JsonObject> Waiting(string reason, string message, int restarts = 0) => pod =>
    {
        JsonNode status = pod["status"]!["containerStatuses"]![0]!;
        (status["state"], status["ready"], status["restartCount"]) = (KubeSamples.Waiting(reason, message), false, restarts);
        if (restarts > 0) status["lastState"] = KubeSamples.Terminated(3, "Error");
    };

    public static Action<JsonObject> Unschedulable => pod => pod["status"] = new JsonObject
    {
        ["phase"] = "Pending", ["conditions"] = new JsonArray(KubeSamples.Condition("PodScheduled", "False", "Unschedulable", "0/2 nodes are available: 2 Insufficient memory.")),
    };
}
