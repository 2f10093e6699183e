using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Connections.Postgres.Archives;
using OpsModule.Engine.Areas.Recovery.Archives;

namespace OpsModule.Engine.Areas.Recovery.Archives;

/// <summary>
/// Functions of the database's own users that the server calls while rows of an archive are loaded: in checks, generated columns, keys of
/// partitions and domains. Built-in functions and those of extensions are none of theirs.
/// </summary>
internal static class RowCode
{
    // Of functions that the archive does not hold: whether somebody other than an extension has made them.
    private const string OutsideSql = """
        SELECT DISTINCT p.proname::text FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) w (space, name)
        JOIN pg_catalog.pg_namespace n ON n.nspname = w.space JOIN pg_catalog.pg_proc p ON p.pronamespace = n.oid AND p.proname = w.name
        WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
            WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid AND d.deptype = 'e')
        """;

    // A domain outside the archive may have a check that calls anything.
    private const string DomainSql = """
        SELECT t.typname::text FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) w (space, name)
        JOIN pg_catalog.pg_namespace n ON n.nspname = w.space
        JOIN pg_catalog.pg_type t ON t.typnamespace = n.oid AND t.typname = w.name AND t.typtype = 'd'
        JOIN pg_catalog.pg_constraint k ON k.contypid = t.oid
        JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND d.objid = k.oid
            AND d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass
        WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.classid = d.refclassid AND e.objid = d.refobjid AND e.deptype = 'e')
        """;

    /// <summary>The tables and domains whose rows call such functions, with their schemas.</summary>
    /// <param name="scope">What is restored.</param>
    /// <param name="live">The database that it is restored into, where functions outside a tenant's schema are; null for a whole archive.</param>
    /// <param name="ct">Cancels.</param>
    public static async Task<IReadOnlyList<string>> FindAsync(ArchiveScope scope, NpgsqlConnection? live, CancellationToken ct)
    {
        HashSet<(string, string)> own = [.. scope.Header.Entries.Where(e => e.Description is "FUNCTION" or "AGGREGATE" or "OPERATOR")
            .Select(e => (e.Schema ?? "", NameOf(e)))];
        HashSet<(string, string)> domains = [.. scope.Header.Entries.Where(e => e.Description == "DOMAIN").Select(e => (e.Schema ?? "", e.Tag))];
        var found = new SortedSet<string>(StringComparer.Ordinal);
        var outside = new List<(string On, (string Schema, string Name) Called, bool IsType)>();
        foreach (ArchiveEntry entry in scope.Entries.Where(e => e.Description is "TABLE" or "DOMAIN" or "CHECK CONSTRAINT"))
        {
            string on = $"{entry.Schema}.{(entry.Description == "CHECK CONSTRAINT" ? entry.Tag.Split(' ')[0] : entry.Tag)}";
            List<SqlToken> tokens = SqlTokens.Read(entry.Definition);
            StructureStatement? statement = entry.Description == "CHECK CONSTRAINT" ? null
                : StructureStatement.Read(entry.Definition, tokens);
            foreach ((string Schema, string Name) called in Calls(tokens, statement, entry.Description == "CHECK CONSTRAINT"))
            {
                if (own.Contains(called)) found.Add(on);
                else outside.Add((on, called, false));
            }
            if (entry.Description == "TABLE")
                outside.AddRange(Types(statement).Where(t => !domains.Contains(t)).Select(t => (on, t, true)));
        }
        if (live is null || outside.Count == 0) return [.. found];
        foreach ((bool isType, string sql) in new[] { (false, OutsideSql), (true, DomainSql) })
        {
            var asked = outside.Where(o => o.IsType == isType).ToList();
            if (asked.Count == 0) continue;
            HashSet<string> names = [.. await live.NamesAsync(sql, ct, asked.Select(o => o.Called.Schema).ToArray(),
                asked.Select(o => o.Called.Name).ToArray()).ConfigureAwait(false)];
            found.UnionWith(asked.Where(o => names.Contains(o.Called.Name)).Select(o => o.On));
        }
        return [.. found];
    }

    /// <summary>A function's entry is tagged with its arguments, an operator's is not.</summary>
    private static string NameOf(ArchiveEntry entry)
    {
        string name = entry.Tag.IndexOf('(') is var at and > 0 && entry.Description != "OPERATOR" ? entry.Tag[..at] : entry.Tag;
        return name.Length > 1 && name[0] == '"' && name[^1] == '"' ? name[1..^1].Replace("\"\"", "\"") : name;
    }

    private static IEnumerable<(string Schema, string Name)> Calls(List<SqlToken> tokens, StructureStatement? statement, bool isCheck)
    {
        if (isCheck) return In(tokens, from: 6);
        if (statement is null) return [];
        IEnumerable<(string, string)> called = statement.Elements.Where(e => e.IsCheck || e.IsGenerated).SelectMany(e => In(e.Tokens, 0));
        int keys = tokens.FindLastIndex(t => t.Is("PARTITION"));
        return keys > 0 && keys + 1 < tokens.Count && tokens[keys + 1].Is("BY") ? called.Concat(In(tokens, keys)) : called;
    }

    /// <summary><c>schema.name(</c> and <c>OPERATOR(schema.name)</c>; pg_dump writes the schema of all that is not built in.</summary>
    private static IEnumerable<(string Schema, string Name)> In(IReadOnlyList<SqlToken> tokens, int from)
    {
        for (int i = from; i + 3 < tokens.Count; i++)
        {
            if (!tokens[i + 1].Is(".") || tokens[i].Is("pg_catalog")) continue;
            bool isOperator = i > 1 && tokens[i - 1].Is("(") && tokens[i - 2].Is("OPERATOR");
            if (isOperator)
            {
                int close = i + 2;
                while (close < tokens.Count && !tokens[close].Is(")")) close++;
                yield return (tokens[i].Text, string.Concat(tokens.Skip(i + 2).Take(close - i - 2).Select(t => t.Text)));
            }
            else if (tokens[i + 3].Is("(")) yield return (tokens[i].Text, tokens[i + 2].Text);
        }
    }

    /// <summary>Types of columns that are not built in: <c>name schema.type</c>.</summary>
    private static IEnumerable<(string Schema, string Name)> Types(StructureStatement? statement) =>
        from element in statement?.Elements ?? []
        where element.Tokens.Count > 3 && element.Tokens[2].Is(".") && !element.Tokens[0].Is("CONSTRAINT") && !element.Tokens[1].Is("pg_catalog")
        select (element.Tokens[1].Text, element.Tokens[3].Text);
}
