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
    /// <param name="isError">Whether it was an error of a server.</param>
    /// <param name="well">What was seen, where it was none.</param>
    /// <param name="badly">What was seen, where it was one.</param>
    /// <returns>The proof; null while a better answer may come.</returns>
    public ProxyProof? Judge(bool isError, string well, string badly)
    {
        if (!isError) return new ProxyProof(true, well) { Serves = true };
        _since ??= time.GetTimestamp();
        Last = new ProxyProof(true, $"{badly}, so that it was not seen to serve");
        return time.GetElapsedTime(_since.Value) >= Patience ? Last : null;
    }
}
