using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Retention;

/// <summary>Applies the environment's rules of retention to a store.</summary>
public sealed class RetentionService(OpsContext context)
{
    /// <summary>How often it plans anew when another machine was quicker.</summary>
    private const int Attempts = 3;

    /// <summary>Decides, asks, and removes.</summary>
    /// <param name="store">The store.</param>
    /// <param name="query">Databases and tenants; null for all.</param>
    /// <param name="trustClock">Removes by age though nothing but this machine's clock says how late it is.</param>
    /// <param name="ask">Shown the plan, when anything goes; false when it is not to be made now.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>Each backup and what became of it; null when it was not to be made.</returns>
    /// <exception cref="OpsException">As <see cref="RetentionPlanner.PlanAsync"/>; <c>TargetLocked</c>; what the store says.</exception>
    public async Task<IReadOnlyList<RetentionDecision>?> ApplyAsync(string store, BackupQuery? query, bool trustClock, Func<ChangePlan,
        Task<bool>> ask, CancellationToken cancellationToken)
    {
        if (UnnamedStore.IsLocation(store))
            throw new OpsException("RetentionOfNoStore", OpsErrorCategory.InvalidArgument,
                $"{store} is a place and no store of the environment: no rule is for it.",
                "Name it under backups.stores in the environment file, or remove backups by their ids.", store);
        for (int attempt = 1; ; attempt++)
        {
            RetentionOfStore decided = await new RetentionPlanner(context).PlanAsync(store, query, trustClock,
                cancellationToken).ConfigureAwait(false);
            ChangePlan? plan = await RetainBackups.PlanAsync(context, decided, cancellationToken).ConfigureAwait(false);
            if (plan is null) return decided.Decisions;
            if (attempt == 1 && !await ask(plan).ConfigureAwait(false)) return null;
            if (trustClock) new ClockMemory(context, store).Accept();
            try
            {
                ChangeResult? made = await new ChangeRunner(context).RunAsync(plan, cancellationToken).ConfigureAwait(false);
                return [.. decided.Decisions.Select(d => After(d, made?.Value as RetentionResult))];
            }
            // Another machine applies the same rules; what it has removed no longer needs to be.
            catch (OpsException e) when (ChangeErrors.DriftDetected.Is(e)
                && attempt < Attempts) { context.Reporter.Verbose($"Planned anew: {e.Message}"); }
        }
    }

    private static RetentionDecision After(RetentionDecision decision, RetentionResult? made)
    {
        if (decision.Outcome != RetentionOutcome.Remove) return decision;
        if (made?.Left.GetValueOrDefault(decision.Key) is { } why)
            return decision with { Outcome = RetentionOutcome.NotRemoved, Reason = why };
        string kept = made?.Kept is { } versions ? "; " + versions : "";
        return decision with { Outcome = RetentionOutcome.Removed, Reason = decision.Reason + kept };
    }
}
