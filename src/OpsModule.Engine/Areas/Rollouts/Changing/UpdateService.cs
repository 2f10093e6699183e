using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Orders;
using OpsModule.Engine.Areas.Rollouts.Revisions;
using OpsModule.Engine.Areas.Rollouts.Surveying;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Rollouts.Changing;

/// <summary>Brings out another version of a service, instance by instance; when it fails, the one before serves again.</summary>
internal sealed class UpdateService : ChangeKind
{
    public const string KindName = "service.update";

    public override string Name => KindName;

    public override bool AltersConfiguration => true;

    public override string TargetOf(ChangePlan plan) => Target.Service(RolloutOrder.Read(plan).Service).Path;

    public override string WhenStopped(ChangePlan plan) =>
        $"{plan.Action} of {plan.Target} was stopped; Resume-OpsChange goes on with it, Undo-OpsChange brings the old version back.";

    public override async Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpsContext context, ChangePlan plan,
        CancellationToken cancellationToken)
    {
        RolloutOrder order = RolloutOrder.Read(plan);
        IInstanceRollout rolling = RolloutSurveyor.Rolling(context, order.Service);
        var store = new RevisionStore(context);
        InstanceModel model = order.Back is { } back ? store.Find(order.Service, back).Model
            : await rolling.ReadAsync(order.Service, cancellationToken).ConfigureAwait(false);
        string? id = order.Pull is not null ? null
            : (await rolling.FindImageAsync(order.Back is null ? order.Image : order.ImageId ?? order.Image,
            cancellationToken).ConfigureAwait(false))?.Id;
        return RolloutPlanner.Identities(order, model, await rolling.ListAsync(order.Service, cancellationToken).ConfigureAwait(false),
            id, store);
    }

    public override async Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        RolloutOrder order = RolloutOrder.Read(run.Plan);
        var on = new RolloutRun(run, order, RolloutSurveyor.Rolling(run.Context, order.Service));
        using RolloutProxy proxy = on.Proxy;
        return await new RolloutForward(on).RunAsync(cancellationToken).ConfigureAwait(false);
    }

    public override async Task<ChangeResult> UndoAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        RolloutOrder order = RolloutOrder.Read(run.Plan);
        var on = new RolloutRun(run, order, RolloutSurveyor.Rolling(run.Context, order.Service));
        if (!on.IsGoneOnWith)
        {
            // Killed between the lock and the look at what is there.
            if (run.HasBegun(RolloutRun.LockStep)) await on.UnlockAsync(cancellationToken).ConfigureAwait(false);
            return new ChangeResult("Nothing had been brought out");
        }
        using RolloutProxy proxy = on.Proxy;
        return await new RolloutBack(on).UndoAsync(cancellationToken).ConfigureAwait(false);
    }
}
