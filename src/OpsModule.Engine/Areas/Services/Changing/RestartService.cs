using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Services.Changing;

/// <summary>Restarts a service, one instance after another.</summary>
internal sealed class RestartService : ServiceChangeKind
{
    public const string KindName = "service.restart";

    public override string Name => KindName;

    /// <summary>
    /// A run that is gone on with restarts all of it again: nobody can tell which instances have read their settings anew.
    /// </summary>
    public override async Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        ServiceRecord service = await FindAsync(run.Context, run.Plan, cancellationToken).ConfigureAwait(false);
        if (!run.IsDone("restart")) await DependencyWait.RunAsync(run, service, cancellationToken).ConfigureAwait(false);
        ServiceRecord meant = run.Plan.Arguments.TryGetValue(ServicePlanner.Instance, out string? alone)
            ? service with { Instances = [.. service.Instances.Where(i => i.Id == alone)] } : service;
        // Without instances a service would be started, which is not what one of them was to be.
        if (alone is not null && meant.Instances.Count == 0) throw new FormatException($"{service.Name} has no instance {alone}.");
        await run.StepAsync("restart", () =>
            run.Context.Platform().RestartAsync(run, meant, GraceOf(run.Plan), cancellationToken),
            Note(service, Runs)).ConfigureAwait(false);
        return await StartedAsync(run, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>It runs as it ran before. One whose restart was killed half-way is brought up.</summary>
    public override async Task<ChangeResult> UndoAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        ServiceRecord service = await FindAsync(run.Context, run.Plan, cancellationToken).ConfigureAwait(false);
        ServiceRecord lost = OnlyNoted(service, run);
        if (lost.Instances.Any(i => !Runs(i)))
            await run.StepAsync("start", () => run.Context.Platform().StartAsync(run, lost, cancellationToken)).ConfigureAwait(false);
        return await AfterAsync(run, cancellationToken).ConfigureAwait(false);
    }
}
