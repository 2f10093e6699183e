namespace OpsModule.Engine.Postgres;

/// <summary>One entry of a custom-format archive's table of contents.</summary>
/// <param name="DumpId">Its number in the archive (the one in <c>pg_restore --list</c>).</param>
/// <param name="Tag">The object's name.</param>
/// <param name="Description">Its kind, for example <c>TABLE DATA</c>.</param>
/// <param name="Section">1 none, 2 pre-data, 3 data, 4 post-data.</param>
/// <param name="Schema">The object's schema, or null.</param>
/// <param name="Owner">The owning role, or null.</param>
/// <param name="Definition">The SQL that makes it; empty for data.</param>
/// <param name="CopyStatement">The COPY statement of a TABLE DATA entry.</param>
/// <param name="Dependencies">Numbers of the entries it depends on.</param>
public sealed record ArchiveEntry(int DumpId, string Tag, string Description, int Section, string? Schema, string? Owner,
    string Definition, string? CopyStatement, IReadOnlyList<int> Dependencies);

/// <summary>Header and table of contents of an archive.</summary>
/// <param name="FormatVersion">The archive format, for example 1.14.</param>
/// <param name="Database">The dumped database.</param>
/// <param name="ServerVersion">The dumped server's version.</param>
/// <param name="ToolVersion">pg_dump's version.</param>
/// <param name="Entries">All entries in archive order.</param>
/// <param name="RawBytes">The bytes up to the first data block: enough for <c>pg_restore --list</c> and <c>--section=pre-data|post-data</c>.</param>
public sealed record ArchiveHeader(Version FormatVersion, string Database, string ServerVersion, string ToolVersion,
    IReadOnlyList<ArchiveEntry> Entries, ReadOnlyMemory<byte> RawBytes);

/// <summary>Reads an uncompressed custom-format archive (pg_dump -Fc -Z0, format 1.12 to 1.16) forward only.</summary>
public sealed class ArchiveReader(Stream source)
{
    /// <summary>Reads the header and the table of contents. Call once, first.</summary>
    /// <exception cref="OpsException"><c>ArchiveUnreadable</c>.</exception>
    public Task<ArchiveHeader> ReadHeaderAsync(CancellationToken cancellationToken) => throw new NotImplementedException($"{source}{cancellationToken}");

    /// <summary>Moves to the next data block; null at the archive's end. A block not read is skipped.</summary>
    public Task<ArchiveEntry?> NextBlockAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>
    /// Hands over the rows of a TABLE DATA block in COPY text form: each call of <paramref name="sink"/> gets whole rows
    /// (about 1 MiB), each ended by a line feed, without the closing <c>\.</c> line. The memory is reused after the sink returns.
    /// </summary>
    public Task ReadRowsAsync(Func<ReadOnlyMemory<byte>, ValueTask> sink, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Hands over the large objects of a BLOBS block: object id, then its bytes in pieces.</summary>
    public Task ReadLargeObjectsAsync(Func<uint, ReadOnlyMemory<byte>, ValueTask> sink, CancellationToken cancellationToken) => throw new NotImplementedException();
}
