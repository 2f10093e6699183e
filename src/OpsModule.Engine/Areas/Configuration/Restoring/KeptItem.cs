using OpsModule.Engine.Areas.Backups.Contents;

namespace OpsModule.Engine.Areas.Configuration.Restoring;

/// <summary>A thing as it was in its place.</summary>
/// <param name="Item">What it was.</param>
/// <param name="Content">What a file held.</param>
/// <param name="ModifiedAt">When it was changed.</param>
internal sealed record KeptItem(ConfiguredItem Item, byte[]? Content, DateTimeOffset? ModifiedAt);
