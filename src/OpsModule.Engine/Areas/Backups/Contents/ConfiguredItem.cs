namespace OpsModule.Engine.Areas.Backups.Contents;

/// <summary>One thing in a backup of a configuration, as its manifest has it. Nothing of what a file holds can be told from it.</summary>
/// <param name="Name">Its name in the archive: below <c>here/</c> for what lies beside the environment file, else below
/// <c>root/</c>.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Mode">Permission bits.</param>
/// <param name="Owner">Its user, by number.</param>
/// <param name="Group">Its group, by number.</param>
internal sealed record ConfiguredItem(string Name, ConfiguredKind Kind, int Mode, uint Owner, uint Group)
{
    /// <summary>Where a link leads; of a hard link the name of the first one.</summary>
    public string? Target { get; init; }

    /// <summary>Of a file: a fingerprint (HMAC) of what it held, whose key is in the state folder alone.</summary>
    public string? Print { get; init; }

    /// <summary>How many values were taken out of it.</summary>
    public int Redacted { get; init; }

    /// <summary>All that tells it from another state of it, in a word.</summary>
    public string State => Kind is ConfiguredKind.Link ? $"link to {Target}, {Owner}:{Group}"
        : $"{(Kind == ConfiguredKind.HardLink ? ConfiguredKind.File : Kind).ToString().ToLowerInvariant()} "
            + $"{Convert.ToString(Mode, 8).PadLeft(4, '0')} {Owner}:{Group}{(Print is null ? "" : " " + Print)}";
}
