using OpsModule.Connections.Platforms.Contract.Rollouts;

namespace OpsModule.Engine.Areas.Rollouts.Changing;

/// <summary>Which way instances are replaced: to the new version, or back to the one before. Both go the same way.</summary>
internal sealed record RollSide
{
    /// <summary>Before the names of its steps.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>How many instances there are to be.</summary>
    public required int Wanted { get; init; }

    /// <summary>Whether an instance is one of those that are to stay.</summary>
    public required Func<string, bool> IsOwn { get; init; }

    /// <summary>Whether an instance was made in this change, and must not have ended since.</summary>
    public required Func<string, bool> IsNew { get; init; }

    /// <summary>How an instance of those that are to stay is made; asked only where one is missing.</summary>
    public required Func<int, CancellationToken, Task<InstanceMaking>> Making { get; init; }

    /// <summary>What those that stay are made of.</summary>
    public required InstanceModel Model { get; init; }

    /// <summary>What those that go are made of.</summary>
    public required InstanceModel Other { get; init; }

    /// <summary>True takes nameless volumes away with those that go: they are of this change.</summary>
    public bool Volumes { get; init; }

    /// <summary>Done when all new instances serve beside the old ones; for BlueGreen.</summary>
    public Func<CancellationToken, Task>? BeforeDrain { get; init; }
}
