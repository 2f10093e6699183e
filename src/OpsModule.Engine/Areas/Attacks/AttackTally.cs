using OpsModule.Engine.Areas.Attacks.Allowing;
using OpsModule.Engine.Areas.Attacks.Counting;
using OpsModule.Engine.Areas.Attacks.Rules;

namespace OpsModule.Engine.Areas.Attacks;

/// <summary>
/// Counts matches in bounded memory: totals and the timeline exactly, the most frequent values with a stated error, different addresses as an
/// estimate, and rate rules in windows that slide over the time of the log.
/// </summary>
/// <param name="rates">The rate rules; null for those of the module.</param>
/// <param name="allowed">What is not to be counted; null for nothing.</param>
/// <param name="minSeverity">Matches that are less grave are seen by rate rules only, bursts that are less grave are left out.</param>
public sealed class AttackTally(IReadOnlyList<RateRule>? rates = null, AllowList? allowed = null, AttackSeverity minSeverity = AttackSeverity.Information)
{
    /// <summary>Places for values of each key: a count is too large by at most the number of matches divided by it.</summary>
    public const int Places = 10_000;

    /// <summary>How far behind the latest a match may come and still be counted by rate rules, when room has run out.</summary>
    public static readonly TimeSpan Lateness = TimeSpan.FromMinutes(5);

    private const int RateCapacity = 250_000;

    private readonly long[] _categories = new long[Enum.GetValues<AttackCategory>().Length];
    private readonly long[] _severities = new long[Enum.GetValues<AttackSeverity>().Length];
    private readonly long[] _confidences = new long[Enum.GetValues<AttackConfidence>().Length];
    private readonly OffenderCounter[] _offenders = [.. Enum.GetValues<AttackKey>().Select(k => new OffenderCounter(k, Places))];
    private readonly DistinctCounter _addresses = new();
    private readonly Timeline _timeline = new();
    private readonly (RateRule Rule, SlidingWindow Window)[] _rates =
        [.. (rates ?? RateCatalog.Own).Select(r => (r, new SlidingWindow(r, Lateness, RateCapacity / Math.Max(1, (rates ?? RateCatalog.Own).Count))))];
    private DateTimeOffset? _first, _last;

    /// <summary>Matches that were counted.</summary>
    public long Matches { get; private set; }

    /// <summary>Counts some matches.</summary>
    public void Add(IEnumerable<AttackMatch> matches)
    {
        foreach (AttackMatch match in matches) Add(match);
    }

    /// <summary>Counts a match, unless the allow-list lets it pass.</summary>
    public void Add(AttackMatch match)
    {
        if (match.AllowedBy is not null || allowed?.Allows(match) == true) return;
        Rate(match);
        if (match.Severity < minSeverity) return;
        Matches += match.Attempts;
        _categories[(int)match.Category] += match.Attempts;
        _severities[(int)match.Severity] += match.Attempts;
        _confidences[(int)match.Confidence] += match.Attempts;
        foreach (OffenderCounter offenders in _offenders) offenders.Add(match);
        if (match.ClientAddress is { Length: > 0 } address) _addresses.Add(address);
        if (match.Time is not { } time) return;
        if (_first is null || time < _first) _first = time;
        if (_last is null || time > _last) _last = time;
        _timeline.Add(time, match.Severity);
    }

    private void Rate(AttackMatch match)
    {
        if (match.Time is not { } time) return;
        foreach ((RateRule rule, SlidingWindow window) in _rates)
            if (rule.Counts(match) && OffenderCounter.ValueOf(match, rule.By) is { } key) window.Add(key, time, match.Attempts);
    }

    /// <summary>The most frequent by one key.</summary>
    public IReadOnlyList<AttackOffender> Top(AttackKey by, int count) => _offenders[(int)by].Top(count);

    /// <summary>What it all comes to.</summary>
    /// <param name="top">How many offenders of each kind.</param>
    public AttackSummary Summarize(int top)
    {
        AttackBurst[] bursts = [.. _rates.Where(r => r.Rule.Severity >= minSeverity).SelectMany(r => r.Window.Finish()).OrderByDescending(b => b.Severity).ThenByDescending(b => b.Most)];
        AttackCount[] notRated = [.. _rates.Where(r => r.Window.NotCounted > 0).Select(r => new AttackCount(r.Rule.Id, r.Window.NotCounted)).OrderByDescending(c => c.Count)];
        int worst = Array.FindLastIndex(_severities, s => s > 0);
        return new AttackSummary
        {
            Matches = Matches,
            FirstTime = _first,
            LastTime = _last,
            Severity = worst < 0 ? null : (AttackSeverity)worst,
            Categories = (AttackCount[])[.. Counts<AttackCategory>(_categories).OrderByDescending(c => c.Count)],
            Severities = (AttackCount[])[.. Counts<AttackSeverity>(_severities).Reverse()],
            Confidences = (AttackCount[])[.. Counts<AttackConfidence>(_confidences).Reverse()],
            DistinctAddresses = _addresses.Count,
            DistinctAddressesError = (long)Math.Ceiling(_addresses.Count * DistinctCounter.StandardError),
            Addresses = Top(AttackKey.Address, top),
            Tenants = Top(AttackKey.Tenant, top),
            Paths = Top(AttackKey.Path, top),
            Rules = Top(AttackKey.Rule, top),
            Sources = Top(AttackKey.Source, top),
            Timeline = _timeline.Buckets(),
            TimelineWidth = _timeline.Width,
            Bursts = bursts,
            NotRated = notRated.FirstOrDefault()?.Count ?? 0,
            NotRatedRules = notRated,
            Suppressed = allowed?.Suppressed ?? 0,
            Suppressions = allowed?.Suppressions ?? [],
            UnusedAllows = allowed?.Unused ?? [],
        };
    }

    private static IEnumerable<AttackCount> Counts<T>(long[] counts) where T : struct, Enum =>
        Enum.GetValues<T>().Select((value, i) => new AttackCount($"{value}", counts[i])).Where(c => c.Count > 0);
}
