using System.Collections.Concurrent;
using System.Diagnostics;

namespace OpsModule.Engine.Tests.Rollouts.Lab;

/// <summary>
/// Clients of a service, through its proxy: so many requests each second, whatever becomes of those before, one websocket and one upload.
/// It
/// counts what failed exactly: no request is left out, and nothing is tried again but what <see cref="LoadResult.Resent"/> tells of.
/// </summary>
public sealed class LoadGenerator : IAsyncDisposable
{
    private const int MostDetails = 40;

    private readonly LoadOptions _options;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<HttpConnection> _idle = [];
    private readonly ConcurrentDictionary<string, long> _failures = new(), _versions = new();
    private readonly ConcurrentQueue<string> _details = new();
    private readonly ConcurrentBag<double> _times = [];
    private readonly Stopwatch _since = Stopwatch.StartNew();
    private readonly Task _running;
    private long _sent, _resent, _reconnects, _uploads;

    private LoadGenerator(LoadOptions options)
    {
        _options = options;
        _running = Task.Run(() => Task.WhenAll(RequestsAsync(), options.Websocket ? WebsocketAsync() : Task.CompletedTask,
            options.Upload is { } length ? UploadsAsync(length) : Task.CompletedTask));
    }

    /// <summary>Begins.</summary>
    public static LoadGenerator Start(LoadOptions options) => new(options);

    /// <summary>How many have failed so far.</summary>
    public long Failed => _failures.Values.Sum();

    /// <summary>Answers so far by the version that gave them.</summary>
    public IReadOnlyDictionary<string, long> Versions => _versions;

    /// <summary>Waits until this many answers more have come.</summary>
    public async Task AnsweredAsync(int more)
    {
        long until = _versions.Values.Sum() + more;
        for (int attempt = 0; _versions.Values.Sum() < until; attempt++)
        {
            if (attempt == 1200) throw new InvalidOperationException($"No {more} answers came: {Result()}");
            await Task.Delay(50);
        }
    }

    /// <summary>Sends nothing more, waits for all answers, and tells.</summary>
    public async Task<LoadResult> StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
        return Result();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        foreach (HttpConnection connection in _idle) connection.Dispose();
        _stop.Dispose();
    }

    private LoadResult Result() => new(_sent, _failures.ToDictionary(), [.. _details], _versions.ToDictionary(), _resent, _reconnects,
        _uploads,
        [.. _times.Order()]);

    private async Task RequestsAsync()
    {
        var under = new List<Task>();
        var clock = Stopwatch.StartNew();
        for (long number = 0; !_stop.IsCancellationRequested; number++)
        {
            TimeSpan wait = TimeSpan.FromSeconds((double)number / _options.Rate) - clock.Elapsed;
            if (wait > TimeSpan.Zero) await Task.Delay(wait, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_stop.IsCancellationRequested) break;
            long mine = number;
            under.Add(Task.Run(() => RequestAsync(mine)));
            if (under.Count > 1000) under.RemoveAll(t => t.IsCompleted);
        }
        await Task.WhenAll(under);
    }

    /// <summary>GET, POST; kept, not kept: four kinds, one after another.</summary>
    private async Task RequestAsync(long number)
    {
        bool post = number % 2 == 1, keep = number % 4 < 2;
        string what = $"{(post ? "POST" : "GET")}{(keep ? " kept" : "")}";
        byte[]? body = post ? new byte[1 + number * 7919 % 60_000] : null;
        Interlocked.Increment(ref _sent);
        var watch = Stopwatch.StartNew();
        using var patience = new CancellationTokenSource(_options.Patience);
        HttpConnection? connection = null;
        try
        {
            connection = keep ? TakeIdle() : null;
            if (connection is not null)
            {
                if (await connection.TryAskAsync(post, body, keep, patience.Token) is { } answer)
                {
                    Take(what, answer, body, watch);
                    Give(ref connection, answer);
                    return;
                }
                connection.Dispose();
                Interlocked.Increment(ref _resent);
            }
            connection = await HttpConnection.OpenAsync(_options.Port, patience.Token, _options.Host);
            HttpAnswer first = await connection.AskAsync(post, body, keep, null, patience.Token);
            Take(what, first, body, watch);
            if (keep) Give(ref connection, first);
        }
        catch (Exception e) { Fail(what, Reason(e)); }
        finally { connection?.Dispose(); }
    }

    private HttpConnection? TakeIdle()
    {
        while (_idle.TryTake(out HttpConnection? connection))
        {
            if (connection.IsOpen) return connection;
            connection.Dispose();
        }
        return null;
    }

    private void Give(ref HttpConnection? connection, HttpAnswer answer)
    {
        if (answer.Closes) return;
        _idle.Add(connection!);
        connection = null;
    }

    private void Take(string what, HttpAnswer answer, byte[]? body, Stopwatch watch)
    {
        _times.Add(watch.Elapsed.TotalMilliseconds);
        if (answer.Status != 200) Fail(what, $"status {answer.Status}");
        // The service says how much it was sent.
        else if (answer.Body.Trim().Split(' ') is not [var version, _, var length] || length != (body?.Length ?? 0).ToString()) Fail(what,
            "wrong answer");
        else _versions.AddOrUpdate(version, 1, (_, seen) => seen + 1);
    }

    private async Task UploadsAsync(TimeSpan length)
    {
        while (!_stop.IsCancellationRequested)
        {
            byte[] body = new byte[300_000];
            Interlocked.Increment(ref _sent);
            using var patience = new CancellationTokenSource(length + _options.Patience);
            try
            {
                using HttpConnection connection = await HttpConnection.OpenAsync(_options.Port, patience.Token, _options.Host);
                HttpAnswer answer = await connection.AskAsync(true, body, false, length, patience.Token);
                Take("upload", answer, body, new Stopwatch());
                if (answer.Status == 200) Interlocked.Increment(ref _uploads);
            }
            catch (Exception e) { Fail("upload", Reason(e)); }
            // A proxy that is gone must not be asked in a circle.
            await Task.Delay(100, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task WebsocketAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await using EchoSocket socket = await EchoSocket.OpenAsync(_options.Host, _options.Port, _options.Patience);
                while (!_stop.IsCancellationRequested)
                {
                    Interlocked.Increment(ref _sent);
                    if (!await socket.EchoAsync(_options.Patience))
                    {
                        Interlocked.Increment(ref _reconnects);
                        break;
                    }
                    await Task.Delay(200, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
            }
            catch (Exception e)
            {
                Fail("websocket", Reason(e));
                await Task.Delay(100, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void Fail(string what, string reason)
    {
        _failures.AddOrUpdate($"{what}: {reason}", 1, (_, seen) => seen + 1);
        if (_details.Count < MostDetails) _details.Enqueue($"{_since.Elapsed.TotalSeconds:0.000} {what}: {reason}");
    }

    private static string Reason(Exception e) => e switch
    {
        OperationCanceledException => "no answer in time",
        _ => e.GetBaseException().Message,
    };
}
