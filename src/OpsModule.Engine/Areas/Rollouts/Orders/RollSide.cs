using OpsModule.Connections.Platforms.Contract.Rollouts;

namespace OpsModule.Engine.Areas.Rollouts.Orders;

/// <summary>Which way instances are replaced: to the new version, or back to the one before. Both go the same way.</summary>
internal sealed record RollSide
{
    /// <summary>Before the names of its steps.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>True on the way back: those that stay have served before, and what was asked of the new version is not asked of
    /// them.</summary>
    public bool IsBack { get; init; }

    /// <summary>How many instances there are to be.</summary>
    public required int Wanted { get; init; }

    /// <summary>Whether an instance is one of those that are to stay.</summary>
    public required Func<InstanceFacts, bool> IsOwn { get; init; }

    /// <summary>Whether an instance is left as it is, and neither stays nor goes.</summary>
    public required Func<InstanceFacts, bool> IsApart { get; init; }

    /// <summary>Whether one that goes was made by this change, so that its nameless volumes go with it.</summary>
    public Func<InstanceFacts, bool> IsMadeHere { get; init; } = _ => false;

    /// <summary>How an instance of those that are to stay is made; asked only where one is missing.</summary>
    public required Func<int, CancellationToken, Task<InstanceMaking>> Making { get; init; }

    /// <summary>What those that stay are made of.</summary>
    public required InstanceModel Model { get; init; }

    /// <summary>What those that go are made of.</summary>
    public required InstanceModel Other { get; init; }

    /// <summary>Done before those that go in a round, given by its number, are taken out of the proxy.</summary>
    public Func<string, IReadOnlyList<InstanceFacts>, CancellationToken, Task>? BeforeGoing { get; init; }

    /// <summary>Done when all new instances serve beside the old ones; for BlueGreen.</summary>
    public Func<CancellationToken, Task>? BeforeDrain { get; init; }
}
