using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Listing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments.Retention;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Retention;

/// <summary>Decides which backups stay and which go, in one pass over each store's listing.</summary>
public sealed class RetentionPlanner(OpsContext context)
{
    /// <summary>What becomes of each backup of a store, by kind, name and tenant, newest first. Each kind has rules of its own.</summary>
    /// <param name="store">The store.</param>
    /// <param name="query">Kinds, names and tenants; null for databases alone. Of all kinds, those without a rule stay, and that is
    /// told.</param>
    /// <param name="trustClock">Removes by age though nothing but this machine's clock says how late it is.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OpsException"><c>RetentionMissing</c>, <c>ClockUncertain</c>, and what the store says.</exception>
    public async Task<RetentionOfStore> PlanAsync(string store, BackupQuery? query, bool trustClock, CancellationToken cancellationToken)
    {
        query ??= new BackupQuery();
        var whole = new RetentionOfStore(store, "", [], []);
        BackupKind[] ruled = [.. (query.Kinds ?? BackupKinds.All)
            .Where(k => context.Environment.Backups.RetentionOf(k.Word(), store) is not null)];
        if (ruled.Length == 0 || (query.Kinds is { } asked && asked.Except(ruled).Any()))
            throw Missing(query.Kinds?.Except(ruled).First() ?? BackupKind.Database, store);
        foreach (BackupKind kind in query.Kinds ?? BackupKinds.All)
        {
            if (context.Environment.Backups.RetentionOf(kind.Word(), store) is { } policy)
                whole = whole.With(await PlanKindAsync(store, kind, policy, query, trustClock, cancellationToken).ConfigureAwait(false));
            else await TellStayingAsync(store, kind, query, cancellationToken).ConfigureAwait(false);
        }
        return whole;
    }

    private OpsException Missing(BackupKind kind, string store) => RetentionErrors.RetentionMissing.Make(
        $"The environment {context.Environment.Name} does not say how long backups of {kind.Plural()} are kept in store {store}.",
        $"Add backups.retention.{kind.Word()} to the environment file, for example {{ keep: 30d, atLeast: 3 }}.", store);

    /// <summary>Of kinds that nobody named, those that no rule speaks of stay; where there are any, that is no silence.</summary>
    private async Task TellStayingAsync(string store, BackupKind kind, BackupQuery query, CancellationToken cancellationToken)
    {
        await foreach (BackupGroup _ in new GroupLister(context)
            .ListAsync(store, query with { Kinds = [kind] }, cancellationToken).ConfigureAwait(false))
        {
            context.Reporter.Warning($"{Missing(kind, store).Message} They all stay.");
            return;
        }
    }

    private async Task<RetentionOfStore> PlanKindAsync(string store, BackupKind kind, RetentionPolicy policy, BackupQuery query,
        bool trustClock, CancellationToken cancellationToken)
    {
        var decisions = new List<RetentionDecision>();
        var staying = new List<BackupEntry>();
        var clock = new ClockEvidence(context.Time.GetUtcNow(), policy, new ClockMemory(context, store).Read());
        await foreach (BackupGroup group in new GroupLister(context).ListAsync(store, query with { Kinds = [kind] },
            cancellationToken).ConfigureAwait(false))
        {
            clock.Add(group);
            int before = decisions.Count;
            BackupEntry? newest = await DecideAsync(policy, group, decisions, cancellationToken).ConfigureAwait(false);
            if (newest is not null && decisions.Skip(before).Any(d => d.Outcome == RetentionOutcome.Remove)) staying.Add(newest);
        }
        RetentionDecision[] going = [.. decisions.Where(d => d.Outcome == RetentionOutcome.Remove)];
        if (!trustClock && going.Length > 0 && clock.Doubt(going,
            await context.OpenStore(store).ReadClockAsync(cancellationToken).ConfigureAwait(false)) is { } doubt)
            throw RetentionErrors.ClockUncertain.Make($"{doubt} Nothing was removed from store {store}.",
                "When this machine's time is right, run Remove-OpsBackup -Retention -Force once. Else correct the clock first.", store);
        return new RetentionOfStore(store, policy.ToString(), decisions, [.. staying.Select(e => e.Key)]);
    }

