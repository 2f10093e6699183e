using System.Collections.Concurrent;

namespace OpsModule.Engine.Areas.Health;

/// <summary>
/// Lets so many in at once: whoever watches a server must not take the connections that its users need. One for each round, so that it
/// also remembers for that long which server gave no answer, and which sessions were ours.
/// </summary>
/// <param name="patience">How long a server is waited for in a round, before all its databases count as silent.</param>
internal sealed class ConnectionGate(TimeSpan patience)
{
    /// <summary>Connections to one server at a time.</summary>
    public const int PerServer = 2;

    /// <summary>Connections to all servers at a time.</summary>
    public const int Overall = 32;

    private readonly SemaphoreSlim _all = new(Overall);
    private readonly ConcurrentDictionary<string, Server> _servers = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>What the sessions of this round are called, so that those of the same role are known from their first moment on.</summary>
    public string SessionName { get; } = "OpsModule health " + Guid.NewGuid().ToString("N")[..8];

    /// <summary>How long a server is waited for.</summary>
    public TimeSpan Patience => patience;

    /// <summary>Waits for a turn at a server.</summary>
    public async Task<Turn> EnterAsync(string server, CancellationToken ct)
    {
        Server at = _servers.GetOrAdd(server, _ => new Server());
        await at.Places.WaitAsync(ct).ConfigureAwait(false);
        try { await _all.WaitAsync(ct).ConfigureAwait(false); }
        catch
        {
            at.Places.Release();
            throw;
        }
        return new Turn(this, at);
    }

    /// <summary>What is known of one server in this round.</summary>
    internal sealed class Server
    {
        public SemaphoreSlim Places { get; } = new(PerServer);

        public ConcurrentBag<int> Sessions { get; } = [];

        public volatile string? Silence;
    }

    /// <summary>A turn; ends when it is disposed.</summary>
    internal sealed class Turn(ConnectionGate gate, Server server) : IDisposable
    {
        /// <summary>Process numbers of this round's sessions at the server, of those too that have just ended.</summary>
        public int[] Sessions => [.. server.Sessions];

        /// <summary>Who waited in vain for the server in this round; null when nobody has.</summary>
        public string? Silence { get => server.Silence; set => server.Silence = value; }

        /// <summary>Remembers a session as ours.</summary>
        public void Remember(int session) => server.Sessions.Add(session);

        public void Dispose()
        {
            gate._all.Release();
            server.Places.Release();
        }
    }
}
