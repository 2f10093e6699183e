using OpsModule.Engine.Areas.Attacks.Rules;

namespace OpsModule.Engine.Areas.Attacks.Counting;

/// <summary>
/// Finds keys that came more often than a rule allows in any window (t - W, t] of log time. While there is room nothing is forgotten, and
/// events may come in any order. When room runs out, what lies before the latest time less the lateness is judged and forgotten; an event
/// from before that is not counted but <see cref="NotCounted"/>. If that is not enough, the keys with the fewest events go.
/// </summary>
/// <param name="rule">The rule.</param>
/// <param name="lateness">How far behind the latest an event may come, whatever the room.</param>
/// <param name="capacity">How many times, of all keys together, are kept.</param>
internal sealed class SlidingWindow(RateRule rule, TimeSpan lateness, int capacity)
{
    private const int MostBursts = 10_000;

    private readonly Dictionary<string, KeyTimes> _keys = new(StringComparer.Ordinal);
    private readonly Dictionary<string, AttackBurst> _bursts = new(StringComparer.Ordinal);
    private long _latest = long.MinValue, _floor = long.MinValue;
    private int _kept;

    /// <summary>Events that could not be counted, or were forgotten before their window had passed.</summary>
    public long NotCounted { get; private set; }

    /// <summary>Different times that are kept now.</summary>
    public int Kept => _kept;

    public void Add(string key, DateTimeOffset time, int events = 1)
    {
        long at = time.UtcTicks;
        if (at <= _floor) { NotCounted += events; return; }
        _latest = Math.Max(_latest, at);
        if (!_keys.TryGetValue(key, out KeyTimes? times)) _keys[key] = times = new KeyTimes();
        int before = times.Length;
        times.Add(at, events);
        _kept += times.Length - before;
        if (_kept > capacity) MakeRoom();
    }

    /// <summary>All that broke the rule, the most frequent first.</summary>
    public IReadOnlyList<AttackBurst> Finish()
    {
        foreach ((string key, KeyTimes times) in _keys) Judge(key, times, long.MaxValue);
        return [.. _bursts.Values.OrderByDescending(b => b.Most).ThenBy(b => b.Value, StringComparer.Ordinal)];
    }

    private void MakeRoom()
    {
        long floor = Math.Max(_floor, _latest - lateness.Ticks - 1), gone = floor - rule.Within.Ticks;
        _floor = floor;
        foreach ((string key, KeyTimes times) in _keys)
        {
            Judge(key, times, floor);
            times.Forget(gone);
            if (times.Length == 0) _keys.Remove(key);
        }
        _kept = _keys.Values.Sum(t => t.Length);
        if (_kept <= capacity / 2) return;
        foreach ((string key, KeyTimes times) in _keys.OrderBy(k => k.Value.Events).ToArray())
        {
            if (_kept <= capacity / 2) break;
            Judge(key, times, long.MaxValue);
            NotCounted += times.Events;
            _kept -= times.Length;
            _keys.Remove(key);
        }
    }

    private void Judge(string key, KeyTimes times, long until)
    {
        if (times.Events <= rule.More) return;
        AttackBurst? burst = _bursts.GetValueOrDefault(key);
        times.Windows(rule.Within.Ticks, until, (ticks, count) =>
        {
            if (count <= rule.More) return;
            var time = new DateTimeOffset(ticks, TimeSpan.Zero);
            burst ??= Make(key, time);
            if (count > burst.Most) burst = burst with { Most = count, MostTime = time };
            if (time < burst.FirstTime) burst = burst with { FirstTime = time };
            if (time > burst.LastTime) burst = burst with { LastTime = time };
        });
        if (burst is null) return;
        if (_bursts.Count < MostBursts || _bursts.ContainsKey(key)) _bursts[key] = burst;
        else NotCounted += times.Events;
    }

    private AttackBurst Make(string key, DateTimeOffset time) => new()
    {
        Rule = rule.Id,
        Title = rule.Title,
        By = rule.By,
        Value = key,
        Most = 0,
        MostTime = time,
        More = rule.More,
        Within = rule.Within,
        FirstTime = time,
        LastTime = time,
        Severity = rule.Severity,
        Mitre = rule.Mitre,
    };
}
