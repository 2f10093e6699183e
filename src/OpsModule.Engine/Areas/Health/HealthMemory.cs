namespace OpsModule.Engine.Areas.Health;

/// <summary>
/// Remembers how well one thing was, and says when that changed. A status counts when it was seen so many times in a row; what changes to
/// and fro all the time is reported once as flapping, and again when it has come to rest.
/// </summary>
internal sealed class HealthMemory(int rounds)
{
    /// <summary>So many of the last rounds are looked at for flapping.</summary>
    private const int Window = 12;

    /// <summary>So many turns among them are flapping; half of them, or fewer, are rest.</summary>
    private const int ManyTurns = 5;

    private readonly Queue<bool> _turns = new();
    private HealthStatus? _reported;
    private DateTimeOffset _since;
    private HealthStatus? _seen;
    private DateTimeOffset _seenSince;
    private int _times;
    private bool _flapping, _followed;

    /// <summary>True when it was reported to be other than well.</summary>
    public bool IsBad => _reported is not (null or HealthStatus.Healthy);

    /// <summary>True once a status counts.</summary>
    public bool Known => _reported is not null;

    /// <summary>Takes what a round found, and gives the change that is to be reported, if there is one.</summary>
    public HealthChange? Take(HealthResult result)
    {
        Count(result);
        int turns = _turns.Count(t => t);
        if (!_flapping && turns >= ManyTurns)
        {
            _flapping = true;
            return Change(result, result.Time, $"It changes to and fro ({turns} times in the last {_turns.Count} rounds). Now: {result.Message}") with { Flapping = true };
        }
        if (_flapping && turns > ManyTurns / 2) return null;
        if (_times < rounds) return null;
        bool rested = _flapping;
        _flapping = false;
        if (_reported is null && result.Status == HealthStatus.Healthy)
        {
            // That all is well at the beginning is no news.
            (_reported, _since) = (result.Status, _seenSince);
            return null;
        }
        // What followed from something else, and goes on when that is well again, is a fault of its own.
        bool onItsOwn = _followed && result.CausedBy is null && result.Status != HealthStatus.Healthy;
        if (_reported == result.Status && !rested && !onItsOwn) return null;
        HealthChange change = Change(result, _seenSince, result.Message);
        (_reported, _since, _followed) = (result.Status, _seenSince, result.CausedBy is not null);
        return change;
    }

    private void Count(HealthResult result)
    {
        bool turn = _seen is not null && _seen != result.Status;
        _turns.Enqueue(turn);
        if (_turns.Count > Window) _turns.Dequeue();
        if (_seen == result.Status) _times++;
        else (_seen, _seenSince, _times) = (result.Status, result.Time, 1);
    }

    private HealthChange Change(HealthResult result, DateTimeOffset time, string message) => new()
    {
        Time = time,
        Check = result.Check,
        Target = result.Target,
        Status = result.Status,
        Previous = _reported,
        Lasted = _reported is null ? null : time - _since,
        Message = message,
        Remedy = result.Remedy,
        Result = result,
    };
}
