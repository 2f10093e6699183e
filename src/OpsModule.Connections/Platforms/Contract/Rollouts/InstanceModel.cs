namespace OpsModule.Connections.Platforms.Contract.Rollouts;

/// <summary>What instances of a service are made of: what its files come to. It holds secrets, and is never shown.</summary>
public sealed record InstanceModel
{
    /// <summary>The service.</summary>
    public required string Service { get; init; }

    /// <summary>The project that it belongs to.</summary>
    public required string Project { get; init; }

    /// <summary>The whole that instances can be made of, resolved, as JSON.</summary>
    public required string Resolved { get; init; }

    /// <summary>The files that it was read from.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>The folder that relative paths in them start from.</summary>
    public required string Folder { get; init; }

    /// <summary>The files with variables for the files themselves that are given by name.</summary>
    public IReadOnlyList<string> EnvFiles { get; init; } = [];

    /// <summary>All files with variables: those of the project, then the service's own, by their full paths.</summary>
    public IReadOnlyList<string> VariableFiles { get; init; } = [];

    /// <summary>Files that are put into its instances: secrets, configurations, single files that are mounted.</summary>
    public IReadOnlyList<string> MountedFiles { get; init; } = [];

    /// <summary>The image that the files name; null for one that is built under a name of Compose's.</summary>
    public string? Image { get; init; }

    /// <summary>True when the files say how the image is built.</summary>
    public bool IsBuilt { get; init; }

    /// <summary>How many instances the files want.</summary>
    public int Replicas { get; init; } = 1;

    /// <summary>Its variables with their values.</summary>
    public IReadOnlyDictionary<string, string?> Variables { get; init; } = new Dictionary<string, string?>();

    /// <summary>True when the files give it a health check.</summary>
    public bool HasHealthCheck { get; init; }

    /// <summary>True when the files switch the image's health check off.</summary>
    public bool IsHealthCheckOff { get; init; }

    /// <summary>What keeps two instances from being there at once, or makes it doubtful.</summary>
    public IReadOnlyList<InstanceTrait> Traits { get; init; } = [];

    /// <summary>What the platform runs in an instance before it is stopped, and after it was started.</summary>
    public IReadOnlyList<InstanceHook> PreStop { get; init; } = [];

    /// <inheritdoc cref="PreStop"/>
    public IReadOnlyList<InstanceHook> PostStart { get; init; } = [];
}

/// <summary>A program that goes with the life of an instance.</summary>
/// <param name="Command">The program with its arguments.</param>
/// <param name="User">Who runs it; null for the instance's user.</param>
/// <param name="Variables">Variables that are added (<c>NAME=value</c>).</param>
/// <param name="WorkingDirectory">Where it runs; null for the instance's own folder.</param>
public sealed record InstanceHook(IReadOnlyList<string> Command, string? User, IReadOnlyList<string> Variables, string? WorkingDirectory);
