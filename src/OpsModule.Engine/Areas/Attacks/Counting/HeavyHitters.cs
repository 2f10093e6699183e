namespace OpsModule.Engine.Areas.Attacks.Counting;

/// <summary>A value and how often it came.</summary>
/// <param name="Value">The value.</param>
/// <param name="Count">How often; never too few.</param>
/// <param name="Error">By how much the count may be too large.</param>
/// <param name="Detail">What else is known of it, since it last found a place.</param>
internal readonly record struct HeavyHitter<T>(string Value, long Count, long Error, T Detail);

/// <summary>
/// The most frequent of any number of values in bounded memory: the Space-Saving algorithm (Metwally, Agrawal, El Abbadi, 2005). With k places
/// and N values counted, no count is too small, none is too large by more than N / k, and every value that came more often than that is among them.
/// </summary>
/// <param name="places">How many values have a place.</param>
internal sealed class HeavyHitters<T>(int places) where T : struct
{
    private struct Place
    {
        public string Value;
        public long Count, Error;
        public T Detail;
    }

    private readonly Dictionary<string, int> _index = new(StringComparer.Ordinal);
    private Place[] _heap = new Place[Math.Min(places, 64)]; // the least count on top
    private int _used;

    /// <summary>How many values were counted.</summary>
    public long Total { get; private set; }

    /// <summary>True when all values found a place, so that every count is exact.</summary>
    public bool IsExact { get; private set; } = true;

    /// <summary>By how much any count may be too large.</summary>
    public long ErrorBound => IsExact ? 0 : Total / places;

    /// <summary>Counts a value; what is known of it may be changed until the next one comes.</summary>
    public ref T Add(string value, int times = 1)
    {
        Total += times;
        if (_index.TryGetValue(value, out int at)) _heap[at].Count += times;
        else if (_used < places)
        {
            at = _used++;
            if (at == _heap.Length) Array.Resize(ref _heap, Math.Min(places, at * 2));
            _heap[at] = new Place { Value = value, Count = times };
            _index[value] = at;
            return ref _heap[Rise(at)].Detail;
        }
        else
        {
            // The rarest one makes room; the new one may have come as often as that, but not more often.
            Place rarest = _heap[0];
            _index.Remove(rarest.Value);
            _heap[0] = new Place { Value = value, Count = rarest.Count + times, Error = rarest.Count };
            _index[value] = at = 0;
            IsExact = false;
        }
        return ref _heap[Sink(at)].Detail;
    }

    /// <summary>The most frequent ones, the most frequent first.</summary>
    public IReadOnlyList<HeavyHitter<T>> Top(int count) =>
        [.. _heap.Take(_used).OrderByDescending(h => h.Count).ThenBy(h => h.Value, StringComparer.Ordinal).Take(count)
            .Select(h => new HeavyHitter<T>(h.Value, h.Count, h.Error, h.Detail))];

    private int Rise(int at)
    {
        for (int above; at > 0 && _heap[above = (at - 1) / 2].Count > _heap[at].Count; at = above) Swap(at, above);
        return at;
    }

    private int Sink(int at)
    {
        while (true)
        {
            int least = at, left = 2 * at + 1;
            if (left < _used && _heap[left].Count < _heap[least].Count) least = left;
            if (left + 1 < _used && _heap[left + 1].Count < _heap[least].Count) least = left + 1;
            if (least == at) return at;
            Swap(at, least);
            at = least;
        }
    }

    private void Swap(int a, int b)
    {
        (_heap[a], _heap[b]) = (_heap[b], _heap[a]);
        _index[_heap[a].Value] = a;
        _index[_heap[b].Value] = b;
    }
}
