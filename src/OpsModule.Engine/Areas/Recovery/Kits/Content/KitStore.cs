namespace OpsModule.Engine.Areas.Recovery.Kits.Content;

/// <summary>Where backups lie, as a recovery kit says it.</summary>
/// <param name="Name">The store's name in ops.yaml.</param>
/// <param name="Kind"><c>folder</c> or <c>s3</c>.</param>
/// <param name="Place">The folder, or <c>s3://bucket/prefix</c>.</param>
/// <param name="Endpoint">The server, where it is not AWS.</param>
/// <param name="Region">The region, where one is named.</param>
/// <param name="Problem">Why nothing of it is in the kit; null when it was read.</param>
internal sealed record KitStore(string Name, string Kind, string Place, string? Endpoint, string? Region, string? Problem)
{
    /// <summary>True for a bucket.</summary>
    public bool IsBucket() => Kind == "s3";
}
