namespace OpsModule.Connections.Postgres.Archives;

/// <summary>One entry of a custom-format archive's table of contents.</summary>
/// <param name="DumpId">Its number in the archive (the one in <c>pg_restore --list</c>).</param>
/// <param name="Tag">The object's name.</param>
/// <param name="Description">Its kind, for example <c>TABLE DATA</c>.</param>
/// <param name="Section">1 none, 2 pre-data, 3 data, 4 post-data.</param>
/// <param name="Schema">The object's schema, or null.</param>
/// <param name="Owner">The owning role, or null.</param>
/// <param name="Definition">The SQL that makes it; empty for data.</param>
/// <param name="CopyStatement">The COPY statement of a TABLE DATA entry.</param>
/// <param name="HasData">True when a data block belongs to it.</param>
/// <param name="Dependencies">Numbers of the entries it depends on.</param>
public sealed record ArchiveEntry(int DumpId, string Tag, string Description, int Section, string? Schema, string? Owner,
    string Definition, string? CopyStatement, bool HasData, IReadOnlyList<int> Dependencies)
{
    /// <summary>The tablespace it lies in, or null for the database's own.</summary>
    public string? Tablespace { get; init; }

    /// <summary>The table access method it is made with, or null where that does not apply or the archive does not say.</summary>
    public string? AccessMethod { get; init; }

    /// <summary>The file with its data, of a tar or directory archive; null where it has none.</summary>
    public string? File { get; init; }
}

/// <summary>How an archive keeps its data; the numbers are pg_dump's.</summary>
public enum ArchiveFormat
{
    /// <summary>One file that is read forward.</summary>
    Custom = 1,
    /// <summary>A tar file.</summary>
    Tar = 3,
    /// <summary>A folder of files.</summary>
    Directory = 5,
}

/// <summary>How an archive's data is compressed inside; the numbers are pg_dump's.</summary>
public enum ArchiveCompression
{
    /// <summary>Not at all.</summary>
    None,
    /// <summary>With zlib.</summary>
    Gzip,
    /// <summary>With LZ4, which this module does not read.</summary>
    Lz4,
    /// <summary>With zstd.</summary>
    Zstd,
}

/// <summary>Header and table of contents of an archive.</summary>
/// <param name="FormatVersion">The archive format, for example 1.14.</param>
/// <param name="Database">The dumped database.</param>
/// <param name="ServerVersion">The dumped server's version.</param>
/// <param name="ToolVersion">pg_dump's version.</param>
/// <param name="Entries">All entries in archive order.</param>
/// <param name="IntSize">Bytes of a number in this archive, without its sign.</param>
/// <param name="RawBytes">
/// The bytes up to the first data block: enough for <c>pg_restore --list</c> and <c>--section=pre-data|post-data</c>. They say that
/// the data is not compressed, and not where it is: so an archive that is written again begins.
/// </param>
public sealed record ArchiveHeader(Version FormatVersion, string Database, string ServerVersion, string ToolVersion,
    IReadOnlyList<ArchiveEntry> Entries, int IntSize, ReadOnlyMemory<byte> RawBytes)
{
    /// <summary>Entries whose names are no text in the encoding that the archive says it has; what is read of them is a guess.</summary>
    public IReadOnlyList<string> GuessedNames { get; init; } = [];

    /// <summary>How it keeps its data.</summary>
    public ArchiveFormat Format { get; init; } = ArchiveFormat.Custom;

    /// <summary>How its data is compressed.</summary>
    public ArchiveCompression Compression { get; init; }

    /// <summary>When it was made, by the clock on the wall where pg_dump ran; null where that is no time.</summary>
    public DateTime? MadeAt { get; init; }
}
