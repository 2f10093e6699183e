using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Contents;
using OpsModule.Engine.Areas.Configuration.Archiving;
using OpsModule.Engine.Areas.Configuration.Changing;
using OpsModule.Engine.Areas.Configuration.Sources;
using OpsModule.Engine.Areas.Rollouts.Revisions;
using OpsModule.Engine.Areas.Rollouts.Sealing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Configuration.Restoring;

/// <summary>
/// Restores files of the configuration: all that is replaced is kept first, then each is written beside its place and renamed, then all
/// are looked at. When one cannot be written, those before it are put back.
/// </summary>
internal sealed class RestoreConfiguration : ChangeKind
{
    public const string KindName = "restore.configuration", Keep = "keep", WriteStep = "write", Check = "check";

    public override string Name => KindName;

    public override string TargetOf(ChangePlan plan)
    {
        RestoreConfigurationArguments.Read(plan);
        return ConfigurationBackupArguments.Target;
    }

    public override async Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpsContext context, ChangePlan plan,
        CancellationToken cancellationToken)
    {
        RestoreConfigurationArguments what = RestoreConfigurationArguments.Read(plan);
        BackupRecord backup = await new BackupCatalog(context).FindAtAsync(what.Store, what.Key, cancellationToken).ConfigureAwait(false);
        return Identities(backup, what.Names, PlacesOf(context));
    }

    /// <summary>That the backup is the same, and that nobody has touched what is replaced.</summary>
    public static IReadOnlyList<PlanIdentity> Identities(BackupRecord backup, IEnumerable<string> names, ConfigurationPlaces places) =>
    [
        new($"backup {backup.Id}", backup.Sha256),
        .. names.Select(n => new PlanIdentity(IdentityOf(n), places.StateOf(n))),
    ];

    public override string WhenStopped(ChangePlan plan) => "The restore of the configuration was stopped; what it had written was put "
        + "back.";

    public override string? WhenLeftOpen(OpsContext context, ChangePlan plan, string change) => "The restore of the configuration was "
        + $"stopped, and what it had written is not put back yet: Resume-OpsChange {change} goes on, Undo-OpsChange {change} puts it back.";

    public override async Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        OpsContext context = run.Context;
        RestoreConfigurationArguments what = RestoreConfigurationArguments.Read(run.Plan);
        var kept = new KeptConfiguration(context, run.Id);
        ConfigurationPlaces places;
        BackupRecord backup;
        ArchivedItem[] items;
        try { (places, backup, items) = await FindAsync(run, what, cancellationToken).ConfigureAwait(false); }
        // What an earlier run has written lies there: nobody has put it back.
        catch (Exception e) when (run.HasBegun(WriteStep)) { throw ChangeRun.LeaveOpen(e); }
        await run.StepAsync(Keep, () =>
        {
            for (int i = 0; i < items.Length; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                string name = what.Names[i];
                KeptItem? now = places.Read(name);
                if (ConfigurationPlaces.StateOf(now?.Item) != BeforeOf(run.Plan, name)) throw Moved(name, "was planned");
                kept.Keep(i, new KeptPlace(name, now, items[i].Item.State));
            }
            return Task.CompletedTask;
        }).ConfigureAwait(false);
        try
        {
            await run.StepAsync(WriteStep, () =>
            {
                for (int i = 0; i < items.Length; i++)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    Write(run, places, what.Names[i], items[i]);
                }
                return Task.CompletedTask;
            }).ConfigureAwait(false);
            await run.StepAsync(Check, () =>
            {
                for (int i = 0; i < items.Length; i++)
                    if (places.StateOf(what.Names[i]) != items[i].Item.State) throw Moved(what.Names[i], "was written");
                return Task.CompletedTask;
            }).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            await PutBackAfterAsync(run, places, kept, what, e).ConfigureAwait(false);
            throw;
        }
        kept.DropOld();
        return new ChangeResult($"{items.Length} things of the configuration are as in backup {backup.Id}", new ConfigurationRestore
        {
            Environment = context.Environment.Name, Backup = backup.Id, BackupTime = backup.StartedAt, Change = run.Id,
            Restored = [.. what.Names.Where(n => !n.EndsWith('/')).Select(ConfigurationNames.Words)],
            Left = [.. run.Plan.Warnings], Next = "Services read files when they start: see Compare-OpsServiceRevision, then "
                + "Restart-OpsService.",
        });
    }

    public override async Task<ChangeResult> UndoAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        RestoreConfigurationArguments what = RestoreConfigurationArguments.Read(run.Plan);
        var kept = new KeptConfiguration(run.Context, run.Undoes ?? run.Id);
        string words = "Nothing had been written";
        if (run.HasBegun(WriteStep) || run.Undoes is not null)
        {
            IReadOnlyList<KeptPlace> places = kept.Find(what.Names.Count) ?? (run.IsDone("put-back") ? []
                : throw KeptGone(run));
            int left = 0;
            await run.StepAsync("put-back", () =>
            {
                left = PutBack(run, PlacesOf(run.Context), places);
                return Task.CompletedTask;
            }).ConfigureAwait(false);
            words = left == 0 ? $"{places.Count} things of the configuration are as they were"
                : $"{places.Count - left} things of the configuration are as they were; {left} that somebody else changed stay as they are";
        }
        await run.StepAsync("forget", () =>
        {
            kept.Drop();
            return Task.CompletedTask;
        }).ConfigureAwait(false);
        return new ChangeResult(words);
    }

    internal static ConfigurationPlaces PlacesOf(OpsContext context) => new(ConfigurationSources.Find(context).Here,
        ConfigurationKey.Of(context));

    /// <summary>What an identity of a place is called.</summary>
    internal static string IdentityOf(string name) => $"file {ConfigurationNames.Words(name)}";

    /// <summary>Where it writes, and what; nothing is touched.</summary>
    private static async Task<(ConfigurationPlaces Places, BackupRecord Backup, ArchivedItem[] Items)> FindAsync(ChangeRun run,
        RestoreConfigurationArguments what, CancellationToken ct)
    {
        var sources = ConfigurationSources.Find(run.Context);
        RevisionKey key = ConfigurationKey.Of(run.Context);
        BackupRecord backup = await new BackupCatalog(run.Context).FindAtAsync(what.Store, what.Key, ct).ConfigureAwait(false);
        var wanted = what.Names.ToHashSet(StringComparer.Ordinal);
        IReadOnlyDictionary<string, ArchivedItem> archive = await ConfigurationArchive.ReadAsync(run.Context, backup, i =>
            wanted.Contains(i.Name), ct).ConfigureAwait(false);
        return (new ConfigurationPlaces(sources.Here, key), backup,
            [.. what.Names.Select(n => Planned(run.Plan, backup, archive, sources, key, n))]);
    }

    private static string BeforeOf(ChangePlan plan, string name) => plan.Identities.First(i => i.Name == IdentityOf(name)).Value;

    /// <summary>What is written to a place. A plan may come from a file that somebody else wrote: nothing is where the environment does
    /// not say.</summary>
    private static ArchivedItem Planned(ChangePlan plan, BackupRecord backup, IReadOnlyDictionary<string, ArchivedItem> archive,
        ConfigurationSources sources, RevisionKey key, string name)
    {
        if (name.EndsWith('/'))
            return archive.Keys.Any(k => k.StartsWith(name, StringComparison.Ordinal)) ? new ArchivedItem(WantedItems.Folder(name), null,
                default)
                : throw ChangeErrors.PlanInvalid.Make($"The plan makes {name}, and backup {backup.Id} holds nothing in it.",
                    "Make it anew.", plan.Target);
        if (!archive.TryGetValue(name, out ArchivedItem? found) || found.Item.Redacted > 0)
            throw ChangeErrors.PlanInvalid.Make($"The plan restores {name}, and backup {backup.Id} does not have it whole.",
                "Make it anew.", plan.Target);
        if (ConfigurationRestorePlanner.WhyNot(sources, backup, name) is { } why) throw ConfigurationPlaces.Refused(name, why);
        // The fingerprint may be of another state folder's key.
        return found with { Item = WantedItems.Of(found.Content is { } content ? found.Item with { Print = key.Fingerprint(content) }
            : found.Item) };
    }

    private static void Write(ChangeRun run, ConfigurationPlaces places, string name, ArchivedItem item)
    {
        string now = places.StateOf(name), before = BeforeOf(run.Plan, name);
        if (now == item.Item.State) return;
        if (now != before) throw Moved(name, "was planned");
        places.Put(run, item.Item with { Name = name.TrimEnd('/') }, item.Content, item.ModifiedAt == default ? null : item.ModifiedAt);
    }

    /// <summary>What was written is put back at once; where that cannot be, the change stays without an end, for Undo-OpsChange.</summary>
    private static async Task PutBackAfterAsync(ChangeRun run, ConfigurationPlaces places, KeptConfiguration kept,
        RestoreConfigurationArguments what, Exception cause)
    {
        try
        {
            await run.ReachAsync("failed").ConfigureAwait(false);
            PutBack(run, places, kept.Find(what.Names.Count) ?? throw KeptGone(run));
            kept.Drop();
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            run.Context.Reporter.Warning($"What was written could not all be put back: {e.Message} Undo-OpsChange {run.Id} tries again.");
            throw ChangeRun.LeaveOpen(cause);
        }
    }

    /// <summary>
    /// Puts back what lay there, the last one first. What somebody else has written since stays: of a restore that had ended nothing is
    /// touched then; of one that had not, all else is put back.
    /// </summary>
    /// <returns>How many stay as somebody else left them.</returns>
    private static int PutBack(ChangeRun run, ConfigurationPlaces places, IReadOnlyList<KeptPlace> kept)
    {
        KeptPlace[] moved = [.. kept.Where(k => IsMoved(places, k))];
        if (moved.Length > 0 && run.Undoes is not null) throw Moved(moved[0].Name, "was restored");
        foreach (KeptPlace place in moved)
            run.Context.Reporter.Warning($"{ConfigurationNames.Words(place.Name)} was changed by somebody else meanwhile. It stays as it "
                + "is now, and what lay there before the restore is not put back.");
        foreach (KeptPlace place in kept.Except(moved).Reverse())
        {
            if (places.StateOf(place.Name) == place.BeforeState) continue;
            if (place.Before is { } before) places.Put(run, before.Item with { Name = place.Name.TrimEnd('/') }, before.Content,
                before.ModifiedAt);
            else places.Remove(run, place.Name, place.MakesFolder);
        }
        return moved.Length;
    }

    /// <summary>Whether a place is neither as it was nor as the restore makes it.</summary>
    private static bool IsMoved(ConfigurationPlaces places, KeptPlace place)
    {
        if (place.MakesFolder) return false;
        try { return places.StateOf(place.Name) is var now && now != place.BeforeState && now != place.After; }
        // A link or a pipe was put there: nothing of ours is.
        catch (OpsException e) when (ConfigurationErrors.PlaceRefused.Is(e)) { return true; }
    }

    private static OpsException KeptGone(ChangeRun run) => ConfigurationErrors.KeptGone.Make(
        $"What the restore {run.Undoes ?? run.Id} replaced is not kept any more; it is for the newest {KeptConfiguration.Most} restores.",
        "Restore an older backup of the configuration (Get-OpsBackup -Kind Configuration).", run.Plan.Target);

    private static OpsException Moved(string name, string since) => ConfigurationErrors.Moved.Make(
        $"{ConfigurationNames.Words(name)} was changed by somebody else since it {since}. It stays as it is now.",
        "Look at it (Compare-OpsConfiguration), then begin again.", name);
}
