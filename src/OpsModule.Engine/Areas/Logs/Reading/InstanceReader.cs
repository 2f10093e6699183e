namespace OpsModule.Engine.Areas.Logs.Reading;

/// <summary>Something with its place in the merged order.</summary>
/// <param name="Order">Ticks of UTC; never less than that of the one before it from the same instance.</param>
/// <param name="Value">The thing.</param>
internal readonly record struct Ordered<T>(long Order, T Value);

/// <summary>How far an instance has been read: the platform's latest time, and how many lines of that time were read.</summary>
internal readonly record struct LogPosition(long Stamp, int Lines)
{
    public DateTimeOffset Time => DateTimeOffset.UnixEpoch.AddTicks(Stamp / 100);
}

/// <summary>Turns the bytes of one instance into entries or lines, in their order.</summary>
/// <param name="stamped">True when each line begins with the platform's time.</param>
/// <param name="longest">The longest line in bytes.</param>
/// <param name="pieces">True hands longer lines on in pieces, false cuts them off.</param>
internal abstract class InstanceReader<T>(bool stamped, int longest, bool pieces)
{
    private readonly LineSplitter?[] _splitters = new LineSplitter?[2];
    private byte[] _joined = [];
    private LogPosition _resume;
    private int _skipped;

    /// <summary>What is ready; the caller takes it away.</summary>
    public List<Ordered<T>> Ready { get; private set; } = [];

    /// <summary>How far it has been read.</summary>
    public LogPosition Position { get; private set; }

    /// <summary>How many things have no time, nor anything before them; a bound of time cannot tell whether they are wanted.</summary>
    public virtual long Undated => 0;

    /// <summary>How many things were read, wanted or not.</summary>
    public virtual long Entries => 0;

    /// <summary>The order of the last that was made ready.</summary>
    protected long LastOrder { get; private set; } = long.MinValue;

    public void Feed(bool error, ReadOnlySpan<byte> bytes)
    {
        int stream = error ? 1 : 0;
        (_splitters[stream] ??= new LineSplitter(longest, pieces, (line, missing) => Take(error, line, missing))).Feed(bytes);
    }

    /// <summary>The instance has said all; nothing is held back.</summary>
    public void End()
    {
        foreach (LineSplitter? splitter in _splitters) splitter?.End();
        Settle();
    }

    /// <summary>Nothing came for a while: what waits for more of itself is given away.</summary>
    public virtual void Settle() { }

    /// <summary>Before the same instance is read again from its last time on: the lines that are known are skipped.</summary>
    public void Resume()
    {
        _resume = Position;
        _skipped = 0;
    }

    /// <summary>Goes on where an earlier run had read to.</summary>
    public void Resume(LogPosition position)
    {
        Position = position;
        Resume();
    }

    /// <summary>Takes what is ready.</summary>
    public List<Ordered<T>> Drain()
    {
        List<Ordered<T>> ready = Ready;
        if (ready.Count > 0) Ready = new List<Ordered<T>>(Math.Min(ready.Count, 1024));
        return ready;
    }

    /// <summary>True when the platform's times stand before the lines.</summary>
    protected bool IsStamped => stamped;

    protected abstract void TakeLine(bool error, DateTimeOffset? stamp, ReadOnlySpan<byte> line, long missing);

    /// <summary>Things without a time keep their place after the one before; a clock that is set back does not bring them out of order.</summary>
    protected void MakeReady(DateTimeOffset? time, T value)
    {
        LastOrder = Math.Max(LastOrder, time?.UtcTicks ?? LastOrder);
        Ready.Add(new Ordered<T>(LastOrder, value));
    }

    private void Take(bool error, ReadOnlySpan<byte> line, long missing)
    {
        if (!stamped) { TakeLine(error, null, line, missing); return; }
        if (!LogTime.TryStamp(line, out long stamp, out int length)) { TakeLine(error, null, line, missing); return; }
        if (IsKnown(stamp)) return;
        // The streams are stamped side by side, so that a line may be a little older than the one before it.
        if (stamp > Position.Stamp) Position = new LogPosition(stamp, 1);
        else if (stamp == Position.Stamp) Position = Position with { Lines = Position.Lines + 1 };
        TakeLine(error, DateTimeOffset.UnixEpoch.AddTicks(stamp / 100), DockerParts.Join(line, length, ref _joined), missing);
    }

    private bool IsKnown(long stamp)
    {
        if (_resume.Lines == 0) return false;
        // The platform begins at the last time, so what comes first has been read; whatever has another time ends that.
        if (stamp < _resume.Stamp || (stamp == _resume.Stamp && _skipped++ < _resume.Lines)) return true;
        _resume = default;
        return false;
    }
}
