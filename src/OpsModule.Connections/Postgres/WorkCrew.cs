using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Npgsql;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Postgres;

/// <summary>A piece of work that needs a connection of its own while it runs.</summary>
public delegate Task ConnectionWork(NpgsqlConnection connection, CancellationToken ct);

/// <summary>Runs pieces of work on several connections at once, in the order given. The failure of one stops the others and is the one that is told.</summary>
public sealed class WorkCrew(PostgresServer server, string? database, int connections)
{
    /// <summary>Runs all work and waits until it has ended. Each connection takes the next piece when it has done one.</summary>
    /// <param name="work">The pieces, in the order in which they begin.</param>
    /// <param name="ct">Cancels all.</param>
    /// <exception cref="OpsException">What <see cref="PostgresServer.ConnectAsync"/> throws. What a piece throws, too.</exception>
    public async Task RunAsync(IEnumerable<ConnectionWork> work, CancellationToken ct)
    {
        var queue = new ConcurrentQueue<ConnectionWork>(work);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        Task[] workers = [.. Enumerable.Range(0, connections).Select(_ => Task.Run(async () =>
        {
            try { await DrainAsync(queue, stop.Token).ConfigureAwait(false); }
            catch { stop.Cancel(); throw; }
        }, CancellationToken.None))];
        try { await Task.WhenAll(workers).ConfigureAwait(false); }
        catch (Exception) when (workers.Select(w => w.Exception?.InnerException).FirstOrDefault(e => e is not null and not OperationCanceledException) is { } cause)
        {
            ExceptionDispatchInfo.Throw(cause);
        }
    }

    private async Task DrainAsync(ConcurrentQueue<ConnectionWork> queue, CancellationToken ct)
    {
        if (queue.IsEmpty) return;
        await using NpgsqlConnection connection = await server.ConnectAsync(ct, database).ConfigureAwait(false);
        await CopySettings.ApplyAsync(connection, ct).ConfigureAwait(false);
        while (queue.TryDequeue(out ConnectionWork? next)) await next(connection, ct).ConfigureAwait(false);
    }
}
