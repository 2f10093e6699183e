using OpsModule.Connections.Postgres;
using OpsModule.Connections.Postgres.Archives;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Recovery.Archives;

/// <summary>Where the rows of a TABLE DATA entry go, and in which columns.</summary>
/// <param name="Schema">The table's schema in the archive.</param>
/// <param name="Table">The table.</param>
/// <param name="Columns">The column list as SQL, with parentheses; empty when the table has no columns.</param>
/// <param name="Source">
/// The table whose rows they were, which the manifest names. It is another one where pg_dump lets the root of partitions sort the rows anew,
/// because the server may hash them differently.
/// </param>
internal sealed record CopyTarget(string Schema, string Table, string Columns, (string Schema, string Table) Source)
{
    /// <summary>True when the rows go through the root of the partitions and may end up in another one than they came from.</summary>
    public bool ViaRoot => Source != (Schema, Table);

    /// <summary>Reads the entry's <c>COPY schema.table (columns) FROM stdin;</c>.</summary>
    public static CopyTarget Of(ArchiveEntry entry)
    {
        string sql = entry.CopyStatement ?? throw Unexpected(entry);
        List<SqlToken> tokens = SqlTokens.Read(sql);
        int at = 1;
        (string, string) source = (entry.Schema ?? "", entry.Tag);
        if (tokens.Count < 6 || !tokens[0].Is("COPY") || SqlTokens.QualifiedName(tokens, ref at) is not var (schema, table)) throw Unexpected(entry);
        if (tokens[at].Is("FROM")) return new CopyTarget(schema, table, "", source);
        if (!tokens[at].Is("(")) throw Unexpected(entry);
        int close = tokens.FindIndex(at, t => t.Is(")"));
        return close < 0 ? throw Unexpected(entry) : new CopyTarget(schema, table, sql[tokens[at].Start..tokens[close].End], source);
    }

    public string FromStdin(string schema, string encoding) => $"COPY {SqlName.Quote(schema, Table)} {Columns} FROM STDIN WITH (ENCODING {SqlName.Literal(encoding)})";

    /// <summary>Reads the table itself, never through the root.</summary>
    public string ToStdout(string schema, string encoding) => $"COPY {SqlName.Quote(schema, Source.Table)} {Columns} TO STDOUT WITH (ENCODING {SqlName.Literal(encoding)})";

    private static OpsException Unexpected(ArchiveEntry entry) => new("ArchiveUnreadable", OpsErrorCategory.InvalidData,
        $"Entry {entry.DumpId} ({entry.Schema}.{entry.Tag}) of the archive has no COPY statement: it was not dumped with rows in COPY form.",
        "Make the backup with Backup-OpsDatabase.", entry.Tag);
}
