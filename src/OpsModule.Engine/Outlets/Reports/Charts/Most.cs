namespace OpsModule.Engine.Outlets.Reports.Charts;

/// <summary>The few of many that are to be drawn, found without keeping the many.</summary>
/// <param name="most">How many are kept.</param>
/// <param name="rank">The higher, the sooner it is drawn.</param>
internal sealed class Most<T>(int most, Func<T, double> rank)
{
    private readonly List<T> _kept = [];

    /// <summary>All that came.</summary>
    public int Total { get; private set; }

    /// <summary>The first by rank; those of the same rank as they came.</summary>
    public IReadOnlyList<T> Items => [.. _kept.OrderByDescending(rank).Take(most)];

    public void Add(T item)
    {
        Total++;
        _kept.Add(item);
        if (_kept.Count < most * 4) return;
        IReadOnlyList<T> best = Items;
        _kept.Clear();
        _kept.AddRange(best);
    }
}
