using OpsModule.Engine.Areas.Backups.Contents;
using OpsModule.Engine.Areas.Configuration.Sources;
using OpsModule.Engine.Areas.Rollouts.Revisions;
using OpsModule.Engine.Areas.Rollouts.Sealing;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;
using OpsModule.Foundations.Files.Anchored;

namespace OpsModule.Engine.Areas.Configuration.Reading;

/// <summary>
/// Reads the configuration as it is, one thing after another, without following a link of anybody. What is not taken is told.
/// </summary>
/// <param name="sources">What belongs to it.</param>
/// <param name="key">Makes the fingerprints.</param>
internal sealed class ConfigurationWalker(ConfigurationSources sources, RevisionKey key)
{
    private const int PermissionMask = 0x1FF, MostFolders = 64;

    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly Dictionary<(ulong Device, ulong Inode), ConfiguredItem> _names = [];
    private HashSet<(ulong Device, ulong Inode)>? _secrets;
    private readonly List<string> _leftOut = [.. sources.LeftOut], _never = [];

    /// <summary>True opens no file: how large each is, is enough.</summary>
    public bool OnlyLooks { get; init; }

    /// <summary>What was not taken, in words; complete when all was read.</summary>
    public IReadOnlyList<string> LeftOut => _leftOut;

    /// <summary>The same without what is never taken: somebody may expect to find it in the backup.</summary>
    public IReadOnlyList<string> Missed => [.. _leftOut.Except(_never)];

    /// <summary>What was taken of each source, in words; complete when all was read.</summary>
    public List<string> Taken { get; } = [];

