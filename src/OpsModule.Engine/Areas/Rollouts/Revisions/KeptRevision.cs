using System.Text.Json.Serialization;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Areas.Rollouts.Revisions;

/// <summary>All that is kept of a revision, so that its instances can be made once more.</summary>
internal sealed record KeptRevision
{
    /// <summary>What is shown of it.</summary>
    public required ServiceRevision Shown { get; init; }

    /// <summary>The id of its image.</summary>
    public required string ImageId { get; init; }

    /// <summary>Where the image can be pulled from again; null for one that was built here.</summary>
    public string? Pull { get; init; }

    /// <summary>The image that takes the place of that of the files; null where the files name it.</summary>
    public string? Override { get; init; }

    /// <summary>The name of ours that keeps the image.</summary>
    public string? Tag { get; init; }

    /// <summary>The number of the revision whose place it took, which is gone back to; null where nothing ran, or nobody knows.</summary>
    public int? From { get; init; }

    /// <summary>The instances that were made of it.</summary>
    public IReadOnlyList<string> Instances { get; init; } = [];

    /// <summary>True where the files are those that the instances were made of; false where somebody may have changed them since.</summary>
    public bool HasFiles { get; init; }

    /// <summary>In what its instances differ from the files, where it was made of instances that others brought; it is not kept.</summary>
    public IReadOnlyList<string> Differs { get; init; } = [];

    /// <summary>What its instances are made of, with secrets. It lies sealed beside the rest.</summary>
    public required InstanceModel Model { get; init; }

    /// <summary>Its files with variables, by full path. They lie sealed, too.</summary>
    public IReadOnlyDictionary<string, KeptFile> Files { get; init; } = new Dictionary<string, KeptFile>();
}

/// <summary>A file as it was.</summary>
/// <param name="Content">Its bytes.</param>
/// <param name="Mode">Its mode; null where the system knows none.</param>
internal sealed record KeptFile(byte[] Content, UnixFileMode? Mode)
{
    /// <summary>Its owner's number; null where the system knows none.</summary>
    public uint? User { get; init; }

    /// <summary>Its group's number.</summary>
    public uint? Group { get; init; }

    /// <summary>Both; null where one is not known.</summary>
    [JsonIgnore]
    public (uint Owner, uint Group)? Owner => User is { } user && Group is { } group ? (user, group) : null;

    /// <summary>The file as it is now, which may be at the end of a link; null when there is none.</summary>
    public static KeptFile? Of(string path)
    {
        try
        {
            byte[] content = File.ReadAllBytes(path);
            FileFacts? facts = FileFacts.Of(File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path);
            return new KeptFile(content, OperatingSystem.IsWindows() ? null : File.GetUnixFileMode(path))
            {
                User = facts?.Owner, Group = facts?.Group,
            };
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException) { return null; }
    }

    /// <summary>Those of the files that are there, by path.</summary>
    public static Dictionary<string, KeptFile> AllOf(IEnumerable<string> paths) => StateOf(paths).Where(f => f.Value is not null)
        .ToDictionary(f => f.Key, f => f.Value!);

    /// <summary>All of them by path; null for one that is not there.</summary>
    public static Dictionary<string, KeptFile?> StateOf(IEnumerable<string> paths) => paths.Distinct().ToDictionary(p => p, Of);
}
