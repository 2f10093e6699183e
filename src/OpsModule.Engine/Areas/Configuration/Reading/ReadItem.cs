using OpsModule.Engine.Areas.Backups.Contents;

namespace OpsModule.Engine.Areas.Configuration.Reading;

/// <summary>A thing of the configuration as it was read.</summary>
/// <param name="Item">What it is.</param>
/// <param name="Path">Where it lies.</param>
/// <param name="Content">What a file holds; null for others.</param>
/// <param name="ModifiedAt">When a file was changed.</param>
/// <param name="IsSecret">True when the whole of it is one secret.</param>
internal sealed record ReadItem(ConfiguredItem Item, string Path, byte[]? Content, DateTimeOffset ModifiedAt, bool IsSecret)
{
    /// <summary>How large a file is.</summary>
    public long Size { get; init; }
}
