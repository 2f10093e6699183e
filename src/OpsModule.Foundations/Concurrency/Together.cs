namespace OpsModule.Foundations.Concurrency;

/// <summary>Runs two things at the same time; the failure of one stops the other and is the one that is told.</summary>
public static class Together
{
    /// <summary>Runs both and waits until both have ended. Each gets a token that is cancelled when the other fails.</summary>
    /// <param name="first">The one that gives no result.</param>
    /// <param name="second">The one whose result is returned.</param>
    /// <param name="ct">Cancels both.</param>
    /// <exception cref="OperationCanceledException"><paramref name="ct"/> was cancelled, whatever the two made of it.</exception>
    public static async Task<T> RunAsync<T>(Func<CancellationToken, Task> first, Func<CancellationToken, Task<T>> second, CancellationToken ct)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        Exception? cause = null;
        async Task GuardAsync(Func<CancellationToken, Task> body)
        {
            try { await body(stop.Token).ConfigureAwait(false); }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref cause, e, null);
                await stop.CancelAsync().ConfigureAwait(false);
            }
        }
        T? result = default;
        await Task.WhenAll(GuardAsync(first), GuardAsync(async token => result = await second(token).ConfigureAwait(false))).ConfigureAwait(false);
        ct.ThrowIfCancellationRequested();
        if (cause is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(cause);
        return result!;
    }
}
