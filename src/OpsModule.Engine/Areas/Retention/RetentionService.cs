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

    /// <summary>How long it waits for one that applies the rules to the same store, and how long between two looks.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1), Pause = TimeSpan.FromSeconds(1);

    /// <summary>Decides, asks, and removes.</summary>
    /// <param name="store">The store.</param>
    /// <param name="query">Databases and tenants; null for all.</param>
    /// <param name="trustClock">Removes by age though nothing but this machine's clock says how late it is.</param>
    /// <param name="ask">Shown the plan, when anything goes; false when it is not to be made now.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>Each backup and what became of it; null when it was not to be made.</returns>
    /// <exception cref="OpsException">As <see cref="RetentionPlanner.PlanAsync"/>; <c>TargetLocked</c> when
    /// another run is at it for longer than a minute; what the store says.</exception>
    public async Task<IReadOnlyList<RetentionDecision>?> ApplyAsync(string store, BackupQuery? query, bool trustClock, Func<ChangePlan,
        Task<bool>> ask, CancellationToken cancellationToken)
    {
        if (UnnamedStore.IsLocation(store))
            throw new OpsException("RetentionOfNoStore", OpsErrorCategory.InvalidArgument,
                $"{store} is a place and no store of the environment: no rule is for it.",
                "Name it under backups.stores in the environment file, or remove backups by their ids.", store);
        bool isAsked = false;
        long since = context.Time.GetTimestamp();
        for (int attempt = 1; ;)
        {
            RetentionOfStore decided = await new RetentionPlanner(context).PlanAsync(store, query, trustClock,
                cancellationToken).ConfigureAwait(false);
            ChangePlan? plan = await RetainBackups.PlanAsync(context, decided, cancellationToken).ConfigureAwait(false);
            if (plan is null) return decided.Decisions;
            if (!isAsked && !await ask(plan).ConfigureAwait(false)) return null;
            isAsked = true;
            if (trustClock) new ClockMemory(context, store).Accept();
            try
            {
                ChangeResult? made = await new ChangeRunner(context).RunAsync(plan, cancellationToken).ConfigureAwait(false);
                return [.. decided.Decisions.Select(d => After(d, made?.Value as RetentionResult))];
            }
            // Another machine applies the same rules; what it has removed no longer needs to be.
            catch (OpsException e) when (ChangeErrors.DriftDetected.Is(e) && attempt < Attempts)
            {
                attempt++;
                context.Reporter.Verbose($"Planned anew: {e.Message}");
            }
            // Backups that are made side by side apply them one after another.
            catch (OpsException e) when (e.ErrorId == "TargetLocked" && context.Time.GetElapsedTime(since) < Patience)
            {
                context.Reporter.Verbose($"Waits for another run of the rules: {e.Message}");
                await Task.Delay(Pause, context.Time, cancellationToken).ConfigureAwait(false);
            }
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
