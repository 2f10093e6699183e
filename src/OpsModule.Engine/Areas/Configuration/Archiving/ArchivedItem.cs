using OpsModule.Engine.Areas.Backups.Contents;

namespace OpsModule.Engine.Areas.Configuration.Archiving;

/// <summary>A thing of a backup, as its archive has it.</summary>
/// <param name="Item">What the manifest says of it.</param>
/// <param name="Content">What a file holds; of a hard link what the file behind it does. Null for others, and where nobody asked.</param>
/// <param name="ModifiedAt">When it was changed, UTC.</param>
internal sealed record ArchivedItem(ConfiguredItem Item, byte[]? Content, DateTimeOffset ModifiedAt);
