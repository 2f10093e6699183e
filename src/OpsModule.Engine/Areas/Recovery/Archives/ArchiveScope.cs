using OpsModule.Connections.Postgres;
using OpsModule.Connections.Postgres.Archives;

namespace OpsModule.Engine.Areas.Recovery.Archives;

/// <summary>The part of an archive that is restored: all of it, or one schema.</summary>
/// <param name="Header">The archive.</param>
/// <param name="Schema">The schema, or null for all.</param>
internal sealed record ArchiveScope(ArchiveHeader Header, string? Schema)
{
    /// <summary>The schema that every database has from the beginning, so that archives of whole databases do not make it.</summary>
    public const string Public = "public";

    /// <summary>The encoding the archive's text is in.</summary>
    public string Encoding { get; } = ReadEncoding(Header);

    /// <summary>Everything goes where the database has its own: tablespaces and access methods of tables are left out.</summary>
    public bool NoTablespaces { get; init; }

    /// <summary>The entries that belong to it.</summary>
    public IEnumerable<ArchiveEntry> Entries => Schema is null ? Header.Entries : Header.Entries.Where(Contains);

    /// <summary>The entry that makes the schema; null where the archive has none.</summary>
    public ArchiveEntry? SchemaEntry => Entries.FirstOrDefault(e => e.Description == "SCHEMA");

    /// <summary>True when the schema is in the archive.</summary>
    public bool HoldsSchema => SchemaEntry is not null || (Schema == Public && Header.Entries.Any(e => e.Schema == Public));

    /// <summary>Entries with rows.</summary>
    public IEnumerable<ArchiveEntry> Tables => Entries.Where(e => e.Description == "TABLE DATA");

    /// <summary>The tablespace that an entry is put into; null for the database's own.</summary>
    public string? TablespaceOf(ArchiveEntry entry) => NoTablespaces ? null : entry.Tablespace;

    /// <summary>True when an entry belongs to it.</summary>
    public bool Contains(ArchiveEntry entry) => !Omitted.Contains(entry.DumpId) && (Schema is null || entry.Schema == Schema || IsOfSchemaItself(entry));

    /// <summary>Numbers of entries that are left out for now.</summary>
    public IReadOnlySet<int> Omitted { get; init; } = new HashSet<int>();

    /// <summary>The schema itself, its comment, its privileges; pg_restore --schema leaves them out.</summary>
    public bool IsOfSchemaItself(ArchiveEntry entry) => Schema is not null && entry.Schema is null && (entry.Description == "SCHEMA"
        ? entry.Tag == Schema
        : entry.Description is "COMMENT" or "ACL" or "SECURITY LABEL"
            && (entry.Tag == "SCHEMA " + Schema || entry.Tag == "SCHEMA " + SqlName.Quote(Schema)));

    private static string ReadEncoding(ArchiveHeader header)
    {
        string? definition = header.Entries.FirstOrDefault(e => e.Description == "ENCODING")?.Definition;
        List<SqlToken> tokens = SqlTokens.Read(definition ?? "");
        return tokens.Find(t => t.Text.StartsWith('\'')).Text is { } text ? text.Trim('\'') : "UTF8";
    }
}
