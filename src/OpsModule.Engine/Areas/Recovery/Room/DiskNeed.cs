using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Connections.Postgres.Archives;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery.Archives;

namespace OpsModule.Engine.Areas.Recovery.Room;

/// <summary>How many bytes a restore takes on the server's disks, as far as that can be known before.</summary>
/// <remarks>
/// A row takes more than its text: a header, and an entry in each index. Where the table is there, live, its real size says how its rows lie,
/// compressed or bloated. Beside the tables there is the write-ahead log, which grows with what is written up to a limit.
/// </remarks>
internal sealed class DiskNeed(BackupRecord backup, ArchiveScope scope)
{
    private const long RowOverhead = 32, IndexEntry = 20, EmptyFile = 16 * 1024, NewDatabase = 8 << 20;

    /// <summary>A live table.</summary>
    internal sealed record LiveSize(double Rows, long Bytes);

    /// <summary>Bytes for the data, without the log.</summary>
    /// <param name="live">Live tables and materialized views with their sizes.</param>
    /// <param name="inTablespace">Which tablespace to count, or null for what lies in the database's own.</param>
    public long Data(IReadOnlyDictionary<(string Schema, string Table), LiveSize> live, string? inTablespace)
    {
        Dictionary<(string, string), int> indexes = Indexes();
        Dictionary<(string?, string), string?> places = [];
        foreach (ArchiveEntry entry in scope.Entries.Where(e => e.Description is "TABLE" or "MATERIALIZED VIEW")) places[(entry.Schema, entry.Tag)] = scope.TablespaceOf(entry);
        double sum = inTablespace is null && scope.Schema is null ? NewDatabase : 0;
        foreach (TableDigest table in backup.Tables.Where(t => scope.Schema is null || t.Schema == scope.Schema))
        {
            if (places.GetValueOrDefault((table.Schema, table.Table)) == inTablespace)
                sum += Table(table, indexes.GetValueOrDefault((table.Schema, table.Table)), live.GetValueOrDefault((table.Schema, table.Table)));
        }
        foreach (ArchiveEntry view in scope.Entries.Where(e => e.Description == "MATERIALIZED VIEW" && scope.TablespaceOf(e) == inTablespace))
            sum += live.GetValueOrDefault((view.Schema ?? "", view.Tag))?.Bytes ?? EmptyFile;
        return (long)(sum * 1.05);
    }

    /// <summary>Bytes by which the write-ahead log may grow while so much is written.</summary>
    public static async Task<long> LogAsync(NpgsqlConnection connection, long data, CancellationToken ct)
    {
        long limit = await connection.ScalarAsync<long>("SELECT pg_catalog.pg_size_bytes(pg_catalog.current_setting('max_wal_size'))", ct).ConfigureAwait(false), there;
        try { there = await connection.ScalarAsync<long>("SELECT coalesce(pg_catalog.sum(size), 0)::pg_catalog.int8 FROM pg_catalog.pg_ls_waldir()", ct).ConfigureAwait(false); }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege) { there = 0; }
        return Math.Max(0, Math.Min(data, limit) - there);
    }

    /// <summary>The sizes of live tables and materialized views, indexes and all; of one schema, or of all.</summary>
    public static async Task<Dictionary<(string, string), LiveSize>> LiveAsync(NpgsqlConnection connection, string? schema, CancellationToken ct) =>
        (await connection.ListAsync("""
            SELECT n.nspname, c.relname, c.reltuples::pg_catalog.float8, pg_catalog.pg_total_relation_size(c.oid)
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'm') AND n.nspname = coalesce($1::pg_catalog.text, n.nspname)
            """, r => (Name: (r.GetString(0), r.GetString(1)), Size: new LiveSize(r.GetDouble(2), r.IsDBNull(3) ? 0 : r.GetInt64(3))), ct, schema).ConfigureAwait(false))
        .ToDictionary(t => t.Name, t => t.Size);

    private static double Table(TableDigest table, int indexes, LiveSize? live)
    {
        double guess = EmptyFile * (indexes + 1) + table.Bytes + table.Rows * (double)(RowOverhead + indexes * IndexEntry);
        if (live is not { Rows: > 0, Bytes: > 0 }) return guess;
        // What is live may be bloated, or its number of rows long out of date: then the guess is the better one.
        return Math.Clamp(live.Bytes * (table.Rows / live.Rows), guess / 4, guess * 2);
    }

    private Dictionary<(string, string), int> Indexes()
    {
        var found = new Dictionary<(string, string), int>();
        foreach (ArchiveEntry entry in scope.Entries.Where(e => e.Description is "INDEX" or "CONSTRAINT"))
        {
            List<SqlToken> tokens = SqlTokens.Read(entry.Definition);
            int at = tokens.FindIndex(t => t.Is(entry.Description == "INDEX" ? "ON" : "TABLE")) + 1;
            if (at > 0 && at < tokens.Count && tokens[at].Is("ONLY")) at++;
            if (at > 0 && SqlTokens.QualifiedName(tokens, ref at) is { } table) found[table] = found.GetValueOrDefault(table) + 1;
        }
        return found;
    }
}
