using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Contents;
using OpsModule.Engine.Areas.Configuration.Archiving;
using OpsModule.Engine.Areas.Configuration.Changing;
using OpsModule.Engine.Areas.Configuration.Comparing;
using OpsModule.Engine.Areas.Configuration.Sources;
using OpsModule.Engine.Areas.Rollouts.Revisions;
using OpsModule.Engine.Areas.Rollouts.Sealing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Names;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Configuration.Restoring;

/// <summary>Plans restores of the configuration: it compares a backup with what is live, and changes nothing.</summary>
/// <param name="context">The environment and what goes with it.</param>
public sealed class ConfigurationRestorePlanner(OpsContext context)
{
    /// <summary>The cmdlet's name in journal and locks.</summary>
    public const string Action = "Restore-OpsConfiguration";

    private const int MostTold = 5, MostFigures = 200, MostDiff = 64 * 1024;

    private readonly RevisionKey _key = ConfigurationKey.Of(context);

    /// <summary>Plans one; null when all that is meant is as in the backup.</summary>
    /// <param name="backup">The backup.</param>
    /// <param name="patterns">Which files, relative to the environment file or by their full paths, with wildcards; null for all.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OpsException"><c>ConfigurationRedacted</c>, <c>ConfigurationPlaceRefused</c>, <c>ConfigurationAltered</c>,
    /// <c>NothingMatches</c>, and what reading a backup throws.</exception>
    public async Task<ChangePlan?> PlanAsync(BackupRecord backup, IReadOnlyList<string>? patterns, CancellationToken cancellationToken)
    {
        backup.Require(BackupKind.Configuration);
        var sources = ConfigurationSources.Find(context);
        IReadOnlyList<ConfiguredItem> all = ConfigurationArchive.ItemsOf(backup);
        HashSet<string> meant = Meant(all, patterns);
        IReadOnlyDictionary<string, ArchivedItem> archive = await ConfigurationArchive.ReadAsync(context, backup, i =>
            meant.Contains(i.Name),
            cancellationToken).ConfigureAwait(false);
        bool isOwnKey = backup.Configuration!.Key == ConfigurationKey.NameOf(_key);
        var look = new Look(backup, sources, new ConfigurationPlaces(sources.Here, _key));
        foreach (ConfiguredItem item in all.Where(i => meant.Contains(i.Name)).OrderBy(i => i.Name, StringComparer.Ordinal))
        {
            cancellationToken.ThrowIfCancellationRequested();
            ArchivedItem found = archive[item.Name];
            if (found is { Content: { } content, Item.Redacted: 0 })
            {
                string print = _key.Fingerprint(content);
                if (isOwnKey && print != item.Print) throw ConfigurationArchive.Altered(backup,
                    $"{item.Name} does not hold what its manifest says");
                found = found with { Item = item with { Print = print } };
            }
            look.Add(found, isOwnKey);
        }
        if (look.Masked.Count > 0)
            throw ConfigurationErrors.Redacted.Make($"Backup {backup.Id} was made without secrets, and {look.Masked.Count} "
                + $"file{(look.Masked.Count == 1 ? " that differs lacks its" : "s that differ lack their")} values: {Told(look.Masked)}. "
                + "Nothing was restored.", "Restore others with -Path, or use a backup that was not redacted.", backup.Id);
        return look.Changes.Count == 0 && look.Made.Count == 0 ? null : Plan(backup, look, all);
    }

    /// <summary>Why something of a backup is not written here; null when it may be.</summary>
    internal static string? WhyNot(ConfigurationSources sources, BackupRecord backup, string name)
    {
        string path = ConfigurationNames.ToPath(sources.Here, name) ?? "/";
        if (sources.WhyNever(path) is { } never) return never;
        if (sources.Means(path)) return null;
        // Who signed it named it then; without a signature anybody who can write to the store could.
        return backup.Signature == BackupSignature.Valid && path.StartsWith(sources.Here + "/", StringComparison.Ordinal) ? null
            : "the environment file does not name it";
    }

    private HashSet<string> Meant(IReadOnlyList<ConfiguredItem> all, IReadOnlyList<string>? patterns)
    {
        if (patterns is null) return [.. all.Select(i => i.Name)];
        var meant = new HashSet<string>(StringComparer.Ordinal);
        foreach (string pattern in patterns)
        {
            string written = pattern.StartsWith("./", StringComparison.Ordinal) ? pattern[2..] : pattern.TrimEnd('/');
            string[] fits = [.. all.Where(i => Fits(written, ConfigurationNames.Words(i.Name))).Select(i => i.Name)];
            if (fits.Length == 0) throw NamePattern.Nothing(pattern, all.Select(i => ConfigurationNames.Words(i.Name)),
                "file of the backup");
            meant.UnionWith(fits);
        }
        return meant;
    }

    /// <summary>A folder means what is in it.</summary>
    private static bool Fits(string pattern, string path) => path == pattern || path.StartsWith(pattern + "/", StringComparison.Ordinal)
        || (NamePattern.HasWildcard(pattern) && NamePattern.IsMatch(pattern, path));

