namespace OpsModule.Engine.Attacks.Counting;

/// <summary>A value and how often it came.</summary>
/// <param name="Value">The value.</param>
/// <param name="Count">How often; never too few.</param>
/// <param name="Error">By how much the count may be too large.</param>
internal readonly record struct HeavyHitter(string Value, long Count, long Error);

/// <summary>
/// The most frequent of any number of values in bounded memory: the Space-Saving algorithm (Metwally, Agrawal, El Abbadi, 2005). With k places
/// and N values counted, no count is too large by more than N / k, and every value that came more often than that is among them.
/// </summary>
internal sealed class HeavyHitters(int places)
{
    private readonly Dictionary<string, int> _index = new(StringComparer.Ordinal);
    private readonly List<(string Value, long Count, long Error)> _heap = []; // the least count on top

    /// <summary>How many values were counted.</summary>
    public long Total { get; private set; }

    /// <summary>True when all values found a place, so that every count is exact.</summary>
    public bool IsExact { get; private set; } = true;

    /// <summary>By how much any count may be too large.</summary>
    public long ErrorBound => IsExact ? 0 : Total / places;

    /// <summary>Counts a value.</summary>
    public void Add(string value)
    {
        Total++;
        if (_index.TryGetValue(value, out int at))
        {
            _heap[at] = _heap[at] with { Count = _heap[at].Count + 1 };
            Sink(at);
        }
        else if (_heap.Count < places)
        {
            _heap.Add((value, 1, 0));
            _index[value] = _heap.Count - 1;
            Rise(_heap.Count - 1);
        }
        else
        {
            // The rarest one makes room; the new one may have come as often as that, but not more often.
            (string rarest, long count, _) = _heap[0];
            _index.Remove(rarest);
            _heap[0] = (value, count + 1, count);
            _index[value] = 0;
            IsExact = false;
            Sink(0);
        }
    }

    /// <summary>The most frequent ones, the most frequent first.</summary>
    public IReadOnlyList<HeavyHitter> Top(int count) =>
        [.. _heap.OrderByDescending(h => h.Count).ThenBy(h => h.Value, StringComparer.Ordinal).Take(count).Select(h => new HeavyHitter(h.Value, h.Count, h.Error))];

    private void Rise(int at)
    {
        while (at > 0 && _heap[(at - 1) / 2].Count > _heap[at].Count)
        {
            Swap(at, (at - 1) / 2);
            at = (at - 1) / 2;
        }
    }

    private void Sink(int at)
    {
        while (true)
        {
            int least = at, left = 2 * at + 1;
            if (left < _heap.Count && _heap[left].Count < _heap[least].Count) least = left;
            if (left + 1 < _heap.Count && _heap[left + 1].Count < _heap[least].Count) least = left + 1;
            if (least == at) return;
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
