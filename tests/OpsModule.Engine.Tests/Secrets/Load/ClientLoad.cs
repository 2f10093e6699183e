using System.Collections.Concurrent;
using System.Diagnostics;

namespace OpsModule.Engine.Tests.Secrets.Load;

/// <summary>
/// Clients that log in anew all the time. Each keeps what it has read, as an instance of a service does, until it is replaced; or it reads
/// before each login. It stands alone, so that bench/rotation.ps1 compiles it, too.
/// </summary>
public sealed class ClientLoad
{
    private readonly Func<Credential> _read;
    private readonly Func<Credential, Task<string?>> _logIn;
    private readonly bool _readsAlways;
    private readonly int _pause;
    private readonly int[] _seen;
    private readonly ConcurrentQueue<(long At, string Words)> _refused = new();
    private readonly Task _clients;
    private volatile int _generation = 1;
    private volatile bool _ends;
    private int _logins;

    /// <summary>Starts them.</summary>
    /// <param name="clients">How many.</param>
    /// <param name="read">Reads what there is to log in with.</param>
    /// <param name="logIn">Logs in: null when it was accepted, else why not. What it throws ends the load.</param>
    /// <param name="readsAlways">Whether each login is with what was read just then.</param>
    /// <param name="pause">Milliseconds between two logins of a client.</param>
    public ClientLoad(int clients, Func<Credential> read, Func<Credential, Task<string?>> logIn, bool readsAlways = false, int pause = 0)
    {
        (_read, _logIn, _readsAlways, _pause, _seen) = (read, logIn, readsAlways, pause, new int[clients]);
        _clients = Task.WhenAll(Enumerable.Range(0, clients).Select(number => Task.Run(() => RunAsync(number))));
    }

    /// <summary>How many logins were accepted.</summary>
    public int Logins => Volatile.Read(ref _logins);

    /// <summary>Why logins were not accepted, in their order.</summary>
    public IReadOnlyList<string> Refused => [.. _refused.Select(r => r.Words)];

    /// <summary>From the first to the last refusal since the number that is given, in seconds.</summary>
    public double GapSince(int number)
    {
        long[] at = [.. _refused.Skip(number).Select(r => r.At)];
        return at.Length == 0 ? 0 : Stopwatch.GetElapsedTime(at[0], at[^1]).TotalSeconds;
    }

    /// <summary>Has every client begin anew with what is to be read now: none is left that has what it had before.</summary>
    public async Task ReplaceAsync()
    {
        int generation = Interlocked.Increment(ref _generation);
        await UntilAsync(() => _seen.All(s => s >= generation));
    }

    /// <summary>Lets each client log in, or be refused, once more.</summary>
    public async Task GoOnAsync()
    {
        int until = Logins + _refused.Count + 3 * _seen.Length;
        await UntilAsync(() => Logins + _refused.Count >= until);
    }

    /// <summary>Ends them, and throws what ended one of them earlier.</summary>
    public Task StopAsync()
    {
        _ends = true;
        return _clients;
    }

    private async Task UntilAsync(Func<bool> holds)
    {
        using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!holds() && !_clients.IsCompleted) await Task.Delay(5, bound.Token);
        if (_clients.IsCompleted) await _clients;
    }

    private async Task RunAsync(int number)
    {
        Credential held = _read();
        while (!_ends)
        {
            int generation = _generation;
            if (_readsAlways || _seen[number] < generation) held = _read();
            Volatile.Write(ref _seen[number], generation);
            if (await _logIn(held) is not { } words) Interlocked.Increment(ref _logins);
            else _refused.Enqueue((Stopwatch.GetTimestamp(), words));
            await Task.Delay(_pause);
        }
    }
}
