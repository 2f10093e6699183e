namespace OpsModule.Engine.Areas.Services.Changing;

/// <summary>How services are changed.</summary>
public sealed record ServiceChangeOptions
{
    /// <summary>How long an instance may take to end by itself; null for what its maker gave it.</summary>
    public TimeSpan? Grace { get; init; }

    /// <summary>How many instances there are to be, where that is set.</summary>
    public int Replicas { get; init; }

    /// <summary>How long a service waits for what it needs.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The one instance that is meant, by its id; null for all of the service.</summary>
    public string? Instance { get; init; }

    /// <summary>Services whose instances were made with another configuration than that of now, and how it differs.</summary>
    public IReadOnlyDictionary<string, string> Outdated { get; init; } = new Dictionary<string, string>();

    /// <summary>The services that are changed together.</summary>
    public IReadOnlyCollection<string> Together { get; init; } = [];
}
