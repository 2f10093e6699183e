namespace OpsModule.Connections.Platforms.Contract.Rollouts;

/// <summary>The name of an image in its parts: <c>registry.example.net/shop/api:2.1@sha256:...</c>.</summary>
/// <param name="Repository">The registry and the name in it.</param>
/// <param name="Tag">The tag; null for none.</param>
/// <param name="Digest">The digest; null for none.</param>
public sealed record ImageReference(string Repository, string? Tag, string? Digest)
{
    private const string Id = "sha256:";

    /// <summary>Takes a name apart. The colon of a port is none before a tag.</summary>
    public static ImageReference Parse(string text)
    {
        int at = text.IndexOf('@');
        (string name, string? digest) = at < 0 ? (text, null) : (text[..at], text[(at + 1)..]);
        int colon = name.LastIndexOf(':');
        return colon > name.LastIndexOf('/') && !name.StartsWith(Id, StringComparison.Ordinal)
            ? new ImageReference(name[..colon], name[(colon + 1)..], digest) : new ImageReference(name, null, digest);
    }

    /// <summary>The registry's host; null for Docker Hub.</summary>
    public string? Registry => Repository.IndexOf('/') is > 0 and var slash && Repository[..slash] is var first
        && (first.Contains('.') || first.Contains(':') || first == "localhost") ? first : null;

    /// <summary>True for the id of an image, which no registry is asked for.</summary>
    public bool IsId => Repository.StartsWith(Id, StringComparison.Ordinal);

    /// <summary>The name with the tag, which is <c>latest</c> where nothing is said.</summary>
    public string Tagged => $"{Repository}:{Tag ?? "latest"}";

    /// <inheritdoc/>
    public override string ToString() => Repository + (Tag is null ? "" : ":" + Tag) + (Digest is null ? "" : "@" + Digest);
}
