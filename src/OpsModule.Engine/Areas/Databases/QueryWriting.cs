using OpsModule.Foundations.Errors;
using Npgsql;
using OpsModule.Connections.Postgres.Queries;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Databases;

/// <summary>One statement that changes something, from its run to its commit.</summary>
internal sealed class QueryWriting(OpsContext context, QuerySession session, QueryStatement statement, QueryRequest request,
    IJournaledChange journal)
{
    /// <summary>What the journal says of a statement that was stopped.</summary>
    public const string Stopped = "The statement was stopped; nothing of it is left.";

    /// <summary>What the journal says of a statement that was not agreed to.</summary>
    public const string Declined = "It was not agreed to; nothing of it is left";

    // Only of these the server says how many rows they change.
    private static readonly string[] Counted = ["INSERT", "UPDATE", "DELETE", "MERGE", "WITH", "SELECT", "VALUES", "TABLE", "CALL", "DO",
        "EXECUTE"];

    public async Task<QueryChange?> RunAsync(string database, string target, Func<QueryEffect, Task<bool>> agree, Func<QueryRow,
        object> make,
        Func<StatementResult, IReadOnlyList<string>> names, CancellationToken ct)
    {
        long start = context.Time.GetTimestamp(), transaction = await session.TransactionAsync(ct).ConfigureAwait(false);
        await journal.StepAsync("run").ConfigureAwait(false);
        (List<object> returned, long said) = await ExecuteAsync(make, names, ct).ConfigureAwait(false);
        QueryEffect effect = await MeasureAsync(target, said, ct).ConfigureAwait(false);
        if (await session.TransactionAsync(ct).ConfigureAwait(false) != transaction)
            throw QueryErrors.QueryNotAllowed.Make($"The statement for {target} ended the transaction that it ran in: what it had done "
                + "until then counts already.", "Look at what is there now.", target);
        TimeSpan took = context.Time.GetElapsedTime(start);
        Check(effect);
        if (!await agree(effect).ConfigureAwait(false))
        {
            await session.RollbackAsync().ConfigureAwait(false);
            await journal.FailAsync(nameof(Declined), Declined).ConfigureAwait(false);
            return null;
        }
        ct.ThrowIfCancellationRequested();
        await CommitAsync(effect).ConfigureAwait(false);
        return new QueryChange
        {
            Id = journal.Id, Database = database, Tenant = request.Tenant, Statement = effect.Statement, Rows = effect.Rows,
                Tables = effect.Tables, Returned = returned, Duration = took,
        };
    }

    private async Task<(List<object> Returned, long Said)> ExecuteAsync(Func<QueryRow, object> make, Func<StatementResult,
        IReadOnlyList<string>> names, CancellationToken ct)
    {
        // What is not committed is nobody's to see: it is handed over in the end.
        var returned = new List<object>();
        await using StatementResult result = await session.RunAsync(request.Text, statement.Parameters, ct).ConfigureAwait(false);
        IReadOnlyList<string> columns = names(result);
        while (await result.ReadAsync(ct).ConfigureAwait(false) is { } values) returned.Add(make(new QueryRow(columns, values)));
        return (returned, result.Changed);
    }

    private async Task<QueryEffect> MeasureAsync(string target, long said, CancellationToken ct)
    {
        string keyword = statement.Text.Keyword;
        IReadOnlyList<TableEffect> tables = await session.CountAsync(ct).ConfigureAwait(false);
        long counted = tables.Sum(t => t.Rows);
        // The server may be told not to count (track_counts); what the statement says of itself stands in any case. TRUNCATE is not counted
        // anywhere.
        bool isKnown = Counted.Contains(keyword) && !statement.Text.Says("TRUNCATE")
            && !await session.EmptiesAsync(ct).ConfigureAwait(false)
            && (said >= 0 || counted > 0 || await session.CountsAsync(ct).ConfigureAwait(false));
        return new QueryEffect(target, keyword, isKnown ? Math.Max(counted, said) : null, tables);
    }

    private void Check(QueryEffect effect)
    {
        if (request.MaxRows is not { } most) return;
        if (effect.Rows is not { } rows)
            throw QueryErrors.QueryRowsUncounted.Make($"-MaxRows allows {most} rows, and of {effect.Statement} the server does not say "
                + "how many it changes. It was undone.",
                "Leave -MaxRows out when that is meant.", effect.Target);
        if (rows > most)
            throw QueryErrors.QueryTooManyRows.Make($"-MaxRows allows {most} {(most == 1 ? "row" : "rows")}, and this changed more on "
                + $"{effect.Target}: {effect}. It was undone.",
                "Look at its condition; allow more with -MaxRows when that is meant.", effect.Target);
    }

    private async Task CommitAsync(QueryEffect effect)
    {
        var data = new Dictionary<string,
            string> { ["rows"] = effect.Rows?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "uncounted" };
        await journal.StepAsync("commit", data).ConfigureAwait(false);
        try { await session.CommitAsync().ConfigureAwait(false); }
        catch (NpgsqlException e) when (e is not PostgresException)
        {
            const string Unknown = "The connection was lost in the commit: whether it counts is not known";
            await journal.FailAsync(nameof(QueryErrors.QueryCommitUnknown), Unknown).ConfigureAwait(false);
            throw QueryErrors.QueryCommitUnknown.Make($"{Unknown} ({effect.Target}, {effect.Statement}).",
                "Ask the database whether the change is there before you run it again.", effect.Target, e);
        }
        try { await journal.CompleteAsync($"{effect.Statement}: {data["rows"]} rows", data).ConfigureAwait(false); }
        catch (OpsException e)
        {
            throw QueryErrors.QueryCommitUnrecorded.Make(
                $"{effect.Statement} on {effect.Target} was committed; only its end is missing in the journal: {e.Message}",
                $"Do not run it again. {e.RecommendedAction}", effect.Target, e);
        }
    }
}
