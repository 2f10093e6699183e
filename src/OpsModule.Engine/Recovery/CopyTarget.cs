using OpsModule.Engine.Postgres;

namespace OpsModule.Engine.Recovery;

/// <summary>Where the rows of a TABLE DATA entry go, and in which columns.</summary>
/// <param name="Schema">The table's schema in the archive.</param>
/// <param name="Table">The table.</param>
/// <param name="Columns">The column list as SQL, with parentheses; empty when the table has no columns.</param>
internal sealed record CopyTarget(string Schema, string Table, string Columns)
{
    /// <summary>Reads the entry's <c>COPY schema.table (columns) FROM stdin;</c>.</summary>
    public static CopyTarget Of(ArchiveEntry entry)
    {
        string sql = entry.CopyStatement ?? throw Unexpected(entry);
        List<SqlToken> tokens = SqlTokens.Read(sql);
        int at = 1;
        if (tokens.Count < 6 || !tokens[0].Is("COPY") || SqlTokens.QualifiedName(tokens, ref at) is not var (schema, table)) throw Unexpected(entry);
        if (tokens[at].Is("FROM")) return new CopyTarget(schema, table, "");
        if (!tokens[at].Is("(")) throw Unexpected(entry);
        int close = tokens.FindIndex(at, t => t.Is(")"));
        return close < 0 ? throw Unexpected(entry) : new CopyTarget(schema, table, sql[tokens[at].Start..tokens[close].End]);
    }

    public string FromStdin(string schema, string encoding) => $"COPY {SqlName.Quote(schema, Table)} {Columns} FROM STDIN WITH (ENCODING {SqlName.Literal(encoding)})";

    public string ToStdout(string schema, string encoding) => $"COPY {SqlName.Quote(schema, Table)} {Columns} TO STDOUT WITH (ENCODING {SqlName.Literal(encoding)})";

    private static OpsException Unexpected(ArchiveEntry entry) => new("ArchiveUnreadable", OpsErrorCategory.InvalidData,
        $"Entry {entry.DumpId} ({entry.Schema}.{entry.Tag}) of the archive has no COPY statement: it was not dumped with rows in COPY form.",
        "Make the backup with Backup-OpsDatabase.", entry.Tag);
}
