using OpsModule.Connections.Postgres;
using OpsModule.Engine.Access;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Recovery.Changing;

/// <summary>Drops what a restore keeps, for good. With what it had staged gone, a restore that never ended is undone.</summary>
internal sealed class RemoveRestore : ChangeKind
{
    public const string KindName = "restore.remove", Drop = "drop";

    public override string Name => KindName;

    public override string TargetOf(ChangePlan plan) => KeptArguments.Read(plan).Target;

    public override async Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpsContext context, ChangePlan plan, CancellationToken cancellationToken)
    {
        KeptArguments what = KeptArguments.Read(plan);
        (Kept? found, IReadOnlyList<PlanIdentity> identities) = await what.LookAsync(context, withLive: false, cancellationToken).ConfigureAwait(false);
        return found is null ? throw what.Gone() : identities;
    }

    public override string WhenStopped(ChangePlan plan) =>
        $"The removal of {plan.Arguments["kept"]} was stopped; Get-OpsRestore shows whether it is still there.";

    public override Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        KeptArguments what = KeptArguments.Read(run.Plan);
        return RestoreErrors.TranslateAsync($"Dropping {what.Kept}", what.Restore, async () =>
        {
            PostgresServer server = await DatabaseServers.ResolveAsync(run.Context, what.Name, cancellationToken).ConfigureAwait(false);
            await using IKeeper keeper = await IKeeper.OpenAsync(run.Context, server, what.Kind, what.Tenant, cancellationToken).ConfigureAwait(false);
            await run.StepAsync(Drop, () => keeper.DropAsync(what.Kept, cancellationToken)).ConfigureAwait(false);
            if (RestoreNames.IsStage(what.Kept))
                await run.StepAsync("close", () => new UnfinishedRestores(run.Context).CloseAsync(what.Target, what.Restore, what.Kept)).ConfigureAwait(false);
            return new ChangeResult($"{what.Kept} was dropped");
        });
    }
}
