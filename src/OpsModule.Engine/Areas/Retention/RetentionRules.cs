using System.Globalization;
using OpsModule.Engine.Areas.Backups.Listing;
using OpsModule.Engine.Environments.Retention;

namespace OpsModule.Engine.Areas.Retention;

/// <summary>
/// Decides which backups of one group stay. It reads as few of them as it can: only one that is to fill a place must be whole.
/// </summary>
/// <param name="policy">What is asked for.</param>
/// <param name="now">Now, UTC.</param>
/// <param name="probe">Looks at a backup itself.</param>
internal sealed class RetentionRules(RetentionPolicy policy, DateTimeOffset now, Func<BackupEntry, Task<BackupProbe>> probe)
{
    private readonly Dictionary<string, List<string>> _reasons = new(StringComparer.Ordinal);
    private readonly Dictionary<string, BackupProbe> _probed = new(StringComparer.Ordinal);

    /// <summary>The reasons to keep each, by the entry's base; one that is not there, or has none, goes.</summary>
    public IReadOnlyDictionary<string, List<string>> Reasons => _reasons;

    /// <summary>What is wrong with one that was looked at; null when it is whole, or was not looked at.</summary>
    public string? DamageOf(BackupEntry entry) => _probed.GetValueOrDefault(entry.Base)?.Damage;

    /// <summary>The newest whole one, which stays; null when there is none.</summary>
    public BackupEntry? Newest { get; private set; }

    /// <summary>Decides.</summary>
    /// <param name="group">Newest first.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task DecideAsync(IReadOnlyList<BackupEntry> group, CancellationToken cancellationToken)
    {
        var candidates = new List<BackupEntry>();
        foreach (BackupEntry entry in group)
        {
            if (entry.IsFromTheFuture(now)) Keep(entry,
                $"its time, {entry.StartedAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC, lies in the future: a clock was wrong");
            else candidates.Add(entry);
        }
        if (policy.Keep is { } keep)
            foreach (BackupEntry young in candidates.Where(e => now - e.StartedAt <= keep)) Keep(young, "younger than "
                + RetentionPolicy.Written(keep));
        await NewestAsync(candidates, policy.Last, "last", cancellationToken).ConfigureAwait(false);
        await PlacesAsync(candidates, policy.Hourly, "hourly", t => t.ToString("yyyy-MM-dd HH'h'", CultureInfo.InvariantCulture),
            cancellationToken).ConfigureAwait(false);
        await PlacesAsync(candidates, policy.Daily, "daily", t => t.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            cancellationToken).ConfigureAwait(false);
        await PlacesAsync(candidates, policy.Weekly, "weekly", t => string.Create(CultureInfo.InvariantCulture,
            $"{ISOWeek.GetYear(t)}-W{ISOWeek.GetWeekOfYear(t):00}"), cancellationToken).ConfigureAwait(false);
        await PlacesAsync(candidates, policy.Monthly, "monthly", t => t.ToString("yyyy-MM", CultureInfo.InvariantCulture),
            cancellationToken).ConfigureAwait(false);
        await PlacesAsync(candidates, policy.Yearly, "yearly", t => t.ToString("yyyy", CultureInfo.InvariantCulture),
            cancellationToken).ConfigureAwait(false);
        await NewestAsync(candidates, policy.AtLeast, "at least", cancellationToken).ConfigureAwait(false);
        Newest = await FirstWholeAsync(candidates, cancellationToken).ConfigureAwait(false);
        if (await FirstVerifiedAsync(candidates, cancellationToken).ConfigureAwait(false) is { } verified) Keep(verified,
            "the newest verified one");
    }

    /// <summary>Keeps one for a reason that the rules do not know.</summary>
    public void Keep(BackupEntry entry, string reason)
    {
        if (!_reasons.TryGetValue(entry.Base, out List<string>? reasons)) _reasons[entry.Base] = reasons = [];
        if (!reasons.Contains(reason)) reasons.Add(reason);
    }

    private async Task NewestAsync(IReadOnlyList<BackupEntry> newestFirst, int count, string rule, CancellationToken cancellationToken)
    {
        int kept = 0;
        foreach (BackupEntry entry in newestFirst)
        {
            if (kept == count) return;
            BackupProbe look = await LookAsync(entry, cancellationToken).ConfigureAwait(false);
            if (look.Damage is null) Keep(entry, string.Create(CultureInfo.InvariantCulture, $"{rule} {++kept} of {count}"));
            else if (look.IsRefused) Keep(entry, Instead(rule));
        }
    }

    /// <summary>
    /// Of each of the newest so many hours, days ... that have a whole one: the newest that is verified, else the newest. Where there are
    /// only those that are refused, the newest of them stays, and takes nobody's place: what is older than the key that signs is not let go
    /// for it, and what somebody else put there pushes nothing out.
    /// </summary>
    private async Task PlacesAsync(IReadOnlyList<BackupEntry> newestFirst, int count, string rule, Func<DateTime, string> placeOf,
        CancellationToken cancellationToken)
    {
        if (count == 0) return;
        int filled = 0;
        foreach (IGrouping<string, BackupEntry> place in newestFirst.GroupBy(e => placeOf(e.StartedAt.UtcDateTime), StringComparer.Ordinal))
        {
            BackupEntry? best = await FirstVerifiedAsync(place, cancellationToken).ConfigureAwait(false) ?? await FirstWholeAsync(place,
                cancellationToken).ConfigureAwait(false);
            if (best is null)
            {
                if (await FirstRefusedAsync(place, cancellationToken).ConfigureAwait(false) is { } refused) Keep(refused, Instead(rule));
                continue;
            }
            Keep(best, $"{rule} {place.Key}");
            if (++filled == count) return;
        }
    }

    private static string Instead(string rule) => $"{rule}, until trusted ones fill it";

    private async Task<BackupEntry?> FirstRefusedAsync(IEnumerable<BackupEntry> entries, CancellationToken cancellationToken)
    {
        foreach (BackupEntry entry in entries)
            if ((await LookAsync(entry, cancellationToken).ConfigureAwait(false)).IsRefused) return entry;
        return null;
    }

    private async Task<BackupEntry?> FirstWholeAsync(IEnumerable<BackupEntry> entries, CancellationToken cancellationToken)
    {
        foreach (BackupEntry entry in entries)
            if (await IsWholeAsync(entry, cancellationToken).ConfigureAwait(false)) return entry;
        return null;
    }

    /// <summary>A mark alone does not make one verified: it must be the backup's own.</summary>
    private async Task<BackupEntry?> FirstVerifiedAsync(IEnumerable<BackupEntry> entries, CancellationToken cancellationToken)
    {
        foreach (BackupEntry entry in entries)
            if (entry.VerifiedAt is not null && await LookAsync(entry, cancellationToken).ConfigureAwait(false) is { Damage: null,
                IsVerified: true }) return entry;
        return null;
    }

    private async Task<bool> IsWholeAsync(BackupEntry entry, CancellationToken cancellationToken) =>
        (await LookAsync(entry, cancellationToken).ConfigureAwait(false)).Damage is null;

    private async Task<BackupProbe> LookAsync(BackupEntry entry, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!_probed.TryGetValue(entry.Base,
            out BackupProbe? probed)) _probed[entry.Base] = probed = await probe(entry).ConfigureAwait(false);
        return probed;
    }
}
