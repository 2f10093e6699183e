using System.Globalization;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Services.Changing;

/// <summary>Sets how many instances of a service there are.</summary>
internal sealed class ScaleService : ServiceChangeKind
{
    public const string KindName = "service.scale";

    private const string Replicas = "was-replicas";
    private const int Most = 1000;

    public override string Name => KindName;

    public override async Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        ServiceRecord service = await FindAsync(run.Context, run.Plan, cancellationToken).ConfigureAwait(false);
        Dictionary<string, string> note = Note(service, Runs);
        note[Replicas] = Standing(service).ToString(CultureInfo.InvariantCulture);
        int asked = Number(run.Plan.Arguments[ServicePlanner.Replicas]);
        await run.StepAsync("scale", () =>
            run.Context.Platform().ScaleAsync(run, service, asked, cancellationToken),
            note).ConfigureAwait(false);
        ChangeResult result = await StartedAsync(run, asked, cancellationToken).ConfigureAwait(false);
        if (result.Value is ServiceRecord { Declared: { } declared } && declared > asked)
            run.Context.Reporter.Warning(
                $"The compose file wants {declared} of {service.Name}: health will miss the others until deploy.replicas says {asked}.");
        return result;
    }

    public override async Task<ChangeResult> UndoAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        ServiceRecord service = await FindAsync(run.Context, run.Plan, cancellationToken).ConfigureAwait(false);
        if (run.Data.TryGetValue(Replicas, out string? was) && Number(was) != Standing(service))
            await run.StepAsync("scale", () =>
                run.Context.Platform().ScaleAsync(run, service, Number(was), cancellationToken)).ConfigureAwait(false);
        // Compose starts what lies there stopped. Pods are others each time.
        ServiceRecord started = OnlyNoted(await FindAsync(run.Context, run.Plan, cancellationToken).ConfigureAwait(false), run,
            others: true);
        if (was is not null && service.Uid is null && started.Instances.Any(Runs))
            await run.StepAsync("stop", () =>
                run.Context.Platform().StopAsync(run, started, null, cancellationToken)).ConfigureAwait(false);
        return await AfterAsync(run, cancellationToken).ConfigureAwait(false);
    }

    public override string TargetOf(ChangePlan plan) => Number(plan.Arguments[ServicePlanner.Replicas]) <= Most ? base.TargetOf(plan)
        : throw new FormatException($"more than {Most} instances are asked for.");

    /// <summary>How many there are to be by now: of containers those that are there, for their file may want another number.</summary>
    private static int Standing(ServiceRecord service) => service.Uid is null ? service.Instances.Count(i => !i.IsDone) : service.Wanted;

    private static int Number(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
}
