using System.Text;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.Postgres.Layout;

/// <summary>The roles of two logins that take turns.</summary>
/// <param name="Database">The database, by its name in the environment file.</param>
/// <param name="Login">The login that there is.</param>
/// <param name="Second">The other one, which is made.</param>
/// <param name="Owner">The role that owns what both make, which is made.</param>
public sealed record LayoutNames(string Database, string Login, string Second, string Owner)
{
    /// <summary>With the names that the others get when nobody says them.</summary>
    public static LayoutNames Of(string database, string login, string? second, string? owner) => new(database, login, second ?? login
        + "_b", owner ?? login + "_owner");

    /// <summary>As a plan has them.</summary>
    internal IReadOnlyDictionary<string, string> Arguments => new Dictionary<string, string>
    {
        ["database"] = Database, ["login"] = Login, ["second"] = Second, ["owner"] = Owner,
    };

    /// <summary>The target: a role of a database's server.</summary>
    internal string Path => $"server/{Database}/role/{Login}";

    internal static LayoutNames Of(ChangePlan plan) => new(plan.Arguments["database"], plan.Arguments["login"], plan.Arguments["second"],
        plan.Arguments["owner"]);

    /// <summary>Refuses names that are one another, or longer than PostgreSQL keeps, or its own.</summary>
    /// <exception cref="OpsException"><c>SecretLayoutRefused</c>.</exception>
    internal void Check()
    {
        if (new HashSet<string> { Login, Second, Owner }.Count < 3) throw Refused("they are not three different roles");
        foreach (string name in new[] { Login, Second, Owner })
            if (name.Length == 0 || Encoding.UTF8.GetByteCount(name) > SqlName.MaxBytes || name.StartsWith("pg_", StringComparison.Ordinal)
                || name.Contains('\0') || name.Contains('/'))
                throw Refused($"'{name}' cannot be one of them (1 to {SqlName.MaxBytes} bytes, not pg_..., no slash)");
    }

    private OpsException Refused(string why) =>
        PostgresSecretErrors.LayoutRefused.Make($"Login {Login}, second login {Second} and owner {Owner} cannot take turns: {why}.",
        "Give other names: -Login, -SecondLogin, -Owner.", Login);
}
