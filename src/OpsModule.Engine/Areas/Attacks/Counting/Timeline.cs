namespace OpsModule.Engine.Areas.Attacks.Counting;

/// <summary>Counts over a time whose range is not known beforehand: stretches become longer as it grows. Times may come in any order.</summary>
internal sealed class Timeline
{
    private const int MostBuckets = 200;
    // Each is a multiple of the one before, so that shorter stretches fit into longer ones.
    private static readonly int[] Widths = [1, 5, 15, 60, 300, 900, 3600, 10_800, 21_600, 86_400, 604_800];

    private Dictionary<long, (long Count, AttackSeverity Severity)> _buckets = [];
    private long _first = long.MaxValue, _last = long.MinValue;
    private int _step;

    /// <summary>How long a stretch is.</summary>
    public TimeSpan Width => TimeSpan.FromSeconds(Seconds(_step));

    public void Add(DateTimeOffset time, AttackSeverity severity)
    {
        long key = Key(time.ToUnixTimeSeconds(), Seconds(_step));
        Add(_buckets, key, 1, severity);
        if (key >= _first && key <= _last) return;
        (_first, _last) = (Math.Min(_first, key), Math.Max(_last, key));
        while (_last - _first >= MostBuckets) Widen();
    }

    /// <summary>All stretches from the first to the last, those with nothing in them, too.</summary>
    public IReadOnlyList<AttackBucket> Buckets()
    {
        var all = new List<AttackBucket>();
        for (long key = _first; key <= _last; key++)
        {
            bool any = _buckets.TryGetValue(key, out (long Count, AttackSeverity Severity) bucket);
            // A week may begin before time does.
            long begin = Math.Max(key * Seconds(_step), DateTimeOffset.MinValue.ToUnixTimeSeconds());
            all.Add(new AttackBucket(DateTimeOffset.FromUnixTimeSeconds(begin), bucket.Count, any ? bucket.Severity : null));
        }
        return all;
    }

    private void Widen()
    {
        long factor = Seconds(_step + 1) / Seconds(_step);
        var wider = new Dictionary<long, (long, AttackSeverity)>();
        foreach ((long key, (long count, AttackSeverity severity)) in _buckets) Add(wider, Key(key, factor), count, severity);
        (_buckets, _first, _last, _step) = (wider, Key(_first, factor), Key(_last, factor), _step + 1);
    }

    private static void Add(Dictionary<long, (long Count, AttackSeverity Severity)> buckets, long key, long count, AttackSeverity severity)
    {
        (long before, AttackSeverity worst) = buckets.GetValueOrDefault(key);
        buckets[key] = (before + count, severity > worst ? severity : worst);
    }

    private static long Key(long value, long width) => Math.DivRem(value, width) is var (quotient, rest) && rest < 0 ? quotient - 1 : quotient;

    private static long Seconds(int step) => step < Widths.Length ? Widths[step] : (long)Widths[^1] << (step - Widths.Length + 1);
}
