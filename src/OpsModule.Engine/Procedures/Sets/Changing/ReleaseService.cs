using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Services.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Procedures.Sets.Changing;

/// <summary>Starts a service that the same change has stopped before. Nothing of it need be as it was when the whole was planned.</summary>
internal sealed class ReleaseService : ServiceChangeKind
{
    public const string KindName = "service.release";

    public override string Name => KindName;

    public override Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpsContext context, ChangePlan plan,
        CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<PlanIdentity>>([]);

    public override async Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        ServiceRecord service = await FindAsync(run.Context, run.Plan, cancellationToken).ConfigureAwait(false);
        await run.StepAsync("start", () => run.Context.Platform().StartAsync(run, service, cancellationToken),
            Note(service, Runs)).ConfigureAwait(false);
        return await StartedAsync(run, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Nothing of it may write while what it writes to is taken back: whoever stopped it before starts it then.</summary>
    public override async Task<ChangeResult> UndoAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        if (!run.HasBegun("start")) return new ChangeResult("Nothing had been started");
        ServiceRecord service = await FindAsync(run.Context, run.Plan, cancellationToken).ConfigureAwait(false);
        if (service.Instances.Any(Runs))
            await run.StepAsync("stop", () => run.Context.Platform().StopAsync(run, service, GraceOf(run.Plan),
                cancellationToken)).ConfigureAwait(false);
        return await AfterAsync(run, cancellationToken).ConfigureAwait(false);
    }
}
