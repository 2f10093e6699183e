using OpsModule.Connections.Postgres.Queries;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Databases;

/// <summary>What a statement has done in its transaction, before that is committed.</summary>
/// <param name="Target">Which database, and which tenant, in words.</param>
/// <param name="Statement">The statement's first word.</param>
/// <param name="Rows">How many rows were changed, of all tables; null where the server does not count them.</param>
/// <param name="Tables">Of which tables.</param>
public sealed record QueryEffect(string Target, string Statement, long? Rows, IReadOnlyList<TableEffect> Tables)
{
    private const int MostTables = 8;

    /// <summary>Of which tables.</summary>
    public IReadOnlyList<TableEffect> Tables { get; init => field = PlainList.Of(value); } = Tables;

    /// <inheritdoc/>
    public override string ToString() => $"{Statement}: " + Rows switch
    {
        null => "its rows are not counted",
        1 => "1 row",
        var rows => $"{rows} rows",
    } + (Tables.Count == 0 ? "" : $" ({Listed})");

    private string Listed => string.Join("; ", Tables.Take(MostTables))
        + (Tables.Count > MostTables ? $"; and {Tables.Count - MostTables} more tables" : "");
}
