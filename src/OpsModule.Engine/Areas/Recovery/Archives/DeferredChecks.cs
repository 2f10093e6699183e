using OpsModule.Connections.Postgres;
using OpsModule.Connections.Postgres.Archives;

namespace OpsModule.Engine.Areas.Recovery.Archives;

/// <summary>
/// Takes checks that call functions out of a structure's script, to be added when all rows are there. Such a function may look into other
/// tables, and would not find their rows, or find those of the live tables, while rows are loaded.
/// </summary>
internal static class DeferredChecks
{
    /// <summary>A check that was taken out.</summary>
    /// <param name="Entry">The entry of its table or domain.</param>
    /// <param name="Owner"><c>TABLE schema.name</c> or <c>DOMAIN schema.name</c>, as SQL.</param>
    /// <param name="Name">Its name as SQL.</param>
    /// <param name="Sql">The constraint, from CONSTRAINT on.</param>
    private sealed record Check(ArchiveEntry Entry, string Owner, string Name, string Sql);

    /// <summary>The script without them, and the parts that add them: first all of them unchecked, their comments, then the checking.</summary>
    public static (PartedScript Script, IReadOnlyList<ScriptPart> Checks) TakeOut(PartedScript script)
    {
        var checks = new List<Check>();
        var comments = new List<ScriptPart>();
        var kept = new List<ScriptPart>();
        var used = new ContainedDomains(script.Parts.Select(p => (p.Entry.Description, p.Body)));
        foreach (ScriptPart part in script.Parts)
        {
            if (part.Entry.Description is "TABLE" or "DOMAIN") kept.Add(part with { Body = Cut(part, used, checks) });
            else if (part.Entry.Description == "COMMENT" && IsOfOne(part.Body, checks)) comments.Add(part);
            else kept.Add(part);
        }
        // Children before their parents: what a parent hands down joins what the child has of its own, but not the other way round.
        checks.Reverse();
        return (script with { Parts = kept },
        [
            .. checks.Select(c => new ScriptPart(c.Entry, "", $"ALTER {c.Owner} ADD {c.Sql} NOT VALID;\n") { Constraint = c.Name }), .. comments,
            .. checks.Select(c => new ScriptPart(c.Entry, "", $"ALTER {c.Owner} VALIDATE CONSTRAINT {c.Name};\n") { Constraint = c.Name }),
        ]);
    }

    private static string Cut(ScriptPart part, ContainedDomains used, List<Check> checks)
    {
        StructureStatement? statement = StructureStatement.Read(part.Body);
        if (statement is null || (statement.IsDomain && used.Contains(statement.NameSql))) return part.Body;
        StructureElement[] taken = [.. statement.Elements.Where(e => e.IsCheck && e.CallsFunctions)];
        if (taken.Length == 0) return part.Body;
        checks.AddRange(taken.Select(e => new Check(part.Entry, (statement.IsDomain ? "DOMAIN " : "TABLE ") + statement.NameSql, e.NameSql, e.Sql)));
        return statement.Without(taken);
    }

    /// <summary>True for <c>COMMENT ON CONSTRAINT name ON [DOMAIN] owner</c> of a check that was taken out.</summary>
    private static bool IsOfOne(string sql, List<Check> checks)
    {
        if (checks.Count == 0) return false;
        List<SqlToken> tokens = SqlTokens.Read(sql);
        if (tokens.Count < 9 || !tokens[2].Is("CONSTRAINT")) return false;
        int owner = tokens[5].Is("DOMAIN") ? 6 : 5;
        string kind = owner == 6 ? "DOMAIN " : "TABLE ", name = sql[tokens[3].Start..tokens[3].End], of = sql[tokens[owner].Start..tokens[owner + 2].End];
        return checks.Exists(c => c.Name == name && c.Owner == kind + of);
    }
}
