using System.Globalization;

namespace OpsModule.Connections.Proxies;

/// <summary>Judges answers of one server that came through a proxy: that it answers proves the way, and not that it serves.</summary>
internal sealed class ServingTally(TimeProvider time)
{
    /// <summary>So long a server may answer with errors that it gets over, once it is seen.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private long? _since;

    /// <summary>What is known when nothing else comes: the way is there, and all answers were errors; null when none came.</summary>
    public ProxyProof? Last { get; private set; }

    /// <summary>One more answer of it.</summary>
    /// <param name="status">Its status.</param>
    /// <param name="words">How it is known to be of it.</param>
    /// <returns>The proof; null while a better answer may come.</returns>
    public ProxyProof? Judge(int status, string words)
    {
        string code = status.ToString(CultureInfo.InvariantCulture);
        if (status < 500) return new ProxyProof(true, $"{words} with status {code}") { Serves = true };
        _since ??= time.GetTimestamp();
        Last = new ProxyProof(true, $"{words}, but with status {code} alone, so that it was not seen to serve");
        return time.GetElapsedTime(_since.Value) >= Patience ? Last : null;
    }
}