    private async Task<BackupEntry?> DecideAsync(RetentionPolicy policy, BackupGroup group, List<RetentionDecision> decisions,
        CancellationToken cancellationToken)
    {
        IBackupStore store = context.OpenStore(group.Store);
        DateTimeOffset now = context.Time.GetUtcNow();
        var prober = new BackupProber(context);
        var rules = new RetentionRules(policy, now, entry => prober.LookAsync(group.Store, entry, cancellationToken));
        await rules.DecideAsync(group.Entries, cancellationToken).ConfigureAwait(false);
        await KeepMarkedAsync(rules, group, store, now, cancellationToken).ConfigureAwait(false);
        if (rules.Newest is null)
            foreach (BackupEntry entry in group.Entries) rules.Keep(entry, "no whole backup is here: nothing goes until there is one");
        foreach (BackupEntry entry in group.Entries)
        {
            bool stays = rules.Reasons.TryGetValue(entry.Base, out List<string>? reasons);
            string reason = stays ? string.Join(", ", reasons!) : $"no rule keeps it ({policy})";
            if (rules.DamageOf(entry) is { } damage) reason = $"damaged: {damage}; {reason}";
            decisions.Add(new RetentionDecision
            {
                Environment = context.Environment.Name, Store = group.Store, Kind = group.Of.Kind, Name = group.Name, Tenant = group.Tenant,
                Id = entry.Id,
                    Key = entry.Key,
                StartedAt = entry.StartedAt, VerifiedAt = entry.VerifiedAt, StoredBytes = entry.StoredBytes,
                Outcome = stays ? RetentionOutcome.Keep : RetentionOutcome.Remove, Reason = reason,
            });
        }
        return rules.Newest;
    }

    /// <summary>Keeps what people, or what the backups themselves, have marked.</summary>
    private static async Task KeepMarkedAsync(RetentionRules rules, BackupGroup group, IBackupStore store, DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        for (int i = 0; i < group.Entries.Count; i++)
        {
            BackupEntry entry = group.Entries[i];
            if (entry.IsPinned && await BackupMarks.ReadPinAsync(store, entry.Base, cancellationToken).ConfigureAwait(false) is { } pin
                && !(pin.Until <= now))
                rules.Keep(entry, $"pinned {pin}");
            if (!entry.HasLosses || await BackupMarks.ReadLossesAsync(store, entry.Base,
                cancellationToken).ConfigureAwait(false) is not { } losses) continue;
            rules.Keep(entry, "it lacks rows of the one before, and nobody has said that it was meant");
            // The one that it was compared with; where that is gone, or cannot be told, the next older one.
            BackupEntry? before = group.Entries.FirstOrDefault(e => e.Id == losses.Before) ?? group.Entries.ElementAtOrDefault(i + 1);
            if (before is not null) rules.Keep(before, $"the one before {entry.Id}, which lacks rows of it");
        }
    }
}

/// <summary>What becomes of the backups of one store.</summary>
/// <param name="Store">The store.</param>
/// <param name="Rules">The rules that let some go, in words.</param>
/// <param name="Decisions">Each backup.</param>
/// <param name="Staying">The key of the newest whole backup of each database, tenant, cache ... of which some go.</param>
public sealed record RetentionOfStore(string Store, string Rules, IReadOnlyList<RetentionDecision> Decisions,
    IReadOnlyList<string> Staying)
{
    /// <summary>Those that are to go.</summary>
    public IEnumerable<RetentionDecision> Going => Decisions.Where(d => d.Outcome == RetentionOutcome.Remove);

    /// <summary>The same with those of another kind.</summary>
    internal RetentionOfStore With(RetentionOfStore other) => new(Store,
        string.Join("; ", new[] { Going.Any() ? Rules : "", other.Going.Any() ? other.Rules : "" }.Where(r => r.Length > 0).Distinct()),
        [.. Decisions, .. other.Decisions], [.. Staying, .. other.Staying]);
}
