using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Contents;
using OpsModule.Engine.Areas.Configuration.Archiving;
using OpsModule.Engine.Areas.Configuration.Reading;
using OpsModule.Engine.Areas.Configuration.Sources;
using OpsModule.Engine.Areas.Rollouts.Revisions;
using OpsModule.Engine.Areas.Rollouts.Sealing;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Configuration.Comparing;

/// <summary>Compares a backup of the configuration with what is live, or with another backup.</summary>
/// <param name="context">The environment and what goes with it.</param>
public sealed class ConfigurationComparer(OpsContext context)
{
    private readonly RevisionKey _key = ConfigurationKey.Of(context);

    /// <summary>What differs, in the order of the paths; empty when nothing does.</summary>
    /// <param name="backup">The one.</param>
    /// <param name="other">The other; null for what is live.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OpsException"><c>ConfigurationAltered</c>, <c>ConfigurationUnreadable</c>, and what reading a backup
    /// throws.</exception>
    public async Task<IReadOnlyList<ConfigurationDifference>> CompareAsync(BackupRecord backup, BackupRecord? other,
        CancellationToken cancellationToken)
    {
        Side before = await OfAsync(backup, cancellationToken).ConfigureAwait(false);
        Side after = other is null ? Live(cancellationToken) : await OfAsync(other, cancellationToken).ConfigureAwait(false);
        string[] names = [.. before.Items.Keys.Union(after.Items.Keys).Order(StringComparer.Ordinal)];
        var differing = names.Where(n => before.Items.GetValueOrDefault(n)?.State != after.Items.GetValueOrDefault(n)?.State)
            .ToHashSet(StringComparer.Ordinal);
        SayUncompared(before, after, differing);
        await before.LoadAsync(context, differing, cancellationToken).ConfigureAwait(false);
        await after.LoadAsync(context, differing, cancellationToken).ConfigureAwait(false);
        FindSecrets(before, after);
        var diff = new MaskedDiff(ConfigurationKey.RedactorOf(context, _key));
        return [.. names.Where(differing.Contains).Select(n => Differs(n, before, after, diff) with
        {
            Backup = backup.Id, With = other?.Id,
        })];
    }

    /// <summary>Names of what differs between the manifest of a backup and what is live, without reading the backup itself.</summary>
    /// <returns>Null when its fingerprints are of another key, and nothing can be told.</returns>
    internal IReadOnlyList<string>? FindDrift(BackupRecord backup, CancellationToken cancellationToken)
    {
        if (backup.Configuration?.Key != ConfigurationKey.NameOf(_key)) return null;
        var then = ConfigurationArchive.ItemsOf(backup).ToDictionary(i => i.Name, i => i.State, StringComparer.Ordinal);
        var now = Live(cancellationToken).Items;
        return [.. then.Keys.Union(now.Keys).Where(n => then.GetValueOrDefault(n) != now.GetValueOrDefault(n)?.State)
            .Order(StringComparer.Ordinal).Select(ConfigurationNames.Words)];
    }

    /// <summary>
    /// Which files are each one secret: the environment says so, whatever side they are on. What another name of one holds is one, too.
    /// </summary>
    private void FindSecrets(params Side[] sides)
    {
        var sources = ConfigurationSources.Find(context);
        foreach (Side side in sides)
        {
            ConfiguredItem[] links = [.. side.Items.Values.Where(i => i.Kind == ConfiguredKind.HardLink)];
            side.Secrets.UnionWith(side.Items.Keys.Where(n => ConfigurationNames.ToPath(sources.Here, n) is not { } path
                || sources.IsSecret(path)));
            side.Secrets.UnionWith(links.Where(l => side.Secrets.Contains(l.Name)).Select(l => l.Target!).ToArray());
            side.Secrets.UnionWith(links.Where(l => side.Secrets.Contains(l.Target!)).Select(l => l.Name).ToArray());
        }
    }

    private Side Live(CancellationToken ct)
    {
        var side = new Side(null);
        foreach (ReadItem read in new ConfigurationWalker(ConfigurationSources.Find(context), _key).Read(ct))
        {
            side.Items[read.Item.Name] = read.Item;
            side.Paths[read.Item.Name] = read.Path;
            if (read.IsSecret) side.Secrets.Add(read.Item.Name);
        }
        return side;
    }

