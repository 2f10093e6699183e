using OpsModule.Engine.Areas.Caches.Restoring;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Caches.Forgetting;

/// <summary>Plans that what a restore has replaced is removed.</summary>
public static class ForgetPlanner
{
    /// <summary>The plan.</summary>
    /// <param name="context">The environment and what goes with it.</param>
    /// <param name="restore">The restore, as the journal has it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="Foundations.Errors.OpsException"><c>CacheReplacedGone</c>, and what the server reports.</exception>
    public static Task<ChangePlan> PlanAsync(OpsContext context, JournalEntry restore, CancellationToken cancellationToken) =>
        ForgetReplaced.PlanAsync(context, restore, cancellationToken);
}
