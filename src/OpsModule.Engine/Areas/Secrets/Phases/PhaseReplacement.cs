using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Areas.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Changing;
using OpsModule.Engine.Areas.Rollouts.Revisions;
using OpsModule.Engine.Areas.Secrets.Changing;
using OpsModule.Engine.Areas.Services;
using OpsModule.Engine.Areas.Services.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Secrets.Phases;

/// <summary>
/// Replaces the instances of services in a phase, by changes of their own: each is planned when its turn comes, days after the first one,
/// for what runs then.
/// </summary>
/// <param name="run">The rotation.</param>
/// <param name="name">The secret.</param>
internal sealed class PhaseReplacement(ChangeRun run, string name)
{
    /// <summary>Keeps what runs while the files say what it was made of: an update that fails goes back to it.</summary>
    public async Task KeepAsync(IReadOnlyList<string> services, CancellationToken ct)
    {
        if (services.Count == 0 || run.Context.Platform().Rolling is not IInstanceRollout rolling) return;
        foreach (string service in services)
            await RevisionKeeper.KeepAsync(run, rolling, service, null, ct).ConfigureAwait(false);
    }

    /// <summary>Replaces them, one service after another, and waits until none from before is left.</summary>
    /// <param name="phase">The phase, in kebab-case, which the steps begin with.</param>
    /// <param name="services">The services.</param>
    /// <param name="ct">Stops it.</param>
    public async Task ReplaceAsync(string phase, IReadOnlyList<string> services, CancellationToken ct)
    {
        foreach (string service in services)
            await run.StepAsync($"{phase}-replace-{service}", () => OneAsync(phase, service, ct)).ConfigureAwait(false);
        if (services.Count > 0)
            await run.StepAsync($"{phase}-replaced", async () =>
            {
                if (await ServicesInUse.WaitAsync(run.Context, services, ct).ConfigureAwait(false) is { } late) throw late;
            }).ConfigureAwait(false);
    }

    private async Task OneAsync(string phase, string service, CancellationToken ct)
    {
        var runner = new ChangeRunner(run.Context);
        string reason = $"rotation of {name} ({run.Id}, {phase})";
        // One of this rotation's that was killed goes on first: it has the service's lock on the platform.
        foreach (UnfinishedChange open in run.Context.Journal.FindUnfinished(Target.Service(service).Path))
            if (!open.IsPart && open.Data.Values.Any(v => v.Contains(run.Id, StringComparison.Ordinal))
                && run.Context.Journal.Find(open.Id) is { } entry)
            {
                await runner.ResumeAsync(entry, ct).ConfigureAwait(false);
                // It has brought out what this phase wants.
                if (open.Data.Values.Any(v => v == reason)) return;
            }
        if (run.Context.Platform().Rolling is IInstanceRollout)
        {
            var asked = new RolloutOptions { FilesFollow = true, Reason = reason };
            if (await new RolloutPlanner(run.Context).PlanAsync(service, asked, run.Plan.Action, ct).ConfigureAwait(false) is { } update)
                await runner.RunAsync(update, ct).ConfigureAwait(false);
            return;
        }
        IReadOnlyList<ServiceRecord> found = await new ServiceCatalog(run.Context.Platform()).ListAsync([service], e => throw e, ct)
            .ConfigureAwait(false);
        foreach (ServiceRecord one in found.Where(ServicesInUse.IsRestarted))
            if (new ServicePlanner(run.Context).Plan(ServiceChange.Restart, one, new ServiceChangeOptions()) is { } restart)
                await runner.RunAsync(restart with { Action = run.Plan.Action }, ct).ConfigureAwait(false);
    }
}
