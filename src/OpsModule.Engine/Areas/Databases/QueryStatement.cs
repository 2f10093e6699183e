using Npgsql;
using OpsModule.Connections.Postgres.Queries;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Databases;

/// <summary>A statement that was looked at: it may be run here, and each of its parameters has a place in it.</summary>
internal sealed class QueryStatement
{
    private static readonly string[] Reading = ["SELECT", "WITH", "VALUES", "TABLE", "SHOW", "EXPLAIN"];

    // They would end the transaction, or speak to a client of another kind.
    private static readonly string[] Refused = ["BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE",
        "PREPARE", "COPY"];

    private QueryStatement(StatementText text, QueryFailure failure, IReadOnlyList<NpgsqlParameter> parameters) =>
        (Text, Failure, Parameters) = (text, failure, parameters);

    /// <summary>The statement.</summary>
    public StatementText Text { get; }

    /// <summary>Says why it failed.</summary>
    public QueryFailure Failure { get; }

    /// <summary>Its parameters.</summary>
    public IReadOnlyList<NpgsqlParameter> Parameters { get; }

    /// <summary>Looks at a statement.</summary>
    /// <param name="request">What was asked for.</param>
    /// <param name="target">Which database, in words.</param>
    /// <param name="writes">Whether it may change something.</param>
    public static QueryStatement Of(QueryRequest request, string target, bool writes)
    {
        var text = new StatementText(request.Text);
        var failure = new QueryFailure(request, text, target);
        if (text.HasSeveral) throw failure.Several();
        if (!writes && !Reading.Contains(text.Keyword))
            throw QueryErrors.QueryWrites.Make($"The statement begins with {Said(text)}, and was not run: without -Write only "
                + $"{string.Join(", ", Reading)} are.",
                "Add -Write if it is meant to change something.", target);
        if (writes && (text.Keyword.Length == 0 || Refused.Contains(text.Keyword)))
            throw QueryErrors.QueryNotAllowed.Make($"The statement begins with {Said(text)}, and was not run: -Write runs one statement "
                + "in a transaction of its own, which it ends itself.",
                "Write the one statement that changes something. For scripts and COPY use psql: Enter-OpsService or "
                    + "Invoke-OpsServiceCommand.", target);
        string[] missing = [.. text.AtNames.Where(n => !request.Parameters.Keys.Contains(n, StringComparer.OrdinalIgnoreCase))];
        if (missing.Length > 0)
            throw QueryErrors.QueryParameterInvalid.Make(
                $"The statement has @{string.Join(", @", missing)}, and -Parameter gives no value.",
                $"Give it: -Parameter @{{ {missing[0]} = ... }}. The absolute value of a column is abs({missing[0]}).", target);
        return new QueryStatement(text, failure, [.. request.Parameters.Select(p => Parameter(text, p.Key, p.Value, target))]);
    }

    private static string Said(StatementText text) => text.Keyword.Length == 0 ? "no word" : text.Keyword;

    private static NpgsqlParameter Parameter(StatementText text, string name, object? value, string target)
    {
        if (!text.Placeholders.Contains(name, StringComparer.OrdinalIgnoreCase))
            throw QueryErrors.QueryParameterInvalid.Make($"-Parameter gives a value for {name}, and the statement has no "
                + $"@{name}{Others(text)}.",
                "Write @name in the statement where the value belongs, in no quotes.", target);
        return QueryParameter.Of(name, value)
            ?? throw QueryErrors.QueryParameterInvalid.Make($"The value of @{name} is of type {value!.GetType().Name}, which has no "
                + "equal in PostgreSQL.",
            "Give text, a number, a time, a GUID, a Boolean, bytes, or an array of values of one type.", target);
    }

    private static string Others(StatementText text) =>
        text.Placeholders.Count == 0 ? "" : $"; it has {string.Join(", ", text.Placeholders.Select(p => "@" + p))}";
}
