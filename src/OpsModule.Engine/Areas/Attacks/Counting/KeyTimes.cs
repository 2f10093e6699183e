namespace OpsModule.Engine.Areas.Attacks.Counting;

/// <summary>The times at which one key came, with how often at each. They are put in order only when somebody asks.</summary>
internal sealed class KeyTimes
{
    private long[] _times = new long[2];
    private int[] _counts = new int[2];
    private int _sorted;

    /// <summary>How many different times are kept.</summary>
    public int Length { get; private set; }

    /// <summary>All events that are kept.</summary>
    public long Events { get; private set; }

    public void Add(long time, int events = 1)
    {
        Events += events;
        if (Length > 0 && _times[Length - 1] == time) { _counts[Length - 1] += events; return; }
        if (Length == _times.Length)
        {
            Order();
            if (Length * 4 > _times.Length * 3)
            {
                Array.Resize(ref _times, Length * 2);
                Array.Resize(ref _counts, Length * 2);
            }
        }
        (_times[Length], _counts[Length]) = (time, events);
        Length++;
    }

    /// <summary>Calls for each time at which a window may end, with the number of events in (time - width, time].</summary>
    public void Windows(long width, long until, Action<long, long> take)
    {
        Order();
        long sum = 0;
        for (int last = 0, first = 0; last < Length && _times[last] <= until; last++)
        {
            sum += _counts[last];
            while (_times[first] <= _times[last] - width) sum -= _counts[first++];
            take(_times[last], sum);
        }
    }

    /// <summary>Forgets what came at or before a time.</summary>
    public void Forget(long time)
    {
        Order();
        int first = 0;
        for (; first < Length && _times[first] <= time; first++) Events -= _counts[first];
        Array.Copy(_times, first, _times, 0, Length - first);
        Array.Copy(_counts, first, _counts, 0, Length - first);
        Length = _sorted = Length - first;
    }

    private void Order()
    {
        if (_sorted == Length) return;
        Array.Sort(_times, _counts, 0, Length);
        int to = 0;
        for (int i = 1; i < Length; i++)
        {
            if (_times[i] == _times[to]) _counts[to] += _counts[i];
            else (_times[++to], _counts[to]) = (_times[i], _counts[i]);
        }
        Length = _sorted = to + 1;
    }
}