    private async Task<Side> OfAsync(BackupRecord backup, CancellationToken ct)
    {
        var side = new Side(backup);
        foreach (ConfiguredItem item in ConfigurationArchive.ItemsOf(backup)) side.Items[item.Name] = item;
        if (backup.Configuration!.Key == ConfigurationKey.NameOf(_key)) return side;
        // Fingerprints of another key: those of our own are made of what it holds.
        foreach ((string name, ArchivedItem found) in await ConfigurationArchive.ReadAsync(context, backup, static _ => true,
            ct).ConfigureAwait(false))
        {
            side.Items[name] = found.Item with { Print = found.Content is { } content ? _key.Fingerprint(content) : null };
            if (found.Item.Redacted > 0) side.Uncompared.Add(name);
        }
        return side;
    }

    /// <summary>A file without its values, and with fingerprints of another key, can be compared with nothing.</summary>
    private void SayUncompared(Side before, Side after, HashSet<string> differing)
    {
        string[] uncompared = [.. before.Uncompared.Union(after.Uncompared).Order(StringComparer.Ordinal)];
        if (uncompared.Length == 0) return;
        differing.ExceptWith(uncompared);
        context.Reporter.Warning($"{uncompared.Length} file{(uncompared.Length == 1 ? " was" : "s were")} not compared, because values "
            + $"were "
            + $"taken out with the key of another state folder: {string.Join(", ", uncompared.Take(5).Select(ConfigurationNames.Words))}.");
    }

    private ConfigurationDifference Differs(string name, Side before, Side after, MaskedDiff diff)
    {
        ConfiguredItem? then = before.Items.GetValueOrDefault(name), now = after.Items.GetValueOrDefault(name);
        bool isChanged = then?.Print != now?.Print;
        string words = ConfigurationNames.Words(name);
        bool isSecret = before.Secrets.Contains(name) || after.Secrets.Contains(name);
        string? lines = isChanged && before.IsLoaded && after.IsLoaded ? diff.Of(words, before.Content(name), after.Content(name), isSecret,
            then?.Redacted > 0, now?.Redacted > 0) : null;
        return new ConfigurationDifference
        {
            Environment = context.Environment.Name, Path = words, Change = ChangeOf(then, now, isChanged), Before = then?.State,
            After = now?.State, Diff = lines, IsHidden = isChanged && lines is null,
        };
    }

    private static ConfigurationChange ChangeOf(ConfiguredItem? then, ConfiguredItem? now, bool isChanged) =>
        then is null ? ConfigurationChange.Added
        : now is null ? ConfigurationChange.Removed
        : IsFile(then) != IsFile(now) || (!IsFile(then) && (then.Kind != now.Kind || then.Target != now.Target)) ? ConfigurationChange.Kind
        : isChanged ? ConfigurationChange.Changed
        : then.Mode != now.Mode ? ConfigurationChange.Mode : ConfigurationChange.Owner;

    private static bool IsFile(ConfiguredItem item) => item.Kind is ConfiguredKind.File or ConfiguredKind.HardLink;

    /// <summary>One of the two that are compared.</summary>
    private sealed class Side(BackupRecord? backup)
    {
        private IReadOnlyDictionary<string, ArchivedItem> _archived = new Dictionary<string, ArchivedItem>();

        public Dictionary<string, ConfiguredItem> Items { get; } = new(StringComparer.Ordinal);

        public Dictionary<string, string> Paths { get; } = new(StringComparer.Ordinal);

        public HashSet<string> Secrets { get; } = new(StringComparer.Ordinal);

        public HashSet<string> Uncompared { get; } = new(StringComparer.Ordinal);

        public bool IsLoaded { get; private set; } = true;

        public async Task LoadAsync(OpsContext context, HashSet<string> names, CancellationToken ct)
        {
            if (backup is null || names.Count == 0) return;
            try
            {
                _archived = await ConfigurationArchive.ReadAsync(context, backup, i => names.Contains(i.Name), ct).ConfigureAwait(false);
            }
            // What differs is known without it.
            catch (OpsException e) when (e.ErrorId is "IdentityMissing" or "IdentityWrong" or "ProgramMissing")
            {
                IsLoaded = false;
                context.Reporter.Warning($"No lines are shown, because backup {backup.Id} cannot be opened here: {e.Message}");
            }
        }

        public byte[]? Content(string name) => backup is not null ? _archived.GetValueOrDefault(name)?.Content
            : Paths.TryGetValue(name, out string? path) ? LiveFile.Read(path) : null;
    }
}
