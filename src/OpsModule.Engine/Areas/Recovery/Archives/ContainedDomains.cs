using OpsModule.Connections.Postgres;

namespace OpsModule.Engine.Areas.Recovery.Archives;

/// <summary>
/// Domains that arrays, composite types or ranges are made of. PostgreSQL cannot check such values when a constraint is added to the domain
/// later, so theirs stay where they are.
/// </summary>
/// <param name="statements">The kind of each entry, such as TYPE, and its SQL.</param>
internal sealed class ContainedDomains(IEnumerable<(string Kind, string Sql)> statements)
{
    private readonly Lazy<(string Kind, string Sql)[]> _statements = new(() => [.. statements.Where(s => s.Kind is "TABLE" or "TYPE" or "DOMAIN")]);

    /// <summary>True for such a domain, by its name as SQL.</summary>
    public bool Contains(string nameSql) => _statements.Value.Any(s => s.Sql.Contains(s.Kind == "TYPE" ? nameSql : nameSql + "[", StringComparison.Ordinal));
}
