namespace OpsModule.Engine.Areas.Rollouts.Clusters;

/// <summary>The parts of an image's name: <c>registry:5000/shop/api:2.1@sha256:...</c>.</summary>
internal sealed record ImageText(string Repository, string? Tag, string? Digest)
{
    /// <summary>Reads one.</summary>
    public static ImageText Of(string image)
    {
        int at = image.IndexOf('@');
        string name = at < 0 ? image : image[..at];
        // A colon before the last slash is of the registry's port.
        int colon = name.LastIndexOf(':') is var found && found > name.LastIndexOf('/') ? found : -1;
        return new ImageText(colon < 0 ? name : name[..colon], colon < 0 ? null : name[(colon + 1)..], at < 0 ? null : image[(at + 1)..]);
    }

    /// <summary>What it is called without its registry and folders.</summary>
    public string ShortName => Repository[(Repository.LastIndexOf('/') + 1)..];

    /// <inheritdoc/>
    public override string ToString() => Repository + (Tag is null ? "" : ":" + Tag) + (Digest is null ? "" : "@" + Digest);
}
