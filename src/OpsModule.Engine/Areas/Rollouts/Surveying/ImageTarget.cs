namespace OpsModule.Engine.Areas.Rollouts.Surveying;

/// <summary>The image that is to be brought out.</summary>
/// <param name="Name">As it is said: <c>registry.example.net/shop/api:2.1</c>.</param>
/// <param name="Id">Its id, where it is on the machine already; else null.</param>
/// <param name="Digest">Its digest in a registry; null for one that was built here.</param>
/// <param name="Pull">What is pulled; null where nothing has to be.</param>
/// <param name="Override">The name that takes the place of that of the files; null where the files name it.</param>
internal sealed record ImageTarget(string Name, string? Id, string? Digest, string? Pull, string? Override)
{
    /// <summary>What it is for; empty where nobody says.</summary>
    public IReadOnlyList<string> Platforms { get; init; } = [];

    /// <summary>True when it has a health check of its own; null where that is known only when it is there.</summary>
    public bool? HasHealthCheck { get; init; }

    /// <summary>Folders that it keeps in volumes without a name.</summary>
    public IReadOnlyList<string> Volumes { get; init; } = [];

    /// <summary>Its size; null where that is not known.</summary>
    public long? Bytes { get; init; }

    /// <summary>What is compared and shown: the digest, else the id.</summary>
    public string Shown => Digest ?? Id ?? Name;
}
