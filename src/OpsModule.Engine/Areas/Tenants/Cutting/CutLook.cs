using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Tenants.Cutting;

/// <summary>How something is that cuts a tenant off.</summary>
/// <param name="Before">What lifting needs to know, as it is now; keys without a dot.</param>
/// <param name="Identities">What must still be so when it begins.</param>
/// <param name="Warnings">What people should know.</param>
internal sealed record CutLook(IReadOnlyDictionary<string, string> Before, IReadOnlyList<PlanIdentity> Identities,
    IReadOnlyList<string> Warnings)
{
    /// <summary>What people want to know, and what nothing hangs on: who is to be cut off must not be able to keep it from being
    /// done.</summary>
    public IReadOnlyList<PlanFigure> Figures { get; init; } = [];
}
