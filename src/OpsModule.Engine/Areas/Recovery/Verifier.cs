using System.Collections.Concurrent;
using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Recovery.Archives;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Recovery;

/// <summary>Reads tables back from the server and compares rows and digests with the manifest.</summary>
internal sealed class Verifier(PostgresServer server, string? database, Func<string, string> placeOf, string encoding, int connections)
{
    private const int BufferSize = 1 << 20;

    /// <summary>What the loader says of partitions whose columns lie in another order than those of the others.</summary>
    public IReadOnlyDictionary<(string Schema, string Table), TableDigest> Reordered { get; init; } = new Dictionary<(string, string), TableDigest>();

    /// <summary>Told when the server has fewer connections left.</summary>
    public Action? Fewer { get; init; }

    /// <summary>The error for tables that differ.</summary>
    public static OpsException Mismatch(string backup, IReadOnlyList<TableDifference> differences, string where) => new("RestoreMismatch",
        OpsErrorCategory.InvalidData,
        $"{where} differs from the manifest of backup {backup}: {TableDifference.Describe(differences)}.",
        "Nothing live was changed. Restore another backup, and examine this one with Test-OpsBackup.", backup);

    /// <summary>Reads all tables back, several at a time, biggest first; then does what else there is to do on the same connections.</summary>
    public async Task<IReadOnlyList<TableDigest>> ReadAsync(IReadOnlyList<CopyTarget> tables, IReadOnlyList<TableDigest> loaded,
        IEnumerable<ConnectionWork> afterwards, CancellationToken ct)
    {
        Dictionary<(string, string), long> bytes = loaded.ToDictionary(s => (s.Schema, s.Table), s => s.Bytes);
        IReadOnlyDictionary<(string Schema, string Table), ColumnOrder> orders = ColumnOrder.Of(tables);
        tables = [.. tables.Select(t => orders.TryGetValue(t.Source, out ColumnOrder? order) ? t with { Columns = order.Columns } : t)];
        var found = new ConcurrentBag<TableDigest>();
        IEnumerable<ConnectionWork> reading = tables.OrderByDescending(t => bytes.GetValueOrDefault(t.Source))
            .Select<CopyTarget, ConnectionWork>(table => async (connection, token) => found.Add(await ReadTableAsync(connection, table, token).ConfigureAwait(false)));
        try { await new WorkCrew(server, database, connections) { Fewer = Fewer }.RunAsync(reading.Concat(afterwards), ct)
            .ConfigureAwait(false); }
        catch (PostgresException e) { throw PostgresErrors.Statement(e, "Reading the restored rows back", null); }
        return JoinPartitions(tables, loaded, found);
    }

    /// <summary>
    /// Rows that went through the root of their partitions may be in others than before. Together they must be what was loaded; then each
    /// partition counts as what was loaded of it.
    /// </summary>
    private IReadOnlyList<TableDigest> JoinPartitions(IReadOnlyList<CopyTarget> tables, IReadOnlyList<TableDigest> loaded, IEnumerable<TableDigest> found)
    {
        Dictionary<(string, string), TableDigest> read = found.ToDictionary(t => (t.Schema, t.Table)), sent = loaded.ToDictionary(t => (t.Schema, t.Table));
        foreach (IGrouping<(string, string), CopyTarget> root in tables.Where(t => t.ViaRoot).GroupBy(t => (t.Schema, t.Table)))
        {
            if (Sum(root.Select(p => read[p.Source])) != Sum(root.Select(p => Reordered.GetValueOrDefault(p.Source) ?? sent[p.Source]))) continue;
            foreach (CopyTarget partition in root) read[partition.Source] = sent[partition.Source];
        }
        return [.. read.Values];
    }

    private static (long, string) Sum(IEnumerable<TableDigest> partitions)
    {
        var sum = new RowDigest();
        foreach (TableDigest partition in partitions) sum.Add(partition);
        return (sum.Rows, sum.ToString());
    }

    private async Task<TableDigest> ReadTableAsync(NpgsqlConnection connection, CopyTarget table, CancellationToken ct)
    {
        var digest = new RowDigest();
        using TextReader reader = await connection.BeginTextExportAsync(table.ToStdout(placeOf(table.Source.Schema), encoding), ct).ConfigureAwait(false);
        Stream stream = ((StreamReader)reader).BaseStream;
        byte[] buffer = new byte[BufferSize];
        int kept = 0;
        while (await stream.ReadAsync(buffer.AsMemory(kept), ct).ConfigureAwait(false) is var read and > 0)
        {
            kept += read;
            // The server sends a row at a time; a full buffer is digested at once.
            if (buffer.Length - kept > BufferSize / 8) continue;
            kept = Digest(digest, ref buffer, kept);
        }
        digest.Append(buffer.AsSpan(0, kept));
        return digest.ForTable(table.Source.Schema, table.Source.Table);
    }

    private static int Digest(RowDigest digest, ref byte[] buffer, int kept)
    {
        int whole = buffer.AsSpan(0, kept).LastIndexOf((byte)'\n') + 1;
        if (whole == 0)
        {
            Array.Resize(ref buffer, buffer.Length * 2);
            return kept;
        }
        digest.Append(buffer.AsSpan(0, whole));
        buffer.AsSpan(whole, kept - whole).CopyTo(buffer);
        return kept - whole;
    }
}