    /// <summary>Reads it.</summary>
    /// <exception cref="OpsException"><c>ConfigurationUnreadable</c>.</exception>
    public IEnumerable<ReadItem> Read(CancellationToken cancellationToken)
    {
        foreach (ConfigurationSource source in sources.All)
        {
            int files = 0, things = 0;
            IReadOnlyList<string> paths = source.IsPattern ? [.. PathPattern.Expand(source.Path, out _).Where(IsReached)] : [source.Path];
            foreach (string path in paths)
                foreach (ReadItem read in ReadOne(path, source))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    things++;
                    if (read.Item.Kind is ConfiguredKind.File or ConfiguredKind.HardLink) files++;
                    yield return read;
                }
            string words = ConfigurationNames.Words(ConfigurationNames.Of(sources.Here, source.Path));
            if (things > 0) Taken.Add($"{words}: {source.Why}{(things == 1 ? "" : $" ({files} file{(files == 1 ? "" : "s")})")}");
            else if (!source.IsOptional && !paths.Any(_seen.Contains)) _leftOut.Add($"{words} ({source.Why}): it is not there");
        }
    }

    private bool IsReached(string path)
    {
        if (PathParts.Real(path) == path) return true;
        _leftOut.Add($"{path}: a link lies on the way to it");
        return false;
    }

    private IEnumerable<ReadItem> ReadOne(string path, ConfigurationSource source)
    {
        using AnchoredFolder? folder = Guarded(path, () => AnchoredFolder.OpenAbove(path));
        if (folder is null) yield break;
        foreach (ReadItem read in Visit(folder, path, source, 0)) yield return read;
    }

    private IEnumerable<ReadItem> Visit(AnchoredFolder folder, string path, ConfigurationSource source, int depth)
    {
        string name = Path.GetFileName(path);
        if (Guarded(path, () => folder.Look(name)) is not { } facts)
        {
            // Its name is in the folder, and cannot be said.
            if (depth > 0) _leftOut.Add($"{path}: it is gone again, or its name is no UTF-8");
            yield break;
        }
        if (!_seen.Add(path)) yield break;
        if (sources.WhyNever(path) is { } never)
        {
            _never.Add($"{path}: {never}");
            _leftOut.Add(_never[^1]);
            yield break;
        }
        if (facts.Kind != EntryKind.Link && FileFacts.HasAccessList(path)) _leftOut.Add($"the access list of {path}");
        switch (facts.Kind)
        {
            case EntryKind.File:
                if (ReadFile(folder, name, path, facts) is { } file) yield return file;
                break;
            case EntryKind.Link:
                yield return ReadLink(folder, name, path, facts);
                break;
            case EntryKind.Folder when !source.TakesFolders:
                _leftOut.Add($"{path} ({source.Why}): it is a folder, and a file was expected");
                break;
            case EntryKind.Folder when depth >= MostFolders:
                _leftOut.Add($"{path}: more than {MostFolders} folders lie in one another");
                break;
            case EntryKind.Folder:
                yield return new ReadItem(ItemOf(path, ConfiguredKind.Folder, facts), path, null, facts.ModifiedAt, false);
                foreach (ReadItem read in VisitAll(folder, name, path, source, depth + 1)) yield return read;
                break;
            default:
                _leftOut.Add($"{path}: it is a {facts.Kind.ToString().ToLowerInvariant()}");
                break;
        }
    }

    private IEnumerable<ReadItem> VisitAll(AnchoredFolder above, string name, string path, ConfigurationSource source, int depth)
    {
        using AnchoredFolder? folder = Guarded(path, () => above.OpenFolder(name));
        if (folder is null) yield break;
        foreach (string entry in Guarded(path, folder.Names) ?? [])
            foreach (ReadItem read in Visit(folder, path + "/" + entry, source, depth)) yield return read;
    }

    /// <summary>Also under another name of the same file.</summary>
    private bool IsSecret(string path, EntryFacts facts) => sources.IsSecret(path)
        || (facts.Names > 1 && (_secrets ??= FindSecrets()).Contains((facts.Device, facts.Inode)));

    private HashSet<(ulong Device, ulong Inode)> FindSecrets()
    {
        var found = new HashSet<(ulong Device, ulong Inode)>();
        foreach (string path in sources.Secrets.Select(s => s.Path))
        {
            using AnchoredFolder? folder = Guarded(path, () => AnchoredFolder.OpenAbove(path));
            if (folder?.Look(Path.GetFileName(path)) is { Kind: EntryKind.File } facts) found.Add((facts.Device, facts.Inode));
        }
        return found;
    }

    private ReadItem? ReadFile(AnchoredFolder folder, string name, string path, EntryFacts facts)
    {
        if (facts.Names > 1 && _names.TryGetValue((facts.Device, facts.Inode), out ConfiguredItem? first))
            return new ReadItem(ItemOf(path, ConfiguredKind.HardLink, facts) with { Target = first.Name, Print = first.Print }, path, null,
                facts.ModifiedAt, IsSecret(path, facts));
        if (facts.Size > StillFile.MostBytes)
        {
            _leftOut.Add(FormattableString.Invariant($"{path}: {facts.Size:N0} bytes are more than a file of a configuration has"));
            return null;
        }
        if (OnlyLooks)
        {
            ConfiguredItem looked = ItemOf(path, ConfiguredKind.File, facts);
            if (facts.Names > 1) _names.TryAdd((facts.Device, facts.Inode), looked);
            return new ReadItem(looked, path, null, facts.ModifiedAt, IsSecret(path, facts)) { Size = facts.Size };
        }
        (byte[]? content, EntryFacts now, bool isStill) = Guarded(path, () => StillFile.Read(folder, name));
        if (content is null)
        {
            _leftOut.Add($"{path}: it was another thing when it was opened");
            return null;
        }
        if (!isStill) _leftOut.Add($"{path} is as it was at one moment of many: somebody changed it each time while it was read");
        if ((now.Mode & ~PermissionMask) != 0) _leftOut.Add($"the set-id bits of {path}");
        ConfiguredItem item = ItemOf(path, ConfiguredKind.File, now) with { Print = key.Fingerprint(content) };
        if (now.Names > 1) _names.TryAdd((now.Device, now.Inode), item);
        return new ReadItem(item, path, content, now.ModifiedAt, IsSecret(path, facts)) { Size = content.Length };
    }

    private ReadItem ReadLink(AnchoredFolder folder, string name, string path, EntryFacts facts)
    {
        string target = Guarded(path, () => folder.ReadLink(name))!;
        string leads = PathParts.Real(Path.GetFullPath(target, Path.GetDirectoryName(path)!));
        if (Path.Exists(leads) && !sources.Means(leads)) _leftOut.Add($"{leads}, which {path} leads to");
        return new ReadItem(ItemOf(path, ConfiguredKind.Link, facts) with { Target = target }, path, null, facts.ModifiedAt, false);
    }

    private ConfiguredItem ItemOf(string path, ConfiguredKind kind, EntryFacts facts) => new(ConfigurationNames.Of(sources.Here, path),
        kind,
        kind == ConfiguredKind.Folder ? facts.Mode : facts.Mode & PermissionMask, facts.Owner, facts.Group);

    /// <summary>What is gone meanwhile is nothing; what cannot be read must not be missed.</summary>
    private static T? Guarded<T>(string path, Func<T> read)
    {
        try { return read(); }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException) { return default; }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw ConfigurationErrors.Unreadable.Make($"{path} belongs to the configuration and cannot be read: {e.Message.TrimEnd('.')}.",
                e is UnauthorizedAccessException ? $"Give {Environment.UserName} the right to read it, or run as root."
                    : "Look at what lies there, or name other files under configuration.files.", path, e);
        }
    }
}
