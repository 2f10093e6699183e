using Docker.DotNet.Models;

namespace OpsModule.Connections.Platforms.Docker.Rollouts;

/// <summary>What came beside the instances that there were, where making others has failed.</summary>
/// <param name="Made">Those that were made and never started, as ours are: they are taken away, by their ids.</param>
/// <param name="Others">Those that were started, which we do later: somebody else's, by their names. They may hold data.</param>
public sealed record ComposeLeftovers(IReadOnlyList<string> Made, IReadOnlyList<string> Others)
{
    /// <summary>Of the containers that are there now.</summary>
    public static ComposeLeftovers Of(IEnumerable<ContainerListResponse> there, IReadOnlySet<string> before)
    {
        ILookup<bool, ContainerListResponse> parted = there.Where(c => !before.Contains(c.ID)).ToLookup(c => c.State == "created");
        return new ComposeLeftovers([.. parted[true].Select(c => c.ID)],
            [.. parted[false].Select(c => c.Names?.FirstOrDefault()?.TrimStart('/') ?? c.ID)]);
    }

    /// <summary>What is said of the others; null of none.</summary>
    public string? Words(string service) => Others.Count == 0 ? null
        : $"{string.Join(", ", Others)} of {service} came meanwhile and {(Others.Count == 1 ? "was" : "were")} started, which is not of "
            + "this change: left as it is.";
}
