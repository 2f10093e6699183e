using OpsModule.Connections.Postgres;
using OpsModule.Engine.Access;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Recovery.Changing;

/// <summary>Puts back what a restore replaced, by what the server keeps: the journal need not know the restore.</summary>
internal sealed class UndoRestore : ChangeKind
{
    public const string KindName = "restore.undo";

    public override string Name => KindName;

    public override string TargetOf(ChangePlan plan) => KeptArguments.Read(plan).Target;

    public override async Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpsContext context, ChangePlan plan,
        CancellationToken cancellationToken)
    {
        KeptArguments what = KeptArguments.Read(plan);
        UnfinishedRestores.Refuse(context, plan.Target, what.Name, what.Tenant);
        (Kept? found, IReadOnlyList<PlanIdentity> identities) = await what.LookAsync(context, withLive: true,
            cancellationToken).ConfigureAwait(false);
        return found?.Note is { State: RestoreState.Replaced } ? identities : throw what.Gone();
    }

    /// <summary>The switch is one transaction: it was not made.</summary>
    public override string WhenStopped(ChangePlan plan) =>
        $"Undoing the restore {plan.Arguments["restore"]} was stopped; nothing was switched.";

    public override async Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        // A run that goes on with another one, and fails, does not know whether that one had switched.
        try { return await InAsync(run, cancellationToken, (what, putBack, keeper) => MakeAsync(run, what, putBack, keeper,
            cancellationToken)).ConfigureAwait(false); }
        catch (Exception e) when (run.HasBegun(RestoreChange.Switch)) { throw ChangeRun.LeaveOpen(e); }
    }

    private static async Task<ChangeResult> MakeAsync(ChangeRun run, KeptArguments what, PutBack putBack, IKeeper keeper,
        CancellationToken cancellationToken)
    {
        List<Kept> kept = await keeper.ListAsync(cancellationToken).ConfigureAwait(false);
        if (kept.Find(k => k.Name == what.Kept) is { Note.State: RestoreState.Replaced } still)
            return await putBack.SwitchAsync(still, cancellationToken).ConfigureAwait(false);
        if (!run.HasBegun(RestoreChange.Switch)) throw what.Gone();
        return await putBack.SettleAsync(kept, what.Kept, cancellationToken).ConfigureAwait(false);
    }

    public override Task<ChangeResult> UndoAsync(ChangeRun run, CancellationToken cancellationToken) => InAsync(run, cancellationToken,
        async (_, putBack, _) =>
        await putBack.TakeBackAsync(cancellationToken).ConfigureAwait(false)
            ?? (run.Undoes is { } ended ? throw PutBack.NothingKept(ended, run.Plan.Target)
                : new ChangeResult("Nothing had been changed")));

    private static Task<ChangeResult> InAsync(ChangeRun run, CancellationToken cancellationToken, Func<KeptArguments, PutBack, IKeeper,
        Task<ChangeResult>> body)
    {
        KeptArguments what = KeptArguments.Read(run.Plan);
        return RestoreErrors.TranslateAsync($"Undoing the restore {what.Restore}", what.Restore, async () =>
        {
            PostgresServer server = await DatabaseServers.ResolveAsync(run.Context, what.Name, cancellationToken).ConfigureAwait(false);
            await using IKeeper keeper = await IKeeper.OpenAsync(run.Context, server, what.Kind, what.Tenant,
                cancellationToken).ConfigureAwait(false);
            return await body(what, new PutBack(run, keeper, KeptArguments.SwitchTimeout(run.Plan)), keeper).ConfigureAwait(false);
        });
    }
}
