using System.Buffers;
using System.Threading.Channels;
using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Connections.Postgres.Archives;
using OpsModule.Connections.Postgres.Logins;
using OpsModule.Engine.Areas.Recovery.Archives;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Recovery;

/// <summary>
/// Loads the rows of an archive, read forward once, over several connections: chunks of whole rows go to whichever connection is
/// free, so that one big table loads in parallel too. Memory stays flat, because the queue is bounded. Rows are digested as they go in.
/// A table whose rows call functions waits until all before it are committed.
/// </summary>
internal sealed class DataLoader(PostgresServer server, string? database, Func<string, string> placeOf, string encoding, int connections)
{
    /// <summary>As whom tables are loaded that extensions have made, which the archive does not make: they belong to whoever made the extension.</summary>
    public PostgresServer? OfExtensions { get; init; }

    /// <summary>Told when the server has fewer connections left.</summary>
    public Action? Fewer { get; init; }

    private sealed record Chunk(CopyTarget Target, byte[] Buffer, int Length);

    /// <summary>Bytes of rows taken so far, for progress.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);
    private long _bytes;

    /// <summary>Digests of partitions in an order of columns that they share with the others of their root, where theirs differ.</summary>
    public IReadOnlyDictionary<(string Schema, string Table), TableDigest> Reordered { get; private set; } = new Dictionary<(string, string), TableDigest>();

    private IReadOnlyDictionary<(string Schema, string Table), ColumnOrder> _orders = new Dictionary<(string, string), ColumnOrder>();
    private readonly Dictionary<(string Schema, string Table), RowDigest> _reordered = [];
    private HashSet<(string Schema, string Table)> _made = [];