    private ChangePlan Plan(BackupRecord backup, Look look, IReadOnlyList<ConfiguredItem> all)
    {
        string[] names = [.. look.Made.Concat(look.Changes.Select(c => c.Found.Item.Name)).OrderBy(n => n.TrimEnd('/'),
            StringComparer.Ordinal)];
        int files = look.Changes.Count(c => c.Found.Item.Kind is ConfiguredKind.File or ConfiguredKind.HardLink);
        string when = $"{backup.StartedAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC";
        var places = new ConfigurationPlaces(look.Here, _key);
        return new ChangePlan
        {
            Environment = context.Environment.Name, Kind = RestoreConfiguration.KindName, Action = Action,
            Target = ConfigurationBackupArguments.Target, Subject = $"configuration of {context.Environment.Name}",
            Summary = $"Restore {look.Changes.Count} of {all.Count} things ({files} file{(files == 1 ? "" : "s")}) from backup "
                + $"{backup.Id} of {when}",
            Arguments = new RestoreConfigurationArguments(backup.Id, backup.Key, backup.Store, names).Write(),
            Identities = RestoreConfiguration.Identities(backup, names, places), PlannedAt = context.Time.GetUtcNow(),
            Undo = "what was replaced is kept in the state folder and put back",
            Steps =
            [
                new PlannedStep(RestoreConfiguration.Keep, "Keep what is replaced, sealed, in the state folder."),
                new PlannedStep(RestoreConfiguration.WriteStep, "Write each beside its place and rename it; links are not followed."),
                new PlannedStep(RestoreConfiguration.Check, "Look at all of them."),
            ],
            Figures = Figures(look), Warnings = Warnings(look),
        };
    }

    private List<PlanFigure> Figures(Look look)
    {
        var diff = new MaskedDiff(ConfigurationKey.RedactorOf(context, _key));
        List<PlanFigure> figures = [.. look.Changes.Take(MostFigures).Select(c =>
            new PlanFigure(ConfigurationNames.Words(c.Found.Item.Name),
            PrintableText.Of(DiffOf(diff, c))))];
        if (look.Changes.Count > MostFigures) figures.Add(new PlanFigure("more", $"{look.Changes.Count - MostFigures}"));
        figures.Add(new PlanFigure("as in the backup", $"{look.Same}"));
        return figures;
    }

    private static string DiffOf(MaskedDiff diff, Changed changed)
    {
        string now = ConfigurationPlaces.StateOf(changed.Live?.Item), then = changed.Found.Item.State;
        bool isFile = changed.Found.Content is not null && changed.Live?.Item.Print != changed.Found.Item.Print;
        string? lines = isFile ? diff.Of(ConfigurationNames.Words(changed.Found.Item.Name), changed.Live?.Content, changed.Found.Content,
            changed.IsSecret) : null;
        if (lines?.Length > MostDiff) lines = lines[..MostDiff] + "\n...";
        return lines ?? (isFile && changed.Live is not null ? $"it holds something else, which is no text or is masked ({now} -> {then})"
            : $"{now} -> {then}");
    }

    private static List<string> Warnings(Look look)
    {
        var warnings = new List<string>();
        if (look.Left.Count > 0) warnings.Add($"Not restored: {Told(look.Left)}.");
        if (look.Others.Count > 0)
            warnings.Add($"Only root gives files to others; these will belong to {Environment.UserName}: {Told(look.Others)}.");
        if (look.Unproven.Count > 0)
            warnings.Add($"Values were taken out of these with the key of another state folder, so whether they differ is not known: "
                + $"{Told(look.Unproven)}.");
        return warnings;
    }

    private static string Told(IReadOnlyList<string> all) =>
        string.Join("; ", all.Take(MostTold)) + (all.Count > MostTold ? $" and {all.Count - MostTold} more" : "");

    /// <summary>Something that differs.</summary>
    private sealed record Changed(ArchivedItem Found, KeptItem? Live, bool IsSecret);

    /// <summary>A comparison of a backup with what is live.</summary>
    private sealed class Look(BackupRecord backup, ConfigurationSources sources, ConfigurationPlaces places)
    {
        private readonly HashSet<string> _there = new(StringComparer.Ordinal), _coming = new(StringComparer.Ordinal);

        public string Here => sources.Here;

        public List<Changed> Changes { get; } = [];

        public List<string> Made { get; } = [];

        public List<string> Masked { get; } = [];

        public List<string> Left { get; } = [];

        public List<string> Others { get; } = [];

        public List<string> Unproven { get; } = [];

        public int Same { get; private set; }

        public void Add(ArchivedItem found, bool isOwnKey)
        {
            string name = found.Item.Name, words = ConfigurationNames.Words(name);
            if (WhyNot(sources, backup, name) is { } why)
            {
                Left.Add($"{words}: {why}");
                return;
            }
            KeptItem? live = places.Read(name);
            if (live is not null && (live.Item.Kind == ConfiguredKind.Folder) != (found.Item.Kind == ConfiguredKind.Folder))
                throw ConfigurationPlaces.Refused(name, live.Item.Kind == ConfiguredKind.Folder ? "a folder lies in its place"
                    : "something that is no folder lies in its place");
            ConfiguredItem wanted = WantedItems.Of(found.Item);
            if (found.Item.Redacted > 0)
            {
                // What it held is known by its fingerprint alone.
                if (!isOwnKey) Unproven.Add(words);
                else if (live?.Item.Print != found.Item.Print) Masked.Add(words);
                else Same++;
                return;
            }
            if (live?.Item.State == wanted.State)
            {
                Same++;
                return;
            }
            if (wanted != found.Item) Others.Add(words);
            MakeParents(name);
            _coming.Add(name);
            string path = places.PathOf(name);
            Changes.Add(new Changed(found with { Item = wanted }, live, sources.IsSecret(path)));
        }

        private void MakeParents(string name)
        {
            var missing = new Stack<string>();
            for (int slash = name.LastIndexOf('/'); slash > "root".Length; slash = name.LastIndexOf('/', slash - 1))
            {
                string folder = name[..slash];
                if (_there.Contains(folder) || _coming.Contains(folder)) break;
                if (places.Read(folder) is not null)
                {
                    _there.Add(folder);
                    break;
                }
                missing.Push(folder);
            }
            foreach (string folder in missing)
            {
                _coming.Add(folder);
                Made.Add(folder + "/");
            }
        }
    }
}
