using System.Globalization;
using OpsModule.Engine.Areas.Backups.Listing;
using OpsModule.Engine.Environments.Retention;

namespace OpsModule.Engine.Areas.Retention;

/// <summary>
/// Looks whether this machine's clock may have jumped ahead, which would make every backup look old. The store's own clock says so, where
/// it has one; so does a backup that was stamped before the store got it; and so does a gap, by the store's times, in which nothing was
/// stored, when something goes that would stay if the gap had been nothing but the clock.
/// </summary>
/// <param name="now">Now, by this machine's clock.</param>
/// <param name="policy">The rules; without an age in them the clock lets nothing go.</param>
/// <param name="accepted">Until when somebody has said that the clock is right: gaps that began before are no doubt.</param>
internal sealed class ClockEvidence(DateTimeOffset now, RetentionPolicy policy, DateTimeOffset? accepted)
{
    /// <summary>A gap that is shorter is none: somebody was on holiday.</summary>
    private static readonly TimeSpan ShortestGap = TimeSpan.FromDays(7);

    /// <summary>Nor is one of so many usual intervals.</summary>
    private const int UsualIntervals = 3;

    private readonly HashSet<DateTimeOffset> _stored = [];
    private readonly List<TimeSpan> _intervals = [];
    private BackupEntry? _ahead;

    /// <summary>Takes the backups of one database or tenant.</summary>
    public void Add(BackupGroup group)
    {
        DateTimeOffset[] times = [.. group.Entries.Select(e => e.StoredAt).Order()];
        _stored.UnionWith(times);
        _intervals.AddRange(times.Zip(times.Skip(1), (one, next) => next - one));
        _ahead ??= group.Entries.FirstOrDefault(e => e.IsAheadOfStore && (now - e.StartedAt).Duration() < TimeSpan.FromDays(1));
    }

    /// <summary>What is in doubt, in a sentence; null when nothing is.</summary>
    /// <param name="going">What is to go.</param>
    /// <param name="storeClock">The store's own clock; null where it has none.</param>
    public string? Doubt(IReadOnlyCollection<RetentionDecision> going, DateTimeOffset? storeClock)
    {
        if (policy.Keep is not { } keep || going.Count == 0) return null;
        if (now - storeClock > BackupEntry.Skew)
            return $"This machine's clock says {Minute(now)}, and the store's {Minute(storeClock!.Value)} UTC.";
        if (_ahead is { } ahead)
            return $"Backup {ahead.Id} was stamped by a clock that is ahead of the store's, which got it at {Minute(ahead.StoredAt)} UTC.";
        (DateTimeOffset Since, TimeSpan Length)[] gaps = [.. FindGaps(keep)];
        if (!going.Any(g => WouldStay(g, gaps, keep))) return null;
        (DateTimeOffset since, TimeSpan length) = gaps.MaxBy(g => g.Length);
        return $"This machine's clock says {Minute(now)} UTC, and for {Days(length)} from {Minute(since)} on nothing was stored: either "
            + "nothing was backed up, or the clock has jumped.";
    }

    private static string Days(TimeSpan length) => FormattableString.Invariant($"{length.Days} d {length.Hours} h");

    private static string Minute(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    /// <summary>Whether a backup would be kept for its age if the gaps since it was stored had not been.</summary>
    private bool WouldStay(RetentionDecision going, (DateTimeOffset Since, TimeSpan Length)[] gaps, TimeSpan keep)
    {
        TimeSpan idle = TimeSpan.FromTicks(gaps.Where(g => g.Since >= going.StartedAt - BackupEntry.Skew).Sum(g => g.Length.Ticks));
        return idle > TimeSpan.Zero && now - going.StartedAt - idle <= keep;
    }

    private IEnumerable<(DateTimeOffset Since, TimeSpan Length)> FindGaps(TimeSpan keep)
    {
        TimeSpan[] intervals = [.. _intervals.Order()];
        TimeSpan usual = intervals.Length == 0 ? TimeSpan.Zero : intervals[(intervals.Length - 1) / 2] * UsualIntervals;
        // A policy that keeps a few days cannot wait for a week.
        TimeSpan shortest = keep / 2 < ShortestGap ? keep / 2 : ShortestGap;
        if (usual > shortest) shortest = usual;
        DateTimeOffset[] times = [.. _stored.Where(t => t < now).Order(), now];
        for (int i = 1; i < times.Length; i++)
            if (times[i] - times[i - 1] > shortest && !(times[i - 1] <= accepted)) yield return (times[i - 1], times[i] - times[i - 1]);
    }
}
