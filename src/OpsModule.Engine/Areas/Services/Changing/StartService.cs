using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Services.Changing;

/// <summary>Starts what is stopped of a service, when what it needs is far enough.</summary>
internal sealed class StartService : ServiceChangeKind
{
    public const string KindName = "service.start";

    public override string Name => KindName;

    public override async Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        ServiceRecord service = await FindAsync(run.Context, run.Plan, cancellationToken).ConfigureAwait(false);
        if (!run.IsDone("start")) await DependencyWait.RunAsync(run, service, cancellationToken).ConfigureAwait(false);
        await run.StepAsync("start", () =>
            run.Context.Platform().StartAsync(run, service, cancellationToken), Note(service, Runs)).ConfigureAwait(false);
        return await StartedAsync(run, cancellationToken).ConfigureAwait(false);
    }

    public override async Task<ChangeResult> UndoAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        ServiceRecord service = await FindAsync(run.Context, run.Plan, cancellationToken).ConfigureAwait(false);
        ServiceRecord started = OnlyNoted(service, run, others: true);
        if (run.Data.ContainsKey(Before) && started.Instances.Any(Runs))
            await run.StepAsync("stop", () =>
                run.Context.Platform().StopAsync(run, started, GraceOf(run.Plan), cancellationToken)).ConfigureAwait(false);
        return await AfterAsync(run, cancellationToken).ConfigureAwait(false);
    }
}
