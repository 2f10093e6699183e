using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Secrets.Changing;

/// <summary>What one secret brings into the plan of a rotation.</summary>
/// <param name="Order">What is asked for.</param>
/// <param name="Set">The part before the services are replaced.</param>
/// <param name="Finish">The part after.</param>
/// <param name="Built">The services whose images have the value built in.</param>
internal sealed record RotationPart(RotationOrder Order, ChangePlan Set, ChangePlan Finish, IReadOnlyList<string> Built)
{
    /// <summary>A value like the new one, by which the places were checked.</summary>
    public required SecretMaterial Sample { get; init; }
}
