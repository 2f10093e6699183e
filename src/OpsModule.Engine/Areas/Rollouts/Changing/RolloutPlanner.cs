using System.Globalization;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Clusters;
using OpsModule.Engine.Areas.Rollouts.Orders;
using OpsModule.Engine.Areas.Rollouts.Revisions;
using OpsModule.Engine.Areas.Rollouts.Surveying;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments.Rollouts;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Rollouts.Changing;

/// <summary>Plans updates of services, and says what speaks against them.</summary>
/// <param name="context">The environment and what goes with it.</param>
public sealed class RolloutPlanner(OpsContext context)
{
    /// <summary>What is found of a service before an update; nothing is changed.</summary>
    /// <exception cref="OpsException"><c>RolloutUnsupported</c>, and what the platform reports.</exception>
    public async Task<IReadOnlyList<RolloutFinding>> CheckAsync(string service, RolloutOptions options, CancellationToken cancellationToken)
    {
        if (context.Platform().Rolling is IWorkloadRollout cluster)
            return await new WorkloadPlanner(context, cluster).CheckAsync(service, options, cancellationToken).ConfigureAwait(false);
        RolloutSurvey survey = await new RolloutSurveyor(context).LookAsync(service, options, cancellationToken).ConfigureAwait(false);
        return [.. survey.Findings.Select(f => f with { Environment = context.Environment.Name })];
    }

    /// <summary>A plan; null when all instances are what was asked for already.</summary>
    /// <param name="service">The service.</param>
    /// <param name="options">What is asked for.</param>
    /// <param name="action">The cmdlet that asks.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OpsException"><c>RolloutRefused</c> with all that forbids it, or the one thing's own error.</exception>
    public async Task<ChangePlan?> PlanAsync(string service, RolloutOptions options, string action, CancellationToken cancellationToken)
    {
        if (context.Platform().Rolling is IWorkloadRollout cluster)
            return await new WorkloadPlanner(context, cluster).PlanAsync(service, options, action, cancellationToken).ConfigureAwait(false);
        RolloutSurvey survey = await new RolloutSurveyor(context).LookAsync(service, options, cancellationToken).ConfigureAwait(false);
        RolloutFinding[] refused = [.. survey.Findings.Where(f => f.Effect == RolloutEffect.Refused)];
        if (refused.Length > 0)
            throw RolloutErrors.RolloutRefused.Make($"{service} is not brought out: {string.Join(" ", refused.Select(f => f.Words))}",
                string.Join(" ", refused.Select(f => f.Remedy).OfType<string>().DefaultIfEmpty("Mend that first.")), service);
        var store = new RevisionStore(context);
        if (!options.FilesFollow && !options.ImageFollows && IsThere(survey, store)) return null;
        RolloutOrder order = RolloutOrder.Of(survey, context.Environment.Services.GetValueOrDefault(service)?.Migrate);
        return new ChangePlan
        {
            Environment = context.Environment.Name, Kind = UpdateService.KindName, Action = action, Target = Target.Service(service).Path,
                Summary = SummaryOf(survey),
            Arguments = order.Write(), Identities = Identities(order, survey.Model, survey.Instances, survey.Image!.Id, store),
                PlannedAt = context.Time.GetUtcNow(),
            Steps = [.. Steps(survey, order)], Figures = [.. Figures(survey, store)],
            Warnings = [.. survey.Findings.Where(f => f.Effect == RolloutEffect.Told).Select(f => f.Words),
                .. survey.StrategyWords is { } why ? [$"Old instances stop before new ones start. {why}"] : Array.Empty<string>()],
            Undo = (survey.From is null ? "what it brought out is taken away again"
                : $"revision {survey.From.Shown.Revision} is brought out again, in the same way") + UndoOf(order.Migrate),
        };
    }

    /// <summary>What must still be so when it begins.</summary>
    internal static PlanIdentity[] Identities(RolloutOrder order, InstanceModel model, IReadOnlyList<InstanceFacts> instances,
        string? imageId, RevisionStore store) =>
    [
        IdentityOf(order, instances),
        // What an earlier part of the same change makes is not there yet.
        .. order.ImageFollows ? Array.Empty<PlanIdentity>() : [new($"image of {order.Service}", order.Pull ?? imageId ?? "gone")],
        .. order.FilesFollow ? Array.Empty<PlanIdentity>() :
        [
            new($"settings of {order.Service}", store.Prints.OfSettings(model)),
            new($"files of {order.Service}", order.Back is null ? store.Prints.OfFiles(model) : "kept"),
        ],
    ];

    /// <summary>Which instances there are.</summary>
    internal static PlanIdentity IdentityOf(RolloutOrder order, IReadOnlyList<InstanceFacts> instances) =>
        new($"instances of {order.Service}", instances.Count == 0 ? "none"
            : string.Join(' ', instances.Select(i => i.Id).Order(StringComparer.Ordinal)));

