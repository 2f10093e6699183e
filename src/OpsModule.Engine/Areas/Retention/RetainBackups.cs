using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Changing;
using OpsModule.Engine.Areas.Backups.Listing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Retention;

/// <summary>
/// Removes from one store what the rules let go: of each backup the manifest first. One that somebody reads, or works on, stays.
/// </summary>
internal sealed class RetainBackups : ChangeKind
{
    public const string KindName = "backup.retain";

    public override string Name => KindName;

    public override string TargetOf(ChangePlan plan)
    {
        foreach (string key in Keys(plan, "remove").Concat(Keys(plan, "stays"))) BackupKeys.IdOf(key, plan.Environment);
        if (Keys(plan, "remove").Intersect(Keys(plan, "stays"),
            StringComparer.Ordinal).Any()) throw new FormatException("a backup that is removed cannot be one that stays.");
        // Without one that stays in its group, a backup could be the last.
        HashSet<string> kept = [.. Keys(plan, "stays").Select(BackupKeys.Folder)];
        if (Keys(plan, "remove").FirstOrDefault(k =>
            !kept.Contains(BackupKeys.Folder(k))) is { } last) throw new FormatException($"no backup stays beside {last}.");
        return Target(plan.Arguments["store"]);
    }

    public static string Target(string store) => $"store/{store}/retention";

    /// <summary>The plan; null when nothing goes.</summary>
    public static async Task<ChangePlan?> PlanAsync(OpsContext context, RetentionOfStore decided, CancellationToken cancellationToken)
    {
        RetentionDecision[] going = [.. decided.Going];
        if (going.Length == 0) return null;
        string size = SizeText.Show(going.Sum(d => d.StoredBytes));
        string? versions = await VersionsAsync(context.OpenStore(decided.Store), cancellationToken).ConfigureAwait(false);
        var plan = new ChangePlan
        {
            Environment = context.Environment.Name, Kind = KindName, Action = "Remove-OpsBackup", Target = Target(decided.Store),
                Irreversible = true,
            Subject = $"{Count(going.Length)} in store {decided.Store}", PlannedAt = context.Time.GetUtcNow(),
            Summary = $"Remove {Count(going.Length)}, {size}, that no rule keeps ({decided.Rules})",
            Arguments = new Dictionary<string, string>
            {
                ["store"] = decided.Store, ["remove"] = string.Join('\n', going.Select(d => d.Key)), ["stays"] = string.Join('\n',
                    decided.Staying),
            },
            Steps = [.. going.Select((d, i) => new PlannedStep(Step(i),
                $"Remove {d.Id} of {Words(d)}, {SizeText.Show(d.StoredBytes)}: {d.Reason}."))],
            Figures = [versions is null ? new PlanFigure("freed", size) : new PlanFigure("taken out of the listing", $"{size}; {versions}"),
                .. Restorable(decided.Decisions)],
        };
        return plan with { Identities = await Identify(context, plan, cancellationToken).ConfigureAwait(false) };
    }

    /// <summary>What can be restored afterwards of each database and tenant, and why each backup stays.</summary>
    private static IEnumerable<PlanFigure> Restorable(IReadOnlyList<RetentionDecision> decisions)
    {
        foreach (IGrouping<string, RetentionDecision> group in decisions.GroupBy(Words))
        {
            RetentionDecision[] stay = [.. group.Where(d => d.Outcome == RetentionOutcome.Keep)];
            yield return new PlanFigure($"{group.Key} can then be restored to",
                stay.Length == 1 ? FormattableString.Invariant($"1 moment, {stay[0].StartedAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC")
                    : FormattableString.Invariant($"{stay.Length} moments from {stay[^1].StartedAt.UtcDateTime:yyyy-MM-dd HH:mm} to {stay[0].StartedAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC"));
            foreach (RetentionDecision one in stay) yield return new PlanFigure($"{one.Id} stays", one.Reason);
        }
    }

