namespace OpsModule;

/// <summary>
/// What a cmdlet's body has to say, in order, until the pipeline thread says it. One serves a whole call: a queue, a task and a signal for
/// each piped object would cost more than most bodies do.
/// </summary>
/// <remarks>
/// Bounded: a body that is faster than the rest of the pipeline waits for it instead of filling the memory. What is said between two phases
/// waits for the next one, and nobody waits for that.
/// </remarks>
internal sealed class PipelineQueue
{
    private const int Bound = 256;

    private readonly object _gate = new();
    private readonly Queue<Action> _said = new();
    private bool _isRunning, _isBounded, _isClosed;

    /// <summary>Adds one action. Called by any thread but the pipeline's; waits while the pipeline thread is far behind.</summary>
    public void Add(Action action)
    {
        lock (_gate)
        {
            while (_isRunning && _isBounded && !_isClosed && _said.Count >= Bound) Monitor.Wait(_gate);
            Put(action);
        }
    }

    /// <summary>Adds one action without waiting; called by the pipeline thread. Gives true when it is time to say what has gathered.</summary>
    public bool AddAtOnce(Action action)
    {
        lock (_gate)
        {
            Put(action);
            return _said.Count >= Bound;
        }
    }

    /// <summary>A phase begins. Not bounded while the pipeline thread itself runs its body, and could be waited for.</summary>
    public void Open(bool bounded)
    {
        lock (_gate) (_isRunning, _isBounded) = (true, bounded);
    }

    /// <summary>From here on the pipeline thread listens.</summary>
    public void Listen()
    {
        lock (_gate) _isBounded = true;
    }

    /// <summary>The phase's body has ended; <see cref="Take"/> gives what is left, then null.</summary>
    public void End()
    {
        lock (_gate)
        {
            _isRunning = false;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Nobody listens any more: what is said from now on is dropped, and whoever waits goes on.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            _said.Clear();
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>The next action; waits for it while the phase runs. Null when the phase has ended and all is said.</summary>
    public Action? Take()
    {
        lock (_gate)
        {
            while (_said.Count == 0)
            {
                if (!_isRunning) return null;
                Monitor.Wait(_gate);
            }
            return Next();
        }
    }

    /// <summary>The next action, if there is one.</summary>
    public Action? TryTake()
    {
        lock (_gate) return _said.Count == 0 ? null : Next();
    }

    private void Put(Action action)
    {
        if (_isClosed) return;
        _said.Enqueue(action);
        if (_said.Count == 1) Monitor.PulseAll(_gate);
    }

    private Action Next()
    {
        Action action = _said.Dequeue();
        if (_said.Count == Bound - 1) Monitor.PulseAll(_gate);
        return action;
    }
}
