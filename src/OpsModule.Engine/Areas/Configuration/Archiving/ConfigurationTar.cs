using System.Formats.Tar;
using System.Globalization;
using OpsModule.Engine.Areas.Backups.Contents;
using OpsModule.Engine.Areas.Configuration.Reading;

namespace OpsModule.Engine.Areas.Configuration.Archiving;

/// <summary>Writes a tar (PAX) that any tar reads: modes, owners by number, links as links, names of any length.</summary>
/// <param name="tar">The archive.</param>
internal sealed class ConfigurationTar(TarWriter tar)
{
    private const uint MostInHeader = 2_097_151;

    /// <summary>Adds a thing.</summary>
    /// <param name="read">What it is.</param>
    /// <param name="content">What is written of a file: what it holds, or what is left of that.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task AddAsync(ReadItem read, byte[]? content, CancellationToken cancellationToken)
    {
        ConfiguredItem item = read.Item;
        string name = item.Kind == ConfiguredKind.Folder ? item.Name + "/" : item.Name;
        // More than 2,097,151 does not fit into the old field: there the number is PAX's.
        var large = new Dictionary<string, string>();
        if (item.Owner > MostInHeader) large["uid"] = item.Owner.ToString(CultureInfo.InvariantCulture);
        if (item.Group > MostInHeader) large["gid"] = item.Group.ToString(CultureInfo.InvariantCulture);
        var entry = new PaxTarEntry(TypeOf(item.Kind), name, large)
        {
            Mode = (UnixFileMode)item.Mode, ModificationTime = read.ModifiedAt, Uid = unchecked((int)item.Owner),
            Gid = unchecked((int)item.Group),
        };
        if (item.Target is { } target) entry.LinkName = target;
        using MemoryStream? data = content is null ? null : new MemoryStream(content, writable: false);
        if (data is not null) entry.DataStream = data;
        await tar.WriteEntryAsync(entry, cancellationToken).ConfigureAwait(false);
    }

    private static TarEntryType TypeOf(ConfiguredKind kind) => kind switch
    {
        ConfiguredKind.Folder => TarEntryType.Directory,
        ConfiguredKind.Link => TarEntryType.SymbolicLink,
        ConfiguredKind.HardLink => TarEntryType.HardLink,
        _ => TarEntryType.RegularFile,
    };
}
