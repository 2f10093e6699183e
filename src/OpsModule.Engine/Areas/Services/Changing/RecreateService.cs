using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Services.Changing;

/// <summary>Makes the instances of a service anew, with the configuration of now. What they were made of is gone, so that nothing takes
/// it back.</summary>
internal sealed class RecreateService : ServiceChangeKind
{
    public const string KindName = "service.recreate";

    public override string Name => KindName;

    /// <summary>A run that is gone on with makes all of them anew again: nobody can tell how far the other came.</summary>
    public override async Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        ServiceRecord service = await FindAsync(run.Context, run.Plan, cancellationToken).ConfigureAwait(false);
        if (!run.IsDone("recreate")) await DependencyWait.RunAsync(run, service, cancellationToken).ConfigureAwait(false);
        await run.StepAsync("recreate", () =>
            run.Context.Platform().RecreateAsync(run, service, GraceOf(run.Plan), cancellationToken),
            Note(service, Runs)).ConfigureAwait(false);
        return await StartedAsync(run, cancellationToken).ConfigureAwait(false);
    }
}
