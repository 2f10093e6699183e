using System.Collections.Concurrent;
using System.Net;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Tests.Rollouts.Lab;

namespace OpsModule.Engine.Tests.Secrets.Phases;

/// <summary>
/// Clients that get tokens of any instance, and show them to all of them as long as they are valid. An instance that is not there any more,
/// or not yet, refuses nothing.
/// </summary>
internal sealed class TokenLoad : IAsyncDisposable
{
    private const int Clients = 4;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly RolloutLab _lab;
    private readonly TimeSpan _lifetime;
    private readonly CancellationTokenSource _stop = new();
    private readonly HttpClient _client = new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromSeconds(1) })
    {
        Timeout = TimeSpan.FromSeconds(2),
    };

    private readonly ConcurrentQueue<string> _wrong = new();
    private readonly Task _work;
    private string[] _addresses = [];
    private int _signed, _accepted;

    public TokenLoad(RolloutLab lab, TimeSpan lifetime)
    {
        (_lab, _lifetime) = (lab, lifetime);
        _work = Task.WhenAll([WatchAsync(), .. Enumerable.Range(0, Clients).Select(n => ClientAsync(new Random(n)))]);
    }

    /// <summary>How many tokens were given out.</summary>
    public int Signed => _signed;

    /// <summary>How often one was accepted.</summary>
    public int Accepted => _accepted;

    /// <summary>How often one was refused before its end.</summary>
    public int Refused => _wrong.Count;

    /// <summary>Waits for something, for two minutes at most.</summary>
    public async Task UntilAsync(Func<bool> isSo)
    {
        for (int attempt = 0; !isSo(); attempt++)
        {
            Assert.True(attempt < 600, $"{this}");
            await Task.Delay(200);
        }
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _work;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _client.Dispose();
        _stop.Dispose();
    }

    public override string ToString() => $"{_signed} tokens, {_accepted} accepted, {Refused} refused: {string.Join("; ", _wrong.Take(5))}";

    /// <summary>Looks all the time which instances there are.</summary>
    private async Task WatchAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            _addresses = [.. (await _lab.Lab.FindAsync(RolloutLab.Api)).Instances
                .Where(i => i.State == InstanceState.Running && i.Address is not null).Select(i => i.Address!)];
            await PauseAsync(TimeSpan.FromMilliseconds(100));
        }
    }

    private async Task ClientAsync(Random random)
    {
        var tokens = new Queue<(string Text, string From, DateTime At)>();
        while (!_stop.IsCancellationRequested)
        {
            string[] there = _addresses;
            await PauseAsync(Pause);
            if (there.Length == 0) continue;
            string from = there[random.Next(there.Length)];
            DateTime at = DateTime.UtcNow;
            if (await AskAsync(from, "/token") is (HttpStatusCode.OK, { Length: > 40 } text))
            {
                tokens.Enqueue((text.Trim(), from, at));
                Interlocked.Increment(ref _signed);
            }
            while (tokens.TryPeek(out var oldest) && (DateTime.UtcNow - oldest.At > _lifetime || tokens.Count > 40)) tokens.Dequeue();
            foreach ((string Text, string From, DateTime At) token in tokens.Count < 2 ? [.. tokens] : new[] { tokens.Peek(), tokens.Last() })
                foreach (string to in there)
                {
                    if (DateTime.UtcNow - token.At > _lifetime) continue;
                    (HttpStatusCode? status, _) = await AskAsync(to, "/check/" + token.Text);
                    if (status == HttpStatusCode.OK) Interlocked.Increment(ref _accepted);
                    else if (status == HttpStatusCode.Unauthorized)
                        _wrong.Enqueue($"one of {token.From}, {(DateTime.UtcNow - token.At).TotalSeconds:0.0} s old, by {to}");
                }
        }
    }

    private async Task<(HttpStatusCode? Status, string Text)> AskAsync(string address, string path)
    {
        try
        {
            using HttpResponseMessage answer = await _client.GetAsync($"http://{address}:{HttpServiceImage.Port}{path}", CancellationToken.None);
            return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException) { return (null, ""); }
    }

    private async Task PauseAsync(TimeSpan time)
    {
        try { await Task.Delay(time, _stop.Token); }
        catch (OperationCanceledException) { /* it ends */ }
    }
}
