namespace OpsModule.Engine.Outlets.Alerts;

/// <summary>Does things in the background, one after another, so that a recovery does not overtake its alert.</summary>
internal sealed class Lane(Action<Exception> failed)
{
    private readonly object _gate = new();
    private int _waiting;

    /// <summary>How many are not done yet.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Ends when all that was enqueued so far is done; never fails.</summary>
    public Task Done { get; private set; } = Task.CompletedTask;

    public void Enqueue(Func<Task> work)
    {
        lock (_gate)
        {
            Interlocked.Increment(ref _waiting);
            Done = NextAsync(Done, work);
        }
    }

    private async Task NextAsync(Task before, Func<Task> work)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try { await work().ConfigureAwait(false); }
        catch (Exception e) { failed(e); }
        finally { Interlocked.Decrement(ref _waiting); }
    }
}
