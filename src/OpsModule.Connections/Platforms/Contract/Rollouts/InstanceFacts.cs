namespace OpsModule.Connections.Platforms.Contract.Rollouts;

/// <summary>An instance as it was made, and how it is.</summary>
public sealed record InstanceFacts
{
    /// <summary>The instance.</summary>
    public required ServiceInstance Instance { get; init; }

    /// <summary>The id of the image that it was made of.</summary>
    public required string ImageId { get; init; }

    /// <summary>Its variables, with their values: never shown.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();

    /// <summary>Its addresses by network.</summary>
    public IReadOnlyDictionary<string, string> Addresses { get; init; } = new Dictionary<string, string>();

    /// <summary>The program of its health check with its arguments, as it is run in it; none when it has none.</summary>
    public IReadOnlyList<string> HealthTest { get; init; } = [];

    /// <summary>How long its health check may take.</summary>
    public TimeSpan HealthTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The TCP ports that it, or its image, says it listens at.</summary>
    public IReadOnlyList<int> Ports { get; init; } = [];

    /// <summary>Where something is mounted into it, and from where: <c>/data</c> from <c>volume data</c>.</summary>
    public IReadOnlyDictionary<string, string> Mounts { get; init; } = new Dictionary<string, string>();

    /// <summary>True when it shares the machine's network.</summary>
    public bool IsOnHostNetwork { get; init; }

    /// <summary>Its id.</summary>
    public string Id => Instance.Id;

    /// <summary>True when it runs and has not been started again by the engine since it was made.</summary>
    public bool Runs => Instance.State is InstanceState.Running or InstanceState.Paused;

    /// <inheritdoc/>
    public override string ToString() => Instance.Name;
}
