using System.Collections.Concurrent;
using Npgsql;
using OpsModule.Engine.Postgres;

namespace OpsModule.Engine.Recovery;

/// <summary>Reads tables back from the server and compares rows and digests with the manifest.</summary>
internal sealed class Verifier(PostgresServer server, string? database, Func<string, string> placeOf, string encoding, int connections)
{
    private const int BufferSize = 1 << 20;

    /// <summary>The error for tables that differ.</summary>
    public static OpsException Mismatch(string backup, IReadOnlyList<TableDifference> differences, string where) => new("RestoreMismatch",
        OpsErrorCategory.InvalidData,
        $"{where} differs from the manifest of backup {backup}: {TableDifference.Describe(differences)}.",
        "Nothing live was changed. Restore another backup, and examine this one with Test-OpsBackup.", backup);

    /// <summary>Reads all tables back, several at a time, biggest first.</summary>
    public async Task<IReadOnlyList<TableDigest>> ReadAsync(IReadOnlyList<CopyTarget> tables, IReadOnlyList<TableDigest> sizes, CancellationToken ct)
    {
        Dictionary<(string, string), long> bytes = sizes.ToDictionary(s => (s.Schema, s.Table), s => s.Bytes);
        var work = new ConcurrentQueue<CopyTarget>(tables.OrderByDescending(t => bytes.GetValueOrDefault((t.Schema, t.Table))));
        var found = new ConcurrentBag<TableDigest>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        async Task WorkAsync()
        {
            if (work.IsEmpty) return;
            await using NpgsqlConnection connection = await server.ConnectAsync(stop.Token, database).ConfigureAwait(false);
            await CopySettings.ApplyAsync(connection, stop.Token).ConfigureAwait(false);
            while (work.TryDequeue(out CopyTarget? table)) found.Add(await ReadTableAsync(connection, table, stop.Token).ConfigureAwait(false));
        }
        Task[] workers = [.. Enumerable.Range(0, connections).Select(_ => Task.Run(async () =>
        {
            try { await WorkAsync().ConfigureAwait(false); }
            catch { stop.Cancel(); throw; }
        }, CancellationToken.None))];
        try { await Task.WhenAll(workers).ConfigureAwait(false); }
        catch (Exception) when (workers.FirstOrDefault(w => w.Exception?.InnerException is not null and not OperationCanceledException) is { } failed)
        {
            Exception cause = failed.Exception!.InnerException!;
            throw RestoreErrors.Translate(cause, "Reading the restored rows back", null) ?? cause;
        }
        return [.. found];
    }

    private async Task<TableDigest> ReadTableAsync(NpgsqlConnection connection, CopyTarget table, CancellationToken ct)
    {
        var digest = new RowDigest();
        using TextReader reader = await connection.BeginTextExportAsync(table.ToStdout(placeOf(table.Schema), encoding), ct).ConfigureAwait(false);
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
        return digest.ForTable(table.Schema, table.Table);
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
