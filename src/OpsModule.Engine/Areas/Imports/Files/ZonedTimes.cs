using OpsModule.Connections.Postgres;
using OpsModule.Connections.Postgres.Archives;

namespace OpsModule.Engine.Areas.Imports.Files;

/// <summary>
/// Whether times in an archive's rows are written in another zone than UTC. pg_dump writes them as its session shows them, and this module
/// reads them in
/// UTC: digests over the archive as it is would never be those of a restored table.
/// </summary>
internal sealed class ZonedTimes
{
    private static readonly string[] Kinds = ["with time zone", "timestamptz", "tstzrange", "tstzmultirange"];

    private readonly HashSet<(string? Schema, string Table)> _suspects;
    private readonly bool _all;

    /// <summary>Looks which tables may hold such times.</summary>
    public ZonedTimes(ArchiveHeader header)
    {
        _suspects = [.. header.Entries.Where(e => e.Description == "TABLE" && Names(e)).Select(e => (e.Schema, e.Tag))];
        // A type of the database's own may be in any table.
        _all = header.Entries.Any(e => e.Description is "TYPE" or "DOMAIN" && Names(e));
    }

    /// <summary>A table with one of another zone; null while there is none.</summary>
    public string? Found { get; private set; }

    /// <summary>Looks at rows of a table.</summary>
    public void Look(ArchiveEntry table, ReadOnlySpan<byte> rows)
    {
        if (Found is not null || !(_all || _suspects.Contains((table.Schema, table.Tag)))) return;
        if (HasOther(rows)) Found = $"{table.Schema}.{table.Tag}";
    }

    /// <summary>
    /// Looks for <c>:ss+hh</c>, <c>:ss.ffffff-hh:mm</c> and the like that do not end in <c>+00</c>. Text may look like that, too: then an
    /// archive is loaded that
    /// need not have been, and nothing else comes of it.
    /// </summary>
    public static bool HasOther(ReadOnlySpan<byte> rows)
    {
        for (int from = 0; rows[from..].IndexOf((byte)':') is var found and >= 0;)
        {
            int at = from + found + 1;
            from = at;
            if (!Digits(rows, at, 2)) continue;
            at += 2;
            if (at < rows.Length && rows[at] == '.') for (at++; at < rows.Length && char.IsAsciiDigit((char)rows[at]); at++) { }
            if (at >= rows.Length || rows[at] is not ((byte)'+' or (byte)'-') || !Digits(rows, at + 1, 2)) continue;
            bool utc = rows[at] == '+' && rows[at + 1] == '0' && rows[at + 2] == '0' && !(at + 3 < rows.Length && rows[at + 3] == ':');
            if (!utc) return true;
        }
        return false;
    }

    private static bool Digits(ReadOnlySpan<byte> rows, int at, int count)
    {
        for (int i = at; i < at + count; i++) if (i >= rows.Length || !char.IsAsciiDigit((char)rows[i])) return false;
        return true;
    }

    private static bool Names(ArchiveEntry entry) => Kinds.Any(k => entry.Definition.Contains(k, StringComparison.OrdinalIgnoreCase));
}
