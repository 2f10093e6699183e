using System.Globalization;
using OpsModule.Engine.Areas.Backups.Contents;
using OpsModule.Engine.Areas.Configuration.Reading;
using OpsModule.Engine.Areas.Configuration.Sources;
using OpsModule.Engine.Areas.Rollouts.Revisions;
using OpsModule.Engine.Areas.Rollouts.Sealing;
using OpsModule.Foundations.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;
using OpsModule.Foundations.Files.Anchored;

namespace OpsModule.Engine.Areas.Configuration.Restoring;

/// <summary>
/// Where things of the configuration lie, looked at and written without following a link anywhere on the way: beside, flushed, renamed.
/// </summary>
/// <param name="here">The folder of the environment file, without links.</param>
/// <param name="key">Makes the fingerprints.</param>
internal sealed class ConfigurationPlaces(string here, RevisionKey key)
{
    private const int PermissionMask = 0x1FF;
    private const string End = ".tmp";

    /// <summary>Where a name lies.</summary>
    public string PathOf(string name) => ConfigurationNames.ToPath(here, name.TrimEnd('/'))
        ?? throw Refused(name, "it leads out of its place");

    /// <summary>What lies there and, of a file, what it holds; null when nothing does.</summary>
    /// <exception cref="OpsException"><c>ConfigurationPlaceRefused</c>.</exception>
    public KeptItem? Read(string name)
    {
        string path = PathOf(name), last = Path.GetFileName(path);
        return Guarded(name, () =>
        {
            using AnchoredFolder? folder = AnchoredFolder.OpenAbove(path);
            if (folder?.Look(last) is not { } facts) return null;
            switch (facts.Kind)
            {
                case EntryKind.Folder:
                    return new KeptItem(new ConfiguredItem(name, ConfiguredKind.Folder, facts.Mode, facts.Owner, facts.Group), null, null);
                case EntryKind.Link:
                    return new KeptItem(new ConfiguredItem(name, ConfiguredKind.Link, PermissionMask, facts.Owner, facts.Group)
                    { Target = folder.ReadLink(last) }, null, null);
                case EntryKind.File:
                    (byte[]? content, EntryFacts now, _) = StillFile.Read(folder, last);
                    if (content is null) throw Refused(name, $"{path} is larger than a file of a configuration");
                    return new KeptItem(new ConfiguredItem(name, ConfiguredKind.File, now.Mode & PermissionMask, now.Owner, now.Group)
                    { Print = key.Fingerprint(content) }, content, now.ModifiedAt);
                default:
                    throw Refused(name, $"{path} is a {facts.Kind.ToString().ToLowerInvariant()}");
            }
        });
    }

    /// <summary>How a thing is there: its state, or that it is not there.</summary>
    public string StateOf(string name) => StateOf(Read(name)?.Item);

    /// <summary>The same of one that was read.</summary>
    public static string StateOf(ConfiguredItem? item) => item?.State ?? "not there";

    /// <summary>Puts a thing there, in the place of what is there; durable on return.</summary>
    /// <param name="scope">The change that it is a step of.</param>
    /// <param name="item">What it is; its owner must be one that this user may give it to.</param>
    /// <param name="content">What a file, or the file behind a hard link, holds.</param>
    /// <param name="modifiedAt">When it was changed.</param>
    /// <exception cref="OpsException"><c>ConfigurationPlaceRefused</c>, <c>ConfigurationNotWritten</c>.</exception>
    public void Put(ChangeScope scope, ConfiguredItem item, byte[]? content, DateTimeOffset? modifiedAt)
    {
        ArgumentNullException.ThrowIfNull(scope);
        string path = PathOf(item.Name), last = Path.GetFileName(path);
        Guarded<object?>(item.Name, () =>
        {
            using AnchoredFolder folder = AnchoredFolder.OpenAbove(path) ?? throw new IOException($"the folder of {path} is not there");
            if (item.Kind == ConfiguredKind.Folder)
            {
                using AnchoredFolder made = folder.MakeFolder(last, item.Mode);
                if (made.Look() is var facts && (facts.Owner, facts.Group) != (item.Owner, item.Group)) made.Give(item.Owner, item.Group);
                if (made.Look().Mode != item.Mode) made.SetMode(item.Mode);
                folder.Flush();
                return null;
            }
            Sweep(folder, last);
            string beside = $".{last}.{Guid.NewGuid():N}{End}";
            try
            {
                PutBeside(folder, beside, item, content, modifiedAt);
                folder.Rename(beside, last);
                folder.Flush();
            }
            catch
            {
                Forget(folder, beside);
                throw;
            }
            return null;
        }, isWriting: true);
    }

