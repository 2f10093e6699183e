using OpsModule.Connections.Postgres;
using OpsModule.Connections.Postgres.Archives;

namespace OpsModule.Engine.Areas.Recovery.Archives;

/// <summary>
/// Tables whose rows call functions while they are loaded, for a generated column or for a check of a domain that cannot be added later. Such a
/// function may look into other tables, so the tables before them in the archive must be there, committed, as they are for pg_restore.
/// </summary>
internal static class OrderedTables
{
    /// <summary>The numbers of their TABLE entries, on which those of their rows depend.</summary>
    public static HashSet<int> Of(ArchiveHeader header)
    {
        var used = new ContainedDomains(header.Entries.Select(e => (e.Description, e.Definition)));
        var calling = new HashSet<int>();
        var tables = new HashSet<int>();
        foreach (ArchiveEntry entry in header.Entries)
        {
            if (entry.Description is not ("TABLE" or "DOMAIN" or "TYPE")) continue;
            StructureStatement? statement = entry.Description == "TYPE" ? null : StructureStatement.Read(entry.Definition);
            bool calls = entry.Dependencies.Any(calling.Contains) || statement is not null && (statement.IsDomain
                ? statement.Elements.Any(e => e.CallsFunctions) && used.Contains(statement.NameSql)
                : statement.Elements.Any(e => e.IsGenerated && e.CallsFunctions));
            if (calls) (entry.Description == "TABLE" ? tables : calling).Add(entry.DumpId);
        }
        return tables;
    }
}