    public override Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpsContext context, ChangePlan plan,
        CancellationToken cancellationToken) =>
        Identify(context, plan, cancellationToken);

    private static async Task<IReadOnlyList<PlanIdentity>> Identify(OpsContext context, ChangePlan plan,
        CancellationToken cancellationToken)
    {
        string store = plan.Arguments["store"];
        var wanted = Keys(plan, "remove").ToDictionary(BackupKeys.Base, StringComparer.Ordinal);
        var stays = Keys(plan, "stays").ToHashSet(StringComparer.Ordinal);
        var identities = new List<PlanIdentity>();
        var prober = new BackupProber(context);
        // One listing tells of all that go; only those that stay are read.
        await foreach (BackupGroup group in new GroupLister(context).ListAsync(store, QueryOf([.. wanted.Values, .. stays]),
            cancellationToken).ConfigureAwait(false))
        {
            foreach (BackupEntry entry in group.Entries)
            {
                if (wanted.ContainsKey(entry.Base)) identities.Add(new PlanIdentity(NameOf(entry.Id, group.Words), Seen(entry)));
                if (!stays.Contains(entry.Key)) continue;
                BackupProbe kept = await prober.LookAsync(store, entry, cancellationToken).ConfigureAwait(false);
                identities.Add(new PlanIdentity($"SHA-256 of backup {entry.Id} of {group.Words}, which stays", kept.Damage
                    ?? kept.Backup!.Sha256));
            }
        }
        return identities;
    }

    private static string NameOf(string id, string words) => $"backup {id} of {words}";

    /// <summary>All but those whose removal has begun: somebody may have pinned one, or the one that stays may be gone by now.</summary>
    public override IEnumerable<PlanIdentity> StillHold(ChangeRun run)
    {
        HashSet<string> begun = [.. Keys(run.Plan, "remove").Where((_, i) => run.HasBegun(Step(i))).Select(k =>
            BackupKeys.Parse(k) is { } of ? NameOf(BackupKeys.IdOf(k), of.Brief) : k)];
        return run.Plan.Identities.Where(i => !begun.Contains(i.Name));
    }

    /// <summary>No more of the store than has these.</summary>
    private static BackupQuery QueryOf(IReadOnlyList<string> keys)
    {
        BackupSubject[] groups = [.. keys.Select(BackupKeys.Folder).Distinct(StringComparer.Ordinal).Select(f =>
            BackupKeys.Parse(f + "x")!.Value)];
        var query = new BackupQuery
        {
            Kinds = [.. groups.Select(g => g.Kind).Distinct()], Names = [.. groups.Select(g => g.Name).Distinct(StringComparer.Ordinal)],
        };
        return groups is [var only] ? query with { Tenants = only.Tenant is { } tenant ? [tenant] : [] } : query;
    }

    private static string Seen(BackupEntry entry) =>
        FormattableString.Invariant($"{entry.Manifest.Length} bytes of {entry.Manifest.Modified.UtcDateTime:yyyy-MM-dd HH:mm:ss}")
        + (entry.IsPinned ? ", pinned" : "") + (entry.HasLosses ? ", with losses" : "");

    public override string WhenStopped(ChangePlan plan) =>
        $"The removal of old backups from store {plan.Arguments["store"]} was stopped; those that are left are whole. The next run goes on.";

    public override async Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        IBackupStore store = run.Context.OpenStore(run.Plan.Arguments["store"]);
        string[] keys = Keys(run.Plan, "remove");
        var left = new Dictionary<string, string>(StringComparer.Ordinal);
        // One request for each is worth it only where objects can be locked: there a delete looks as if it had worked. Where that cannot be
        // asked they may be.
        bool locks = await store.LocksObjectsAsync(cancellationToken).ConfigureAwait(false) is not false
            || run.Context.Environment.Backups.Stores.GetValueOrDefault(store.Name)?.Lock is not null;
        for (int i = 0; i < keys.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            string key = keys[i];
            try { await run.StepAsync(Step(i), () => RemoveAsync(run, store, key, locks, cancellationToken), new Dictionary<string,
                string> { [Step(i)] = BackupKeys.IdOf(key) }).ConfigureAwait(false); }
            // This one only; what the store itself refuses ends the run.
            catch (OpsException e) when (e.ErrorId is "BackupInUse" or "BackupPinned" or "TargetLocked" or "ObjectLocked")
            {
                left[key] = e.Message;
            }
        }
        string summary = $"{Count(keys.Length - left.Count)} removed from {store.Name}" + (left.Count == 0 ? ""
            : $"; {Count(left.Count)} stayed: {left.First().Value}");
        string? versions = left.Count == keys.Length ? null : await VersionsAsync(store, cancellationToken).ConfigureAwait(false);
        return new ChangeResult(summary + (versions is null ? "" : "; " + versions), new RetentionResult(left, versions));
    }

    /// <summary>What a delete leaves in the store, in words; null where it leaves nothing.</summary>
    private static async Task<string?> VersionsAsync(IBackupStore store, CancellationToken cancellationToken) =>
        await store.ReadRulesAsync(cancellationToken).ConfigureAwait(false) switch
        {
            null or { KeepsVersions: false } => null,
            { KeepsVersions: true } => "the bucket keeps the versions, and nothing is freed before they go",
            _ => "whether the bucket keeps versions cannot be asked, and so it is not known what is freed",
        };

    private static async Task RemoveAsync(ChangeRun run, IBackupStore store, string key, bool locks, CancellationToken cancellationToken)
    {
        if (locks && await store.FindLockAsync(key, cancellationToken).ConfigureAwait(false) is { } until
            && until > run.Context.Time.GetUtcNow())
            throw BackupErrors.ObjectLocked.Make($"Locked until {until.UtcDateTime:yyyy-MM-dd HH:mm} UTC by the store.",
                "The next run after that removes it.", BackupKeys.IdOf(key));
        using IDisposable hold = run.Context.Locks.Acquire(BackupKeys.Target(BackupKeys.IdOf(key), store.Name), run.Plan.Action);
        var removal = new StoredRemoval(store, key, run.Context.Time);
        await removal.RemoveManifestAsync(run, cancellationToken).ConfigureAwait(false);
        await removal.RemoveRestAsync(run, cancellationToken).ConfigureAwait(false);
    }

    private static string[] Keys(ChangePlan plan, string argument) => plan.Arguments[argument].Split('\n',
        StringSplitOptions.RemoveEmptyEntries);

    private static string Step(int number) => FormattableString.Invariant($"remove-{number}");

    private static string Words(RetentionDecision decision) => decision.Subject.Brief;

    private static string Count(int number) => number == 1 ? "1 backup" : FormattableString.Invariant($"{number:N0} backups");
}

/// <summary>What came of a removal by rules.</summary>
/// <param name="Left">Why each backup that was to go is still there, by its key.</param>
/// <param name="Kept">What the store keeps of those that were removed, in words; null when it keeps nothing.</param>
internal sealed record RetentionResult(IReadOnlyDictionary<string, string> Left, string? Kept);