    /// <summary>Takes a thing away; a folder only when it is empty.</summary>
    public void Remove(ChangeScope scope, string name, bool isFolder)
    {
        ArgumentNullException.ThrowIfNull(scope);
        string path = PathOf(name), last = Path.GetFileName(path);
        Guarded<object?>(name, () =>
        {
            using AnchoredFolder? folder = AnchoredFolder.OpenAbove(path);
            if (folder is null) return null;
            if (isFolder) folder.RemoveFolder(last);
            else folder.Remove(last);
            folder.Flush();
            return null;
        }, isWriting: true);
    }

    private void PutBeside(AnchoredFolder folder, string beside, ConfiguredItem item, byte[]? content, DateTimeOffset? modifiedAt)
    {
        if (item.Kind == ConfiguredKind.Link)
        {
            folder.MakeLink(beside, item.Target!);
            if (folder.Look(beside) is { } link && (link.Owner, link.Group) != (item.Owner, item.Group))
                folder.Give(beside, item.Owner, item.Group);
            return;
        }
        if (item.Kind == ConfiguredKind.HardLink && IsLinked(folder, beside, item)) return;
        using var file = new FileStream(folder.CreateFile(beside), FileAccess.Write, 0);
        file.Write(content ?? throw new IOException($"nothing is known of what {item.Name} holds"));
        if (AnchoredFolder.Look(file.SafeFileHandle) is var facts && (facts.Owner, facts.Group) != (item.Owner, item.Group))
            AnchoredFolder.Give(file.SafeFileHandle, item.Owner, item.Group);
        // After the owner: to give a file away takes bits of its mode.
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(file.SafeFileHandle, (UnixFileMode)item.Mode);
        if (modifiedAt is { } at) File.SetLastWriteTimeUtc(file.SafeFileHandle, at.UtcDateTime);
        file.Flush(flushToDisk: true);
    }

    /// <summary>Another name of a file that is there as the backup has it; else a file of its own, which holds the same.</summary>
    private bool IsLinked(AnchoredFolder folder, string beside, ConfiguredItem item)
    {
        string first = PathOf(item.Target!);
        if (Read(item.Target!)?.Item is not { Kind: ConfiguredKind.File } there
            || there.State != (item with { Kind = ConfiguredKind.File }).State)
            return false;
        using AnchoredFolder? from = AnchoredFolder.OpenAbove(first);
        try { if (from is not null) folder.MakeHardLink(beside, from, Path.GetFileName(first)); }
        // On another file system, for example.
        catch (IOException) { return false; }
        return from is not null;
    }

    /// <summary>What a run that was killed has left beside a file: it may hold secrets.</summary>
    private static void Sweep(AnchoredFolder folder, string last)
    {
        string beginning = $".{last}.";
        foreach (string name in folder.Names())
            if (name.Length == beginning.Length + 32 + End.Length && name.StartsWith(beginning, StringComparison.Ordinal)
                && name.EndsWith(End, StringComparison.Ordinal) && Guid.TryParseExact(name.AsSpan(beginning.Length, 32), "N", out _))
                folder.Remove(name);
    }

    private static void Forget(AnchoredFolder folder, string beside)
    {
        try { folder.Remove(beside); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { /* its name tells that it is nothing */ }
    }

    private T Guarded<T>(string name, Func<T> body, bool isWriting = false)
    {
        try { return body(); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            bool isFull = Disk.IsFull(e);
            if (AnchoredFolder.IsOfThePlace(e)) throw Refused(name, $"{PathOf(name)}: {e.Message.TrimEnd('.')}", e);
            string what = string.Create(CultureInfo.InvariantCulture, $"{PathOf(name)}: {e.Message.TrimEnd('.')}");
            throw isWriting ? ConfigurationErrors.NotWritten.Make($"{what}. It is as it was.",
                isFull ? "Free space on its disk (or raise the quota)." : Disk.IsReadOnly(e)
                    ? "Its file system is mounted read-only: mount it for writing."
                    : $"Give {Environment.UserName} the right to write the file and its folder, or run as root.", name, e)
                : ConfigurationErrors.Unreadable.Make($"{what}.", $"Give {Environment.UserName} the right to read it, or run as root.",
                    name, e);
        }
    }

    internal static OpsException Refused(string name, string why, Exception? inner = null) => ConfigurationErrors.PlaceRefused.Make(
        $"{ConfigurationNames.Words(name)} is not written: {why}.",
        "Look at what lies there. Put a file or a folder in the place of the link, or leave the file out with -Path.", name, inner);
}
