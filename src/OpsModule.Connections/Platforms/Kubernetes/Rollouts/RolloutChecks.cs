using System.Text.Json;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Connections.Platforms.Kubernetes.Reading;

namespace OpsModule.Connections.Platforms.Kubernetes.Rollouts;

/// <summary>What stands against a rollout of a workload, or should be known before it, by what the cluster says of it.</summary>
/// <param name="workload">The workload.</param>
/// <param name="record">The same as a record.</param>
/// <param name="edit">What is to be changed.</param>
internal sealed class RolloutChecks(Workload workload, WorkloadRecord record, WorkloadEdit edit)
{
    /// <summary>Who else keeps workloads as a repository or a chart has them: by label or annotation.</summary>
    private static readonly (string Where, string Key, string Who)[] Keepers =
    [
        ("annotations", "argocd.argoproj.io/tracking-id", "Argo CD"), ("labels", "argocd.argoproj.io/instance", "Argo CD"),
        ("labels", "kustomize.toolkit.fluxcd.io/name", "Flux"), ("labels", "helm.toolkit.fluxcd.io/name", "Flux"),
        ("annotations", "meta.helm.sh/release-name", "Helm"),
    ];

    private int Wanted => workload.Wanted ?? workload.Replicas;

    /// <summary>All findings.</summary>
    /// <param name="autoscaler">Its autoscaler; undefined without one.</param>
    /// <param name="budgets">The disruption budgets of the namespace; null where they may not be seen.</param>
    public IEnumerable<WorkloadFinding> All(JsonElement autoscaler, IReadOnlyList<JsonElement>? budgets) =>
        Held().Concat(Standing()).Concat(OfPods()).Concat(Budgets(budgets)).Concat(Scaler(autoscaler)).Concat(Keeper());

    private IEnumerable<WorkloadFinding> Held()
    {
        if (record.Held == RolloutHold.Paused)
            yield return Refuse("paused", $"The rollouts of {record.Name} are paused: nothing would be replaced.",
                $"When that is over: kubectl rollout resume {workload.Reference}.");
        if (record.Held == RolloutHold.OnDelete)
            yield return Refuse("on-delete",
                $"The strategy of {record.Name} is OnDelete: each instance is replaced when somebody deletes it, and no rollout "
                    + "comes to an end.",
                "Set its strategy to RollingUpdate, or change the image with kubectl and delete its pods one by one.");
        if (record.Held == RolloutHold.Partition)
            yield return workload.Partition >= Wanted
                ? Refuse("partition",
                    $"The partition of {record.Name} is {workload.Partition}: none of its {Wanted} instances would be replaced.",
                    "Lower it (spec.updateStrategy.rollingUpdate.partition).")
                : Warn("partition",
                    $"The partition of {record.Name} is {workload.Partition}: instances of lower numbers stay as they are.");
    }

    private IEnumerable<WorkloadFinding> Standing()
    {
        if (record.HasFailed)
            yield return Warn("failed-before", $"The last rollout of {record.Name} has failed: {workload.Problem}"
                + " The revision before this change is one that never came up.",
                "Go back first (Undo-OpsServiceUpdate), if that is what you want to come back to.");
        else if (record.IsUpdating)
            yield return Refuse("under-way", $"Instances of {record.Name} are being replaced by a rollout that has not ended.",
                $"Wait for its end: Wait-OpsService {record.Service} -Rollout.");
        if (Wanted == 0)
            yield return Warn("no-instances", $"{record.Name} has no instances: that the change works will not be seen.",
                $"Start-OpsService {record.Service}.");
        else if (Lowest == 0)
            yield return Warn("stop-first", workload.Strategy == "Recreate"
                ? $"The strategy of {record.Name} is Recreate: all instances end before the new ones start."
                : workload.Kind == "DaemonSet" ? $"On each node the instance of {record.Name} ends before the new one starts."
                    : $"{record.Name} is replaced by taking away what serves first: none serves meanwhile.",
                workload.Kind == "Deployment" ? "With the strategy RollingUpdate, maxUnavailable 0 and maxSurge 1 the new ones come first."
                    : null);
        if (record.RevisionLimit == 0)
            yield return Warn("no-revisions",
                $"{record.Name} keeps no older revision (revisionHistoryLimit 0): only what this changes can be put back.",
                "Set revisionHistoryLimit to 2 or more.");
    }

    private IEnumerable<WorkloadFinding> OfPods()
    {
        WorkloadContainer[] running = [.. record.Containers.Where(c => !c.IsInit)];
        if (!running.Any(c => c.IsProbed))
            yield return Warn("no-readiness-probe",
                $"{record.Name} has no readiness probe: an instance counts as ready the moment it starts, whether it answers or not.",
                "Give its container a readinessProbe.");
        if (!running.Any(c => c.HasPreStop))
            yield return new WorkloadFinding("no-pre-stop", WorkloadFindingSeverity.Note,
                $"{record.Name} does nothing before it is told to end: requests that are sent in the moment that the cluster needs "
                    + "to take an "
                    + "instance out may fail.", "A preStop hook that sleeps some seconds bridges it.");
    }

