using System.Text;
using OpsModule.Connections.Postgres;

namespace OpsModule.Engine.Areas.Recovery.Archives;

/// <summary>A column or constraint of a CREATE TABLE, or a constraint of a CREATE DOMAIN.</summary>
/// <param name="Sql">Its SQL.</param>
/// <param name="Start">Where it begins in the statement; in a table with the space before it.</param>
/// <param name="End">Where it ends.</param>
/// <param name="Tokens">Its tokens.</param>
internal sealed record StructureElement(string Sql, int Start, int End, IReadOnlyList<SqlToken> Tokens)
{
    /// <summary>True for <c>CONSTRAINT name CHECK (...)</c>, enforced.</summary>
    public bool IsCheck => Tokens.Count > 4 && Tokens[0].Is("CONSTRAINT") && Tokens[2].Is("CHECK") && !Tokens.Any(t => t.Is("ENFORCED"));

    /// <summary>True for a column that the server computes.</summary>
    public bool IsGenerated => Tokens.Zip(Tokens.Skip(1), Tokens.Skip(2)).Any(t => t.First.Is("ALWAYS") && t.Second.Is("AS") && t.Third.Is("("));

    /// <summary>The constraint's name as SQL.</summary>
    public string NameSql => Tokens[1].Quoted ? SqlName.Quote(Tokens[1].Text) : Tokens[1].Text;

    /// <summary>
    /// True when it names anything of a schema other than pg_catalog: pg_dump writes everything else with its schema, functions, operators and
    /// types alike, for their conversions and checks may call functions, too.
    /// </summary>
    public bool CallsFunctions
    {
        get
        {
            for (int i = 0; i + 2 < Tokens.Count; i++)
                if (IsName(Tokens[i]) && !Tokens[i].Is("pg_catalog") && Tokens[i + 1].Is(".") && (i == 0 || !Tokens[i - 1].Is("."))) return true;
            return false;
        }
    }

    private static bool IsName(SqlToken token) => token.Quoted || (token.Text.Length > 0 && (char.IsLetter(token.Text[0]) || token.Text[0] is '_' or > '\x7f') && !token.Text.EndsWith('\''));
}

/// <summary>A CREATE TABLE or CREATE DOMAIN as pg_dump writes it, taken apart.</summary>
internal sealed class StructureStatement
{
    private readonly string _sql;
    private readonly int _open;
    private readonly int _close;

    private StructureStatement(string sql, bool isDomain, string nameSql, List<StructureElement> elements, int open, int close)
    {
        (_sql, IsDomain, NameSql, Elements, _open, _close) = (sql, isDomain, nameSql, elements, open, close);
    }

    /// <summary>True for a domain.</summary>
    public bool IsDomain { get; }

    /// <summary>The table's or domain's qualified name as SQL.</summary>
    public string NameSql { get; }

    /// <summary>All columns and constraints of a table; the constraints of a domain.</summary>
    public IReadOnlyList<StructureElement> Elements { get; }

    /// <summary>Reads the first CREATE of a text; null when it is of neither kind.</summary>
    public static StructureStatement? Read(string sql) => Read(sql, SqlTokens.Read(sql));

    /// <summary>The same of a text whose tokens were read already.</summary>
    public static StructureStatement? Read(string sql, List<SqlToken> tokens)
    {
        int at = tokens.FindIndex(t => t.Is("CREATE")) + 1;
        if (at == 0) return null;
        if (at < tokens.Count && tokens[at].Is("UNLOGGED")) at++;
        if (at + 4 >= tokens.Count || !tokens[at + 2].Is(".")) return null;
        string name = sql[tokens[at + 1].Start..tokens[at + 3].End];
        if (tokens[at].Is("DOMAIN")) return new StructureStatement(sql, true, name, Constraints(sql, tokens, at + 4), -1, -1);
        return tokens[at].Is("TABLE") ? Table(sql, name, tokens, at + 4) : null;
    }

    /// <summary>The statement without some of its elements.</summary>
    public string Without(IReadOnlyCollection<StructureElement> elements)
    {
        if (IsDomain)
        {
            var sql = new StringBuilder(_sql);
            foreach (StructureElement element in elements.Reverse()) sql.Remove(element.Start, element.End - element.Start);
            return sql.ToString();
        }
        string[] left = [.. Elements.Where(e => !elements.Contains(e)).Select(e => _sql[e.Start..e.End])];
        // A typed table has no empty list.
        if (left.Length == 0 && SqlTokens.Read(_sql[.._open]).Exists(t => t.Is("OF"))) return _sql[.._open] + _sql[(_close + 1)..];
        return _sql[..(_open + 1)] + string.Join(',', left).TrimEnd() + "\n" + _sql[_close..];
    }

    private static StructureStatement? Table(string sql, string name, List<SqlToken> tokens, int at)
    {
        while (at < tokens.Count && !tokens[at].Is("(") && !tokens[at].Is(";")) at++;
        if (at == tokens.Count || tokens[at].Is(";")) return new StructureStatement(sql, false, name, [], 0, 0);
        var elements = new List<StructureElement>();
        int open = tokens[at].Start, from = at + 1;
        for (int depth = 0; at < tokens.Count; at++)
        {
            if (tokens[at].Is("(") || tokens[at].Is("[")) depth++;
            if (tokens[at].Is(")") || tokens[at].Is("]")) depth--;
            if (depth > 1 || (depth == 1 && !tokens[at].Is(","))) continue;
            if (at > from) elements.Add(Element(sql, tokens, from, at, tokens[from - 1].End, tokens[at].Start));
            from = at + 1;
            if (depth == 0) return new StructureStatement(sql, false, name, elements, open, tokens[at].Start);
        }
        return null;
    }

    private static List<StructureElement> Constraints(string sql, List<SqlToken> tokens, int at)
    {
        var found = new List<StructureElement>();
        for (int depth = 0, from = -1; at < tokens.Count && !(depth == 0 && tokens[at].Is(";")); at++)
        {
            if (depth == 0 && tokens[at].Is("CONSTRAINT")) from = at;
            if (tokens[at].Is("(")) depth++;
            if (!tokens[at].Is(")") || --depth > 0 || from < 0) continue;
            found.Add(Element(sql, tokens, from, at + 1, tokens[from].Start, tokens[at].End));
            from = -1;
        }
        return found;
    }

    private static StructureElement Element(string sql, List<SqlToken> tokens, int from, int to, int start, int end) =>
        new(sql[tokens[from].Start..tokens[to - 1].End], start, end, tokens[from..to]);
}
