namespace OpsModule.Connections.Platforms.Contract.Rollouts;

/// <summary>An image that is there.</summary>
/// <param name="Id">Its id (<c>sha256:...</c>).</param>
/// <param name="Digests">Under which digests registries have it (<c>name@sha256:...</c>); none for one that was built here.</param>
/// <param name="Os">The operating system that it is for.</param>
/// <param name="Architecture">The architecture that it is for.</param>
/// <param name="Bytes">Its size.</param>
public sealed record ImageFacts(string Id, IReadOnlyList<string> Digests, string Os, string Architecture, long Bytes)
{
    /// <summary>True when it, or an instance's own settings, has a health check.</summary>
    public bool HasHealthCheck { get; init; }

    /// <summary>The variables that it sets itself.</summary>
    public IReadOnlyList<string> Variables { get; init; } = [];

    /// <summary>What an instance of it is made with where nobody says otherwise.</summary>
    public InstanceSettings Settings { get; init; } = new();

    /// <summary>Folders that it keeps in volumes without a name.</summary>
    public IReadOnlyList<string> Volumes { get; init; } = [];
}

/// <summary>What a registry has under a name.</summary>
/// <param name="Digest">The digest.</param>
/// <param name="Platforms">What it is there for (<c>linux/amd64</c>); none where the registry does not say.</param>
public sealed record RegistryImage(string Digest, IReadOnlyList<string> Platforms);
