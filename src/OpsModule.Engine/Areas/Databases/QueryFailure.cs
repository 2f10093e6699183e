using Npgsql;
using OpsModule.Connections.Postgres.Queries;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Databases;

/// <summary>Says why a statement was not run, or not to its end.</summary>
/// <param name="request">What was asked for.</param>
/// <param name="text">The statement, as it was read.</param>
/// <param name="target">Which database, in words.</param>
internal sealed class QueryFailure(QueryRequest request, StatementText text, string target)
{
    private const string ReadOnly = "25006", Cancelled = "57014", Denied = "42501", Syntax = "42601",
        SeveralStatements = "cannot insert multiple commands";

    /// <summary>The error.</summary>
    /// <param name="cause">What Npgsql throws.</param>
    /// <param name="rows">How many rows had been given before.</param>
    public OpsException Of(Exception cause, long rows = 0)
    {
        if (cause is NotSupportedException
            || (cause is PostgresException { SqlState: Syntax } p && p.MessageText.Contains(SeveralStatements, StringComparison.Ordinal)))
            return Several(cause);
        if (cause is not PostgresException server)
            return QueryErrors.QueryFailed.Make($"The connection to {target} was lost{After(rows)}: "
                + $"{(cause.InnerException ?? cause).Message.TrimEnd('.')}.",
                "Find out whether the server runs (Test-OpsHealth), then run the statement again.", target, cause);
        return server.SqlState switch
        {
            ReadOnly => QueryErrors.QueryWrites.Make($"The statement was not run on {target}: {server.MessageText}. Without -Write a "
                + "session only reads.",
                "Add -Write if it is meant to change something.", target, cause),
            Cancelled when request.Timeout is { } longest => QueryErrors.QueryTimedOut.Make(
                $"The statement on {target} was not done after {longest.TotalSeconds:0.###} s (-Timeout){After(rows)}; the server ended "
                    + "it.", "Give it more time, or ask for less.", target, cause),
            Denied => QueryErrors.QueryFailed.Make($"{Server(server)}{After(rows)}.",
                "Grant the role what it needs, or log in as another one with -Credential.", target, cause),
            _ => QueryErrors.QueryFailed.Make($"{Server(server)}{After(rows)}.", Remedy(server), target, cause),
        };
    }

    /// <summary>A text of several statements.</summary>
    public OpsException Several(Exception? cause = null) =>
        QueryErrors.QueryManyStatements.Make($"The text for {target} holds several statements, and one is run at a time.",
        "Run each by itself. What belongs together in one transaction can be one DO block, or a WITH of several parts.", target, cause);

    private string Server(PostgresException server) =>
        $"{target} refuses the statement: {server.MessageText} (SQLSTATE "
            + $"{server.SqlState}){(server.Position > 0 && request.Parameters.Count == 0 ? $", at character {server.Position}" : "")}";

    private string Remedy(PostgresException server)
    {
        string[] missing = [.. text.Placeholders.Where(p => !request.Parameters.ContainsKey(p))];
        if (missing.Length > 0) return $"If {string.Join(", ", missing.Select(m => "@" + m))} is meant as a parameter, give it a value: "
            + $"-Parameter @{{ {missing[0]} = ... }}.";
        if (request.Tenant is not null && server.SqlState is "42P01" or "42883"
            or "42704") return "With -Tenant names are looked for in the tenant's schema alone; write what lies elsewhere with its "
                + "schema (public.name).";
        return server.Hint is { Length: > 0 } hint ? hint : "Correct the statement, then run it again.";
    }

    private static string After(long rows) => rows == 0 ? "" : $", after {rows} rows";
}
