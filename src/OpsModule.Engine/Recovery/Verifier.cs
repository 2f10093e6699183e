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

    /// <summary>Reads all tables back, several at a time, biggest first; then does what else there is to do on the same connections.</summary>
    public async Task<IReadOnlyList<TableDigest>> ReadAsync(IReadOnlyList<CopyTarget> tables, IReadOnlyList<TableDigest> sizes,
        IEnumerable<ConnectionWork> afterwards, CancellationToken ct)
    {
        Dictionary<(string, string), long> bytes = sizes.ToDictionary(s => (s.Schema, s.Table), s => s.Bytes);
        var found = new ConcurrentBag<TableDigest>();
        IEnumerable<ConnectionWork> reading = tables.OrderByDescending(t => bytes.GetValueOrDefault((t.Schema, t.Table)))
            .Select<CopyTarget, ConnectionWork>(table => async (connection, token) => found.Add(await ReadTableAsync(connection, table, token).ConfigureAwait(false)));
        try { await new WorkCrew(server, database, connections).RunAsync(reading.Concat(afterwards), ct).ConfigureAwait(false); }
        catch (PostgresException e) { throw PostgresErrors.Statement(e, "Reading the restored rows back", null); }
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
