namespace OpsModule.Connections.Proxies;

/// <summary>Who has answered the requests of a proof, for the words of one that did not succeed.</summary>
internal sealed class AnswerTally
{
    private readonly Dictionary<string, int> _by = new(StringComparer.Ordinal);

    /// <summary>One more.</summary>
    public void Add(string who) => _by[who] = _by.GetValueOrDefault(who) + 1;

    /// <summary>What came, in words.</summary>
    public override string ToString() => _by.Count == 0 ? "nothing was answered"
        : string.Join(", ", _by.OrderByDescending(b => b.Value).Take(5).Select(b => $"{b.Value} x {b.Key}"));
}
