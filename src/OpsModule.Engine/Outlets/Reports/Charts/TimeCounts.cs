namespace OpsModule.Engine.Outlets.Reports.Charts;

/// <summary>One kind that is counted.</summary>
internal sealed class TimeSeries(string name, string style)
{
    public string Name => name;

    public string Class => style;

    public long Total { get; set; }
}

/// <summary>The counts of one stretch of time, by series.</summary>
internal sealed record TimeBucket(DateTimeOffset From, long[] Counts)
{
    public long Total => Counts.Sum();
}

/// <summary>
/// Counts over time whose range is not known beforehand: stretches become longer as the range grows, so that there are never more of them
/// than can be drawn. Times may come in any order.
/// </summary>
internal sealed class TimeCounts(params IReadOnlyList<TimeSeries> series)
{
    private const int Most = 96;
    // Each is a multiple of the one before, so that shorter stretches fit into longer ones.
    private static readonly long[] Widths = [1, 5, 15, 60, 300, 900, 3600, 10_800, 21_600, 86_400, 604_800];

    private Dictionary<long, long[]> _counts = [];
    private int _step;

    public IReadOnlyList<TimeSeries> Series => series;

    public long Total => series.Sum(s => s.Total);

    /// <summary>How long a stretch is.</summary>
    public TimeSpan Width => TimeSpan.FromSeconds(Seconds(_step));

    public void Add(DateTimeOffset time, int index, long count = 1)
    {
        series[index].Total += count;
        long key = Key(time.ToUnixTimeSeconds(), _step);
        if (_counts.TryGetValue(key, out long[]? counts)) { counts[index] += count; return; }
        _counts[key] = counts = new long[series.Count];
        counts[index] += count;
        while (_counts.Keys.Max() - _counts.Keys.Min() >= Most) Widen();
    }

    /// <summary>All stretches from the first to the last, those with nothing in them too.</summary>
    public IReadOnlyList<TimeBucket> Buckets()
    {
        long first = _counts.Keys.Min(), last = _counts.Keys.Max();
        return [.. Enumerable.Range(0, (int)(last - first + 1)).Select(i =>
            new TimeBucket(DateTimeOffset.FromUnixTimeSeconds((first + i) * Seconds(_step)), _counts.GetValueOrDefault(first + i) ?? new long[series.Count]))];
    }

    private void Widen()
    {
        long factor = Seconds(_step + 1) / Seconds(_step);
        var wider = new Dictionary<long, long[]>();
        foreach ((long key, long[] counts) in _counts)
        {
            long to = Math.DivRem(key, factor) is var (quotient, rest) && rest < 0 ? quotient - 1 : key / factor;
            if (!wider.TryGetValue(to, out long[]? sum)) wider[to] = sum = new long[series.Count];
            for (int i = 0; i < sum.Length; i++) sum[i] += counts[i];
        }
        (_counts, _step) = (wider, _step + 1);
    }

    private static long Key(long seconds, int step) => (long)Math.Floor((double)seconds / Seconds(step));

    private static long Seconds(int step) => step < Widths.Length ? Widths[step] : Widths[^1] << (step - Widths.Length + 1);
}
