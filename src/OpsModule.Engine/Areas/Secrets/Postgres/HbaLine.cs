namespace OpsModule.Engine.Areas.Secrets.Postgres;

/// <summary>A line of pg_hba.conf as the server reads it.</summary>
/// <param name="Number">The line.</param>
/// <param name="Type"><c>local</c>, <c>host</c>, <c>hostssl</c> ...</param>
/// <param name="Databases">For which databases.</param>
/// <param name="Users">For which users; <c>+group</c> for its members.</param>
/// <param name="Address">From where; null for a socket.</param>
/// <param name="Method">How a password is asked for, or not.</param>
internal sealed record HbaLine(int Number, string Type, IReadOnlyList<string> Databases, IReadOnlyList<string> Users, string? Address,
    string Method)
{
    /// <summary>Whether it is for a login in a database.</summary>
    /// <param name="login">The login.</param>
    /// <param name="groups">The roles that the login is a member of.</param>
    /// <param name="database">The database.</param>
    public bool IsFor(string login, IReadOnlyCollection<string> groups, string database) =>
        Databases.Any(d => d == "all" || d == database || (d == "sameuser" && login == database) || (d is "samerole" or "samegroup"
            && groups.Contains(database)))
        && Users.Any(u => u == "all" || u == login || (u.StartsWith('+') && (u[1..] == login || groups.Contains(u[1..]))));

    /// <summary>True for a line that lets people in from where another one does.</summary>
    public bool Covers(HbaLine other) => Method != "reject" && (Type == other.Type || (Type == "host" && other.Type.StartsWith("host",
        StringComparison.Ordinal)))
        && (Address == other.Address || Address is "all");

    /// <inheritdoc/>
    public override string ToString() =>
        $"line {Number} ({Type} {string.Join(',', Databases)} {string.Join(',', Users)} {Address}{(Address is null ? "" : " ")}{Method})";
}
