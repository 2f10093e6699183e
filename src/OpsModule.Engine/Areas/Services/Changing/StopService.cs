using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Services.Changing;

/// <summary>Stops what runs of a service.</summary>
internal sealed class StopService : ServiceChangeKind
{
    public const string KindName = "service.stop";

    public override string Name => KindName;

    public override async Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        ServiceRecord service = await FindAsync(run.Context, run.Plan, cancellationToken).ConfigureAwait(false);
        await run.StepAsync("stop", () =>
            run.Context.Platform().StopAsync(run, service, GraceOf(run.Plan), cancellationToken),
            Note(service, Runs)).ConfigureAwait(false);
        return await AfterAsync(run, cancellationToken).ConfigureAwait(false);
    }

    public override async Task<ChangeResult> UndoAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        if (!run.Data.ContainsKey(Before)) return new ChangeResult("Nothing had been stopped");
        ServiceRecord service = await FindAsync(run.Context, run.Plan, cancellationToken).ConfigureAwait(false);
        // A workload without pods is started as a whole; it remembers how many it had.
        ServiceRecord stopped = service.Instances.Count == 0 ? service : OnlyNoted(service, run);
        await run.StepAsync("start", () => run.Context.Platform().StartAsync(run, stopped, cancellationToken)).ConfigureAwait(false);
        return await StartedAsync(run, cancellationToken).ConfigureAwait(false);
    }
}
