namespace OpsModule.Connections.Platforms.Contract.Rollouts;

/// <summary>How instances are made.</summary>
/// <param name="Model">Of what.</param>
/// <param name="Count">How many.</param>
public sealed record InstanceMaking(InstanceModel Model, int Count)
{
    /// <summary>The image that takes the place of the one in the files; null for that of the files.</summary>
    public string? Image { get; init; }

    /// <summary>The id of the image that they must be of: another one is an error, and nothing is left of it.</summary>
    public required string ImageId { get; init; }

    /// <summary>True makes them of what the model keeps, whatever the files say now.</summary>
    public bool AsKept { get; init; }

    /// <summary>A private folder for the file that names the image, which is needed for as long as the instances are there.</summary>
    public required string Folder { get; init; }
}
