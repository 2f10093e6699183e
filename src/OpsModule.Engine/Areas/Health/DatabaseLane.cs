using System.Diagnostics;
using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Access;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Health;

/// <summary>
/// All checks of one database in a round: they come one after another, on one connection. What keeps the first out keeps out the others,
/// which then do not wait for it again.
/// </summary>
internal sealed class DatabaseLane(OpsContext context, DatabaseSettings database, ConnectionGate gate) : IAsyncDisposable
{
    /// <summary>A server takes a moment to see that a session has ended, and our last one may have been the last that was free.</summary>
    private const int Attempts = 20;

    /// <summary>How long a query that was cancelled is waited for, before its connection is given up.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    /// <summary>What the round is about.</summary>
    public OpsContext Context => context;

    private ConnectionGate.Turn? _turn;
    private PostgresSession? _session;
    private OpsException? _failure;
    private TimeSpan _waited;

    /// <summary>The sessions of this round at the server, whose connections are not the server's burden but ours.</summary>
    public int[] Ours => _turn?.Sessions ?? [];

    private string Server => database.Service is { } service ? "service " + service : $"{(HttpTargets.IsLoopback(database.Host ?? "") ? "127.0.0.1" : database.Host)}:{database.Port}";

    /// <summary>Waits until the server may be asked.</summary>
    public async Task EnterAsync(CancellationToken ct) => _turn = await gate.EnterAsync(Server, ct).ConfigureAwait(false);

    /// <summary>The connection, opened by the first who asks.</summary>
    /// <exception cref="OpsException">As connecting has them; the same one for all who come after.</exception>
    public async Task<PostgresSession> OpenAsync(CancellationToken ct)
    {
        if (_failure is { } known) throw known;
        if (_session is { Connection.State: System.Data.ConnectionState.Open } open) return open;
        if (_session is { } broken) await broken.DisposeAsync().ConfigureAwait(false);
        _session = null;
        if (_turn?.Silence is { } who) throw _failure = Silent($"was not asked, because the same server gave no answer to {who} a moment ago");
        long start = Stopwatch.GetTimestamp();
        try
        {
            PostgresServer server = await DatabaseServers.ResolveAsync(context, database.Name, ct).ConfigureAwait(false);
            _session = await ConnectAsync(server.Named(gate.SessionName), ct).ConfigureAwait(false);
            _turn?.Remember(_session.Connection.ProcessID);
            return _session;
        }
        catch (OpsException e)
        {
            _failure = e;
            throw;
        }
        catch (OperationCanceledException)
        {
            // A check may have less time than others; only together they say that nobody answers.
            if ((_waited += Stopwatch.GetElapsedTime(start)) < 0.9 * gate.Patience) throw;
            _failure = Silent("gave no answer a moment ago, and was not asked again");
            if (_turn is not null) _turn.Silence = database.Name;
            throw;
        }
    }

    /// <summary>Sees that the connection is free for the next check: a body that still holds it loses it.</summary>
    public async Task SettleAsync(Task body)
    {
        if (!body.IsCompleted) await Task.WhenAny(body, Task.Delay(Grace)).ConfigureAwait(false);
        if (body.IsCompleted || _session is not { } held) return;
        _session = null;
        _ = body.ContinueWith(_ => held.DisposeAsync().AsTask(), TaskScheduler.Default);
    }

    public async ValueTask DisposeAsync()
    {
        if (_session is { } session) await session.DisposeAsync().ConfigureAwait(false);
        _session = null;
        _turn?.Dispose();
        _turn = null;
    }

    private static async Task<PostgresSession> ConnectAsync(PostgresServer server, CancellationToken ct)
    {
        for (int attempt = 1; ; attempt++)
        {
            try { return await server.ConnectForQueriesAsync(ct).ConfigureAwait(false); }
            catch (OpsException e) when (attempt < Attempts && e.InnerException is PostgresException { SqlState: PostgresErrorCodes.TooManyConnections })
            {
                await Task.Delay(100, ct).ConfigureAwait(false);
            }
        }
    }

    private OpsException Silent(string what) => new("DatabaseUnreachable", OpsErrorCategory.ResourceUnavailable, $"{database.Name} {what}.",
        $"Does the server still work, and does databases.{database.Name} have the right host and port?", database.Name);
}