    /// <summary>How few may serve while instances are replaced.</summary>
    public int Lowest => workload.Kind switch
    {
        "Deployment" when workload.Strategy == "Recreate" => 0,
        "Deployment" => Wanted - LeastSurge(),
        // One after another, each gone before it comes again.
        "StatefulSet" => Math.Max(0, Wanted - Math.Max(1, Part("spec", "updateStrategy", "rollingUpdate", "maxUnavailable", up: true)
            ?? 1)),
        _ => Math.Max(0, Wanted - (Part("spec", "updateStrategy", "rollingUpdate", "maxUnavailable", up: true) ?? 1)),
    };

    /// <summary>How many may be away of a Deployment; where it may neither have more nor fewer, the controller takes one away.</summary>
    private int LeastSurge()
    {
        JsonElement rolling = workload.Thing.At("spec", "strategy", "rollingUpdate");
        int away = Amount.Of(rolling.At("maxUnavailable"), Wanted, up: false) ?? Amount.Quarter(Wanted, up: false);
        int more = Amount.Of(rolling.At("maxSurge"), Wanted, up: true) ?? Amount.Quarter(Wanted, up: true);
        return Math.Min(Wanted, away == 0 && more == 0 ? 1 : away);
    }

    private int? Part(string one, string two, string three, string four, bool up) =>
        Amount.Of(workload.Thing.At(one, two, three, four), Wanted, up);

    private IEnumerable<WorkloadFinding> Budgets(IReadOnlyList<JsonElement>? budgets)
    {
        if (budgets is null)
            yield return new WorkloadFinding("budgets-unseen", WorkloadFindingSeverity.Note,
                "Whether a PodDisruptionBudget is for it could not be seen.",
                    "Ask for the verb list on poddisruptionbudgets (API group policy).");
        foreach (JsonElement budget in budgets ?? [])
        {
            if (!LabelSelector.Matches(budget.At("spec", "selector"), workload.PodLabels)) continue;
            int promised = Amount.Of(budget.At("spec", "minAvailable"), Wanted, up: true)
                ?? Wanted - (Amount.Of(budget.At("spec", "maxUnavailable"), Wanted, up: true) ?? 0);
            if (Lowest < promised && Wanted > 0)
                yield return Warn("disruption-budget",
                    $"The PodDisruptionBudget {budget.Text("metadata", "name")} wants {promised} of {Wanted} at any time, and this "
                        + "rollout goes down to "
                        + $"{Lowest}: the cluster keeps to budgets when it drains nodes, not when it replaces instances.",
                    workload.Kind == "Deployment" ? "With maxUnavailable 0 the rollout keeps to it." : "Change it in a quiet hour.");
        }
    }

    private IEnumerable<WorkloadFinding> Scaler(JsonElement autoscaler)
    {
        if (autoscaler.ValueKind != JsonValueKind.Object) yield break;
        string name = autoscaler.Text("metadata", "name") ?? "";
        string[] measured = [.. autoscaler.Items("spec", "metrics").Select(m => m.Text("resource", "name")
            ?? m.Text("containerResource", "name"))
            .OfType<string>(), .. autoscaler.Number("spec", "targetCPUUtilizationPercentage") is null ? Array.Empty<string>() : ["cpu"]];
        string[] touched = [.. measured.Where(m => m == "cpu" ? edit.Cpu is not null : m == "memory" && edit.Memory is not null)
            .Distinct()];
        yield return touched.Length > 0
            ? Warn("autoscaler",
                $"The autoscaler {name} goes by {string.Join(" and ", touched)}, as a share of what is promised: with other amounts it "
                + "wants another number of instances.", $"Look at its target afterwards: kubectl get hpa {name}.")
            : new WorkloadFinding("autoscaler", WorkloadFindingSeverity.Note,
                $"The autoscaler {name} may change the number of instances meanwhile; the rollout goes by what it asks for.");
    }

    private IEnumerable<WorkloadFinding> Keeper()
    {
        foreach (string who in Keepers.Where(k => workload.Thing.Text("metadata", k.Where, k.Key) is not null).Select(k => k.Who)
            .Distinct())
            yield return Warn("kept-by-others", $"{who} keeps {record.Name} as its source has it, and will put back what is changed here.",
                $"Change it there, or hold {who} meanwhile.");
    }

    private static WorkloadFinding Warn(string id, string words, string? action = null) =>
        new(id, WorkloadFindingSeverity.Warning, words, action);

    private static WorkloadFinding Refuse(string id, string words, string action) =>
        new(id, WorkloadFindingSeverity.Refused, words, action);
}
