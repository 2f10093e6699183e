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

    /// <summary>True when a file of ours names its image over the service's own files.</summary>
    public bool IsNamedByUs { get; init; }

    /// <summary>The settings that it was made with.</summary>
    public InstanceSettings Settings { get; init; } = new();

    /// <summary>The first that runs; where none does, the first; null of none.</summary>
    public static InstanceFacts? Serving(IReadOnlyList<InstanceFacts> instances) => instances.FirstOrDefault(i => i.Runs)
        ?? instances.FirstOrDefault();

    /// <summary>Its id.</summary>
    public string Id => Instance.Id;

    /// <summary>True when it runs and has not been started again by the engine since it was made.</summary>
    public bool Runs => Instance.State is InstanceState.Running or InstanceState.Paused;

    /// <inheritdoc/>
    public override string ToString() => Instance.Name;
}

/// <summary>What an instance was made with, beside its image and its variables. It may hold secrets, and is never shown.</summary>
public sealed record InstanceSettings
{
    /// <summary>The arguments of its program; none where it has none.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>Its program.</summary>
    public IReadOnlyList<string> Entrypoint { get; init; } = [];

    /// <summary>Who runs it; empty for the system's first user.</summary>
    public string User { get; init; } = "";

    /// <summary>The folder that it runs in; empty for the root.</summary>
    public string WorkingDirectory { get; init; } = "";

    /// <summary>How much memory it may use, in bytes; 0 for all.</summary>
    public long MemoryBytes { get; init; }

    /// <summary>How much of a processor it may use, in thousand-millionths; 0 for all.</summary>
    public long NanoCpus { get; init; }

    /// <summary>Its health check as it is written (<c>CMD</c>, a program, its arguments); none where it has none.</summary>
    public IReadOnlyList<string> HealthTest { get; init; } = [];

    /// <summary>How often it is run; null for the platform's own.</summary>
    public TimeSpan? HealthInterval { get; init; }

    /// <summary>How long it may take; null for the platform's own.</summary>
    public TimeSpan? HealthTimeout { get; init; }

    /// <summary>What of the machine is mounted into it, and volumes with a name: <c>/srv/data:/data</c>.</summary>
    public IReadOnlyList<string> Mounts { get; init; } = [];

    /// <summary>The ports that are published: <c>8080:80/tcp</c>, or <c>*:80/tcp</c> where the platform chooses.</summary>
    public IReadOnlyList<string> Ports { get; init; } = [];
}
