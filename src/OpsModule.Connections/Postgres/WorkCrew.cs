using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Npgsql;
using OpsModule.Connections.Postgres.Logins;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Postgres;

/// <summary>A piece of work that needs a connection of its own while it runs.</summary>
public delegate Task ConnectionWork(NpgsqlConnection connection, CancellationToken ct);

/// <summary>Runs pieces of work on several connections at once, in the order given. The failure of one stops the others and is the one that is told.</summary>
public sealed class WorkCrew(PostgresServer server, string? database, int connections)
{
    /// <summary>Told when the server has fewer connections left; the work is done on those that there are.</summary>
    public Action? Fewer { get; init; }

    /// <summary>Runs all work and waits until it has ended. Each connection takes the next piece when it has done one.</summary>
    /// <param name="work">The pieces, in the order in which they begin.</param>
    /// <param name="ct">Cancels all.</param>
    /// <exception cref="OpsException">What <see cref="PostgresServer.ConnectAsync"/> throws. What a piece throws, too.</exception>
    public async Task RunAsync(IEnumerable<ConnectionWork> work, CancellationToken ct)
    {
        var queue = new ConcurrentQueue<ConnectionWork>(work);
        var room = new ConnectionRoom(connections, Fewer);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        Task[] workers = [.. Enumerable.Range(0, connections).Select(_ => Task.Run(async () =>
        {
            try { await DrainAsync(queue, room, stop.Token).ConfigureAwait(false); }
            catch { stop.Cancel(); throw; }
        }, CancellationToken.None))];
        try { await Task.WhenAll(workers).ConfigureAwait(false); }
        catch (Exception) when (workers.Select(w => w.Exception?.InnerException).FirstOrDefault(e => e is not null and not OperationCanceledException) is { } cause)
        {
            ExceptionDispatchInfo.Throw(cause);
        }
    }

    private async Task DrainAsync(ConcurrentQueue<ConnectionWork> queue, ConnectionRoom room, CancellationToken ct)
    {
        if (queue.IsEmpty) return;
        NpgsqlConnection opened;
        try { opened = await server.ConnectAsync(ct, database).ConfigureAwait(false); }
        catch (OpsException e) when (room.GoesOnWithout(e)) { return; }
        await using NpgsqlConnection connection = opened;
        await CopySettings.ApplyAsync(connection, ct).ConfigureAwait(false);
        while (queue.TryDequeue(out ConnectionWork? next)) await next(connection, ct).ConfigureAwait(false);
    }
}
