using System.Formats.Tar;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Contents;
using OpsModule.Engine.Areas.Configuration.Reading;
using OpsModule.Engine.Areas.Configuration.Sources;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Configuration.Archiving;

/// <summary>Reads a backup of a configuration to its last byte, whose hash is then known to be the manifest's, and compares the
/// two.</summary>
internal static class ConfigurationArchive
{
    /// <summary>What is held of one backup at once.</summary>
    public const long MostBytes = 512L * 1024 * 1024;

    private const int FileMask = 0x1FF, FolderMask = 0xFFF;

    /// <summary>Reads it.</summary>
    /// <param name="context">The environment and its stores.</param>
    /// <param name="backup">The backup.</param>
    /// <param name="wanted">Whose content is wanted; null for that of none.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OpsException"><c>ConfigurationAltered</c>, <c>ConfigurationTooLarge</c>, and what reading a backup
    /// throws.</exception>
    public static async Task<IReadOnlyDictionary<string, ArchivedItem>> ReadAsync(OpsContext context, BackupRecord backup,
        Func<ConfiguredItem, bool>? wanted, CancellationToken cancellationToken)
    {
        IReadOnlyList<ConfiguredItem> items = ItemsOf(backup);
        Dictionary<string, ConfiguredItem> expected;
        try { expected = items.ToDictionary(i => i.Name, StringComparer.Ordinal); }
        catch (ArgumentException e) { throw Altered(backup, "its manifest names a file twice", e); }
        // The content of a hard link is that of its first name.
        HashSet<string> kept = wanted is null ? [] : [.. items.Where(wanted).Select(i =>
            i.Kind == ConfiguredKind.HardLink ? i.Target! : i.Name)];
        var found = new Dictionary<string, ArchivedItem>(StringComparer.Ordinal);
        Stream stream = await BackupReader.OpenAsync(context, backup, cancellationToken).ConfigureAwait(false);
        await using var _ = stream.ConfigureAwait(false);
        try
        {
            await using var tar = new TarReader(stream, leaveOpen: true);
            long held = 0;
            while (await tar.GetNextEntryAsync(copyData: false, cancellationToken).ConfigureAwait(false) is { } entry)
            {
                ConfiguredItem item = Find(backup, expected, entry);
                byte[]? content = null;
                if (item.Kind == ConfiguredKind.File && kept.Contains(item.Name))
                {
                    if (entry.Length > StillFile.MostBytes || (held += entry.Length) > MostBytes) throw TooLarge(backup);
                    content = await ContentAsync(entry, cancellationToken).ConfigureAwait(false);
                }
                if (!found.TryAdd(item.Name, new ArchivedItem(item, content, entry.ModificationTime)))
                    throw Altered(backup, $"it holds {item.Name} twice");
            }
            // What is behind the end of the archive counts for the hash.
            while (await stream.ReadAsync(new byte[64 * 1024], cancellationToken).ConfigureAwait(false) > 0) { }
        }
        catch (Exception e) when (e is InvalidDataException or FormatException or EndOfStreamException)
        {
            throw Altered(backup, $"its archive cannot be read ({e.Message.TrimEnd('.')})", e);
        }
        if (items.FirstOrDefault(i => !found.ContainsKey(i.Name)) is { } missing) throw Altered(backup, $"it lacks {missing.Name}");
        foreach (ConfiguredItem link in items.Where(i => i.Kind == ConfiguredKind.HardLink))
        {
            if (found.GetValueOrDefault(link.Target ?? "") is not { Item.Kind: ConfiguredKind.File } first)
                throw Altered(backup, $"{link.Name} is another name of nothing in it");
            // What was taken out of the one is not in the other.
            found[link.Name] = found[link.Name] with { Content = first.Content, Item = link with { Redacted = first.Item.Redacted } };
        }
        return found;
    }

    /// <summary>What the manifest says that a backup holds.</summary>
    /// <exception cref="OpsException"><c>ConfigurationAltered</c>.</exception>
    public static IReadOnlyList<ConfiguredItem> ItemsOf(BackupRecord backup)
    {
        if (backup.Configuration is not { } contents) throw Altered(backup, "its manifest does not say what it holds");
        IReadOnlyList<ConfiguredItem> items;
        try { items = contents.Unpack(); }
        catch (InvalidDataException e) { throw Altered(backup, e.Message, e); }
        if (items.FirstOrDefault(i => !IsOurs(i)) is { } stranger)
            throw Altered(backup, $"its manifest says of '{stranger.Name}' what no backup of ours does");
        return items;
    }

    /// <summary>No name leads out, no file has set-id bits, and each link leads somewhere: nothing else was ever written.</summary>
    private static bool IsOurs(ConfiguredItem item) => item.Name is not null && ConfigurationNames.ToPath("/here", item.Name) is not null
        && Enum.IsDefined(item.Kind) && (item.Mode & ~(item.Kind == ConfiguredKind.Folder ? FolderMask : FileMask)) == 0
        && (item.Kind is not (ConfiguredKind.Link or ConfiguredKind.HardLink) || item.Target is { Length: > 0 } to && !to.Contains('\0'));

    internal static OpsException Altered(BackupRecord backup, string what, Exception? inner = null) => ConfigurationErrors.Altered.Make(
        $"Backup {backup.Id} of the configuration in store {backup.Store} is not what was written: {what}.",
        "Use another backup, or the same one from another store; find out who changed it.", backup, inner);

    private static ConfiguredItem Find(BackupRecord backup, Dictionary<string, ConfiguredItem> expected, TarEntry entry)
    {
        string name = entry.Name.TrimEnd('/');
        // Where a name leads is asked of it alone: no folder of this machine has a part in it.
        if (ConfigurationNames.ToPath("/here", name) is null) throw Altered(backup,
            $"it holds '{entry.Name}', which leads out of its place");
        if (!expected.TryGetValue(name, out ConfiguredItem? item)) throw Altered(backup,
            $"it holds {name}, which its manifest does not name");
        ConfiguredKind? kind = entry.EntryType switch
        {
            TarEntryType.RegularFile or TarEntryType.V7RegularFile => ConfiguredKind.File,
            TarEntryType.Directory => ConfiguredKind.Folder,
            TarEntryType.SymbolicLink => ConfiguredKind.Link,
            TarEntryType.HardLink => ConfiguredKind.HardLink,
            _ => null,
        };
        bool isSame = kind == item.Kind && (int)entry.Mode == item.Mode && (kind is not (ConfiguredKind.Link or ConfiguredKind.HardLink)
            || entry.LinkName == item.Target);
        return isSame ? item : throw Altered(backup, $"{name} is another thing in the archive than in the manifest");
    }

    private static async Task<byte[]> ContentAsync(TarEntry entry, CancellationToken ct)
    {
        if (entry.DataStream is null) return [];
        byte[] content = new byte[entry.Length];
        await entry.DataStream.ReadExactlyAsync(content, ct).ConfigureAwait(false);
        return content;
    }

    private static OpsException TooLarge(BackupRecord backup) => ConfigurationErrors.TooLarge.Make(
        $"Of backup {backup.Id} more than {MostBytes / 1024 / 1024} MiB would be held in memory at once.",
        "Name the files that count with -Path.", backup);
}
