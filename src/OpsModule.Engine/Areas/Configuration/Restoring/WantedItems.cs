using OpsModule.Engine.Areas.Backups.Contents;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Areas.Configuration.Restoring;

/// <summary>What things of a backup become where this user restores them.</summary>
internal static class WantedItems
{
    private const int FolderMode = 0x1ED;

    /// <summary>Only root gives things to others.</summary>
    public static ConfiguredItem Of(ConfiguredItem item) => FileFacts.IsRoot || (item.Owner, item.Group) == (FileFacts.Self,
        FileFacts.SelfGroup)
        ? item : item with { Owner = FileFacts.Self, Group = FileFacts.SelfGroup };

    /// <summary>A folder that is made because something of the backup lies in it.</summary>
    public static ConfiguredItem Folder(string name) => new(name, ConfiguredKind.Folder, FolderMode, FileFacts.Self, FileFacts.SelfGroup);
}