    /// <summary>Loads all wanted tables and returns what was loaded; large objects are left to <paramref name="largeObjects"/>.</summary>
    public async Task<IReadOnlyList<TableDigest>> LoadAsync(ArchiveReader archive, ArchiveScope scope,
        Func<ArchiveEntry, Task>? largeObjects, CancellationToken ct)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        _made = [.. scope.Header.Entries.Where(e => e.Description is "TABLE" or "FOREIGN TABLE" or "MATERIALIZED VIEW").Select(e => (e.Schema ?? "", e.Tag))];
        _orders = ColumnOrder.Of(scope.Tables.Select(CopyTarget.Of));
        foreach ((string, string) partition in _orders.Keys) _reordered[partition] = new RowDigest();
        HashSet<int> ordered = OrderedTables.Of(scope.Header);
        var order = new List<CopyTarget>();
        var parts = new List<Dictionary<CopyTarget, RowDigest>>();
        bool alone = false;
        Round round = Begin(stop);
        try
        {
            while (await archive.NextBlockAsync(stop.Token).ConfigureAwait(false) is { } entry)
            {
                if (!scope.Contains(entry)) continue;
                if (entry.Description == "TABLE DATA")
                {
                    bool waits = entry.Dependencies.Any(ordered.Contains);
                    if (waits || alone) round = await NextAsync(round, parts, stop).ConfigureAwait(false);
                    alone = waits;
                    CopyTarget target = CopyTarget.Of(entry);
                    order.Add(target);
                    await archive.ReadRowsAsync(rows => SendAsync(round.Queue.Writer, target, rows, stop.Token), stop.Token).ConfigureAwait(false);
                }
                else if (largeObjects is not null)
                {
                    await largeObjects(entry).ConfigureAwait(false);
                }
            }
            parts.AddRange(await round.EndAsync().ConfigureAwait(false));
        }
        catch (Exception e)
        {
            // A worker that failed has stopped the reading; its error is the one to tell.
            stop.Cancel();
            round.Queue.Writer.TryComplete();
            OpsException? cause = await FirstFailureAsync(round.Workers).ConfigureAwait(false);
            ct.ThrowIfCancellationRequested();
            if (cause is not null && e is OperationCanceledException) throw cause;
            throw;
        }
        Reordered = _reordered.ToDictionary(r => r.Key, r => r.Value.ForTable(r.Key.Schema, r.Key.Table));
        return Sum(order, parts);
    }

    /// <summary>Tables that are loaded at the same time, until all of them are committed.</summary>
    private sealed record Round(Channel<Chunk> Queue, Task<Dictionary<CopyTarget, RowDigest>>[] Workers)
    {
        public Task<Dictionary<CopyTarget, RowDigest>[]> EndAsync()
        {
            Queue.Writer.Complete();
            return Task.WhenAll(Workers);
        }
    }

    private Round Begin(CancellationTokenSource stop)
    {
        var queue = Channel.CreateBounded<Chunk>(connections * 2);
        var room = new ConnectionRoom(connections, Fewer);
        return new Round(queue, [.. Enumerable.Range(0, connections).Select(_ =>
            Task.Run(() => WorkAsync(queue.Reader, room, stop), CancellationToken.None))]);
    }

    private async Task<Round> NextAsync(Round round, List<Dictionary<CopyTarget, RowDigest>> parts, CancellationTokenSource stop)
    {
        parts.AddRange(await round.EndAsync().ConfigureAwait(false));
        return Begin(stop);
    }

    private static List<TableDigest> Sum(List<CopyTarget> order, List<Dictionary<CopyTarget, RowDigest>> parts)
    {
        var sums = new List<TableDigest>();
        foreach (CopyTarget target in order)
        {
            var sum = new RowDigest();
            foreach (Dictionary<CopyTarget, RowDigest> part in parts) if (part.TryGetValue(target, out RowDigest? digest)) sum.Add(digest);
            sums.Add(sum.ForTable(target.Source.Schema, target.Source.Table));
        }
        return sums;
    }

    private async ValueTask SendAsync(ChannelWriter<Chunk> queue, CopyTarget target, ReadOnlyMemory<byte> rows, CancellationToken ct)
    {
        if (rows.Length == 0) return;
        Interlocked.Add(ref _bytes, rows.Length);
        if (_orders.TryGetValue(target.Source, out ColumnOrder? columns)) columns.Append(rows.Span, _reordered[target.Source]);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(rows.Length);
        rows.CopyTo(buffer);
        await queue.WriteAsync(new Chunk(target, buffer, rows.Length), ct).ConfigureAwait(false);
    }

    private async Task<Dictionary<CopyTarget, RowDigest>> WorkAsync(ChannelReader<Chunk> queue, ConnectionRoom room,
        CancellationTokenSource stop)
    {
        var digests = new Dictionary<CopyTarget, RowDigest>();
        CopyTarget? current = null;
        try
        {
            await using var sessions = new LoadSessions(server, OfExtensions ?? server, database);
            CopyIn? copy = null;
            if (!await JoinAsync(sessions, queue, room, stop.Token).ConfigureAwait(false)) return digests;
            await foreach (Chunk chunk in queue.ReadAllAsync(stop.Token).ConfigureAwait(false))
            {
                if (current != chunk.Target)
                {
                    if (copy is not null) await copy.CompleteAsync().ConfigureAwait(false);
                    current = chunk.Target;
                    NpgsqlConnection connection = await sessions.OpenAsync(_made.Contains((current.Schema, current.Table)), stop.Token).ConfigureAwait(false);
                    copy = await CopyIn.BeginAsync(connection, current.FromStdin(placeOf(current.Schema), encoding), stop.Token).ConfigureAwait(false);
                }
                if (!digests.TryGetValue(current, out RowDigest? digest)) digests[current] = digest = new RowDigest();
                digest.Append(chunk.Buffer.AsSpan(0, chunk.Length));
                await copy!.WriteAsync(chunk.Buffer.AsMemory(0, chunk.Length), stop.Token).ConfigureAwait(false);
                ArrayPool<byte>.Shared.Return(chunk.Buffer);
            }
            if (copy is not null) await copy.CompleteAsync().ConfigureAwait(false);
            return digests;
        }
        catch (Exception e)
        {
            bool cancelled = stop.IsCancellationRequested;
            stop.Cancel();
            // As cancelled, not as broken: what another connection was told is the error to tell, whichever of them ends first.
            if (cancelled && e is not PostgresException) throw e as OperationCanceledException ?? new OperationCanceledException(e.Message, e, stop.Token);
            throw e switch
            {
                PostgresException p when RestoreErrors.Translate(p, $"Loading {current?.Schema}.{current?.Table}", current?.Table) is { ErrorId: not "StatementFailed" } known => known,
                PostgresException p => new OpsException("LoadFailed", OpsErrorCategory.InvalidData,
                    $"Loading {current?.Schema}.{current?.Table} failed: {p.MessageText} (SQLSTATE {p.SqlState}).",
                    "Mend what the server reports; nothing live was changed.", current?.Table, e),
                NpgsqlException or IOException => new OpsException("DatabaseUnreachable", OpsErrorCategory.ResourceUnavailable,
                    $"The connection to the server broke while {current?.Schema}.{current?.Table} was loaded: {e.Message}",
                    "Check the server; nothing live was changed.", current?.Table, e),
                OpsException ours => ours,
                _ => new OpsException("LoadFailed", OpsErrorCategory.WriteError, $"Loading {current?.Table} failed: {e.Message}",
                    "Run the command again; nothing live was changed.", current?.Table, e),
            };
        }
    }

    /// <summary>A worker has its session before it takes rows from the queue, which nobody else could load then.</summary>
    private static async Task<bool> JoinAsync(LoadSessions sessions, ChannelReader<Chunk> queue, ConnectionRoom room, CancellationToken ct)
    {
        if (!await queue.WaitToReadAsync(ct).ConfigureAwait(false)) return false;
        try { await sessions.OpenAsync(isMadeByArchive: true, ct).ConfigureAwait(false); }
        catch (OpsException e) when (room.GoesOnWithout(e)) { return false; }
        return true;
    }

    private static async Task<OpsException?> FirstFailureAsync(Task[] workers)
    {
        OpsException? first = null;
        foreach (Task worker in workers)
        {
            try { await worker.ConfigureAwait(false); }
            catch (OpsException e) { first ??= e; }
            catch (Exception) { /* stopped because another one failed */ }
        }
        return first;
    }
}
