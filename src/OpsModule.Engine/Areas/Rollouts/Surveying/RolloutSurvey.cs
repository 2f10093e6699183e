using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Revisions;
using OpsModule.Engine.Environments.Rollouts;

namespace OpsModule.Engine.Areas.Rollouts.Surveying;

/// <summary>All that is known of an update before anything is changed.</summary>
internal sealed record RolloutSurvey
{
    /// <summary>The service.</summary>
    public required string Service { get; init; }

    /// <summary>What was asked for, with what the environment file says.</summary>
    public required RolloutOptions Options { get; init; }

    /// <summary>What the instances are to be made of.</summary>
    public required InstanceModel Model { get; init; }

    /// <summary>The instances that there are.</summary>
    public required IReadOnlyList<InstanceFacts> Instances { get; init; }

    /// <summary>What runs, as a revision; null when nothing does.</summary>
    public KeptRevision? From { get; init; }

    /// <summary>The revision to go back to; null for an update to what the files say.</summary>
    public KeptRevision? Back { get; init; }

    /// <summary>The image; null where none could be found.</summary>
    public ImageTarget? Image { get; init; }

    /// <summary>The proxy that will be told; null for none.</summary>
    public string? Proxy { get; init; }

    /// <summary>What the proxy is, in words.</summary>
    public string? ProxyWords { get; init; }

    /// <summary>The order that is left by all findings.</summary>
    public RolloutStrategy Strategy { get; init; }

    /// <summary>Why it is that order; null where it is the one that was asked for.</summary>
    public string? StrategyWords { get; init; }

    /// <summary>What was found.</summary>
    public IReadOnlyList<RolloutFinding> Findings { get; init; } = [];

    /// <summary>The number of the revision that it will be.</summary>
    public int Revision { get; init; }

    /// <summary>How many instances there are at once at most, in an order of things.</summary>
    public int AtOnce(RolloutStrategy strategy) => strategy switch
    {
        RolloutStrategy.StopFirst => Wanted,
        RolloutStrategy.BlueGreen => Wanted * 2,
        _ => Wanted + Math.Min(Options.BatchSize!.Value, Wanted),
    };

    /// <summary>How many instances there are to be afterwards.</summary>
    public int Wanted => InstanceCount.Wanted(Instances, Model.Replicas);
}