    /// <summary>True when each instance was made of just this.</summary>
    private static bool IsThere(RolloutSurvey survey, RevisionStore store)
    {
        if (survey.From is not { } from || from.Shown.By == ServiceRevision.Others || survey.Instances.Any(i => !i.Runs)
            || survey.Image!.Id is not { } id || store.Prints.Unread(survey.Model).Count > 0) return false;
        if (survey.Back is { } back && back.Shown.Revision == from.Shown.Revision) return true;
        return survey.Instances.All(i => i.ImageId == id) && from.Shown.Settings == store.Prints.OfSettings(survey.Model)
            && (survey.Back is not null || from.Shown.Files == store.Prints.OfFiles(survey.Model))
            && from.Override == survey.Image.Override;
    }

    private static string SummaryOf(RolloutSurvey survey)
    {
        string count = survey.Wanted == 1 ? "1 instance" : $"{survey.Wanted} instances";
        string how = survey.Strategy switch
        {
            RolloutStrategy.StopFirst => "each old one stops before its new one starts",
            RolloutStrategy.BlueGreen => "all new ones beside the old ones",
            _ => survey.Options.BatchSize == 1 ? "one new one beside the old ones at a time"
                : $"{survey.Options.BatchSize} new ones beside the old ones at a time",
        };
        string what = survey.Back is { } back ? $"Bring out revision {back.Shown.Revision} ({survey.Image!.Name}) again"
            : $"Bring out {survey.Image!.Name}";
        return $"{what} as {count}, {how}{(survey.ProxyWords is { } proxy ? $", behind {proxy}" : "")}";
    }

    private static IEnumerable<PlannedStep> Steps(RolloutSurvey survey, RolloutOrder order)
    {
        if (order.Pull is { } pull) yield return new PlannedStep("pull", $"Pull {pull}.");
        yield return new PlannedStep("keep", $"Keep what runs as revision {order.From}, with its files, to go back to.");
        if (survey.Back is { HasFiles: true }) yield return new PlannedStep("files", "Write its files with variables as they were.");
        if (order.Migrate is { IsBefore: true } before) yield return StepOf(before);
        string old = survey.ProxyWords is null ? $"Wait up to {DurationText.Show(order.Drain)} for the connections of an old instance"
            : $"Take an old instance out of {survey.ProxyWords}, and wait up to {DurationText.Show(order.Drain)} for its connections";
        if (order.Strategy == RolloutStrategy.StopFirst) yield return new PlannedStep("drain-1", old + ", then stop it.");
        yield return new PlannedStep("make-1", "Make and start a new instance from the compose file.");
        yield return new PlannedStep("ready-1", order.Probe is { } probe ? $"Wait until it answers {probe}."
            : "Wait until its health check passes, asked every 250 ms.");
        if (survey.ProxyWords is { } proxy) yield return new PlannedStep("admit-1", $"Tell {proxy}, and see it answer through it.");
        if (order.Strategy != RolloutStrategy.StopFirst) yield return new PlannedStep("drain-1", old + ".");
        yield return new PlannedStep("remove-1", "Stop the old instance with the time that its maker gives it, and remove it.");
        if (order.Migrate is { IsBefore: false } after) yield return StepOf(after);
        if (order.Watch > TimeSpan.Zero) yield return new PlannedStep("watch",
            $"Watch for {DurationText.Show(order.Watch)}; more than {order.MaxErrorRate.ToString("P1", CultureInfo.InvariantCulture)} "
            + $"failed requests bring the old version back.");
    }

    private static PlannedStep StepOf(MigrateSettings migrate) => new("migrate",
        $"Run {string.Join(' ', migrate.Command)} once, in an instance of its own of the new image.");

    private static string UndoOf(MigrateSettings? migrate) => migrate is null ? "" : migrate.Undo.Count == 0
        ? $"; what {migrate.Command[0]} has changed stays changed" : $"; then {string.Join(' ', migrate.Undo)} is run once";

    /// <summary>What changes for each instance.</summary>
    private static IEnumerable<PlanFigure> Figures(RolloutSurvey survey, RevisionStore store)
    {
        if (survey.From is not { } from)
        {
            yield return new PlanFigure("image", $"none -> {survey.Image!.Shown}");
            yield break;
        }
        foreach (RevisionDifference differs in new RevisionComparer(store.Prints).Compare(from.Model, from.Shown.Digest, survey.Model,
            survey.Image!.Shown))
            yield return new PlanFigure($"{differs.What} {differs.Name}", $"{differs.From ?? "none"} -> {differs.To ?? "none"}");
        foreach (InstanceFacts instance in survey.Instances) yield return new PlanFigure("replaced",
            $"{instance} ({instance.Instance.State})");
    }
}
