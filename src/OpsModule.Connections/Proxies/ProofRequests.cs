using System.Globalization;

namespace OpsModule.Connections.Proxies;

/// <summary>Requests of ours through a proxy, one after another, until one server was seen to serve, or the time is over.</summary>
/// <param name="time">The clock.</param>
/// <param name="limit">How long they are sent.</param>
internal sealed class ProofRequests(TimeProvider time, TimeSpan limit)
{
    private const int MostTold = 5;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    private readonly Dictionary<string, int> _others = new(StringComparer.Ordinal);
    private readonly ServingTally _serving = new(time);

    /// <summary>Sends them.</summary>
    /// <param name="ask">Sends one.</param>
    /// <param name="read">Who has answered, as <see cref="Told"/> has it, and how it is known that it was the one that is meant, in words;
    /// null for another.</param>
    /// <param name="notSeen">What is said when none was seen.</param>
    /// <param name="ct">Ends it.</param>
    public async Task<ProxyProof> RunAsync(Func<Task<PlainAnswer>> ask, Func<PlainAnswer, (string Told, string? Words)> read,
        string notSeen, CancellationToken ct)
    {
        long start = time.GetTimestamp();
        do
        {
            try
            {
                PlainAnswer answer = await ask().ConfigureAwait(false);
                (string told, string? words) = read(answer);
                string code = answer.Status.ToString(CultureInfo.InvariantCulture);
                if (words is not null && _serving.Judge(answer.Status >= 500, $"{words} with status {code}",
                    $"{words}, but with status {code} alone") is { } proof) return proof;
                Count(told);
            }
            catch (IOException e) { Count(e.Message); }
            await Task.Delay(Interval, time, ct).ConfigureAwait(false);
        }
        while (time.GetElapsedTime(start) < limit);
        string came = _others.Count == 0 ? "nothing was answered"
            : string.Join(", ", _others.OrderByDescending(o => o.Value).Take(MostTold).Select(o => $"{o.Value} x {o.Key}"));
        return _serving.Last ?? new ProxyProof(false, $"{notSeen}: {came}");
    }

    /// <summary>Who has answered and with which status, in words.</summary>
    /// <param name="by">The server, as the proxy tells it; empty for none.</param>
    /// <param name="status">The status.</param>
    public static string Told(string by, object status) =>
        string.Create(CultureInfo.InvariantCulture, $"{(by.Length > 0 ? by : "no server")} (status {status})");

    private void Count(string what) => _others[what] = _others.GetValueOrDefault(what) + 1;
}
