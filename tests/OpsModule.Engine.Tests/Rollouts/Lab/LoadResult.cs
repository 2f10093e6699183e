namespace OpsModule.Engine.Tests.Rollouts.Lab;

/// <summary>What clients saw.</summary>
/// <param name="Sent">Requests, uploads and messages of the websocket.</param>
/// <param name="Failures">How many failed, by reason.</param>
/// <param name="Details">The first failures, with their times.</param>
/// <param name="Versions">Answers by the version that gave them.</param>
/// <param name="Resent">
/// Requests whose kept connection was closed before a byte of the answer came, and which were sent again over a new one, as every client
/// does: a proxy that reloads closes idle connections, and a request may be on its way just then.
/// </param>
/// <param name="Reconnects">How often the websocket was closed by a close frame and opened anew.</param>
/// <param name="Uploads">Uploads that were answered.</param>
/// <param name="Milliseconds">How long answers took, sorted.</param>
public sealed record LoadResult(long Sent, IReadOnlyDictionary<string, long> Failures, IReadOnlyList<string> Details,
    IReadOnlyDictionary<string, long> Versions, long Resent, long Reconnects, long Uploads, IReadOnlyList<double> Milliseconds)
{
    /// <summary>How many failed.</summary>
    public long Failed => Failures.Values.Sum();

    /// <summary>The time that so many of 100 answers took at most.</summary>
    public double Percentile(double percent) =>
        Milliseconds.Count == 0 ? 0 : Milliseconds[Math.Min(Milliseconds.Count - 1, (int)(Milliseconds.Count * percent / 100))];

    public override string ToString() => $"{Failed} of {Sent} failed ({string.Join(", ", Failures.Select(f => $"{f.Value} {f.Key}"))}); "
        + $"{Resent} resent, {Reconnects} reconnects, {Uploads} uploads; p99 {Percentile(99):0} ms; "
        + $"versions {string.Join(", ", Versions.Select(v => $"{v.Key}: {v.Value}"))}\n{string.Join('\n', Details)}";
}
